package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.cli.report.PrometheusText;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counters in Prometheus' words, in a file that is always whole. */
final class MetricsFileTest {
    @TempDir
    private Path folder;

    @Test
    void figures_areInTheTextFormat() {
        final String text = new PrometheusText("x_")
                .counter("packets_total", "Packets.", 12)
                .counters("skipped_total", "Others.", "reason", Map.of("not-tcp", 3L))
                .gauge("fill_ratio", "Fill.", 0.25)
                .toString();
        assertThat(text)
                .isEqualTo("# HELP x_packets_total Packets.\n# TYPE x_packets_total counter\nx_packets_total 12\n"
                        + "# HELP x_skipped_total Others.\n# TYPE x_skipped_total counter\n"
                        + "x_skipped_total{reason=\"not-tcp\"} 3\n"
                        + "# HELP x_fill_ratio Fill.\n# TYPE x_fill_ratio gauge\nx_fill_ratio 0.250000\n");
        assertThat(Prometheus.parse(text)).containsEntry("x_skipped_total{reason=\"not-tcp\"}", 3.0);
    }

    @Test
    void theLastText_isWhatStays_andNothingBesideIt() throws IOException {
        final Path file = folder.resolve("live.prom");
        final MetricsFile metrics = MetricsFile.open(file);
        for (int i = 0; i < 100; i++) {
            final String text = "a text that is " + i + "\n";
            metrics.offer(() -> text);
        }
        metrics.finish("the last one\n");
        assertThat(file).hasContent("the last one");
        assertThat(folder.toFile().list()).containsExactly("live.prom");
        assertThat(metrics.fault()).isEmpty();
    }

    @Test
    void aPlaceThatIsNone_isToldBeforeAnythingIsCaptured() {
        final Path file = folder.resolve("missing").resolve("live.prom");
        assertThatThrownBy(() -> MetricsFile.open(file))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("cannot write " + file);
        assertThat(Files.exists(file)).isFalse();
    }
}
