package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.report.Results;
import io.tcpreplayj.replay.Replay;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run tells Prometheus: meanwhile how far it is, at the end what became of all. */
final class ReplayMetricsTest {
    private static final Replay.Snapshot QUARTER =
            new Replay.Snapshot(0.25, 2_000_000_000L, 8_000_000_000L, 30, 10, 2, 12.5, 3_000_000L, 0);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
    private final Console console = new Console(InputStream.nullInputStream(), err, err, Map.of(), false, false);
    private final List<Replay.Snapshot> shown = new ArrayList<>();
    private final Replay.Progress progress = new Replay.Progress() {
        @Override
        public void onStart(final String banner) {}

        @Override
        public void onTick(final Replay.Snapshot now) {
            shown.add(now);
        }
    };

    @TempDir
    private Path folder;

    private ReplayMetrics metrics(final String... words) {
        return ReplayMetrics.of(ArgumentParser.parse(Flags.REPLAY, List.of(words)), console);
    }

    @Test
    void meanwhile_itSaysHowFarItIs_andAtTheEndThatItIsOver() throws Exception {
        final Path file = folder.resolve("replay.prom");
        try (ReplayMetrics metrics = metrics("--metrics", file.toString())) {
            metrics.beside(progress).onTick(QUARTER);
            assertThat(Eventually.holds(PATIENCE, () -> Files.size(file) > 0)).isTrue();
            assertThat(Prometheus.parse(Files.readString(file)))
                    .containsEntry("tcpreplayj_replay_done_ratio", 0.25)
                    .containsEntry("tcpreplayj_replay_elapsed_seconds", 2.0)
                    .containsEntry("tcpreplayj_replay_planned_seconds", 8.0)
                    .containsEntry("tcpreplayj_replay_open_sessions", 30.0)
                    .containsEntry("tcpreplayj_replay_replayed_sessions_total", 10.0)
                    .containsEntry("tcpreplayj_replay_failed_sessions_total", 2.0)
                    .containsEntry("tcpreplayj_replay_request_rate", 12.5)
                    .containsEntry("tcpreplayj_replay_lag_seconds", 0.003)
                    .containsKeys("tcpreplayj_replay_heap_bytes", "tcpreplayj_replay_cpu_seconds_total");
            metrics.finish(Results.some(), 8);
        }
        assertThat(Prometheus.parse(Files.readString(file)))
                .containsEntry("tcpreplayj_replay_open_sessions", 0.0)
                .containsEntry("tcpreplayj_replay_exit_code", 8.0);
        assertThat(shown).containsExactly(QUARTER);
        assertThat(said.size()).isZero();
    }

    @Test
    void lastMetricsThatCannotBeWritten_areSaid() throws IOException {
        final Path place = Files.createDirectory(folder.resolve("place"));
        try (ReplayMetrics metrics =
                metrics("--metrics", place.resolve("replay.prom").toString())) {
            Files.delete(place.resolve("replay.prom"));
            Files.delete(place);
            metrics.finish(Results.clean(), 0);
        }
        assertThat(said.toString(StandardCharsets.UTF_8)).startsWith("tcpreplay-j: the last metrics are not written: ");
    }

    @Test
    void withoutTheFlag_progressIsAllThereIs() {
        try (ReplayMetrics metrics = metrics()) {
            metrics.beside(progress).onTick(QUARTER);
            metrics.finish(Results.clean(), 0);
        }
        assertThat(shown).containsExactly(QUARTER);
        assertThat(folder).isEmptyDirectory();
    }
}
