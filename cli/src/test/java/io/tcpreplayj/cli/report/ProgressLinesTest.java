package io.tcpreplayj.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.report.ProgressLines.Style;
import io.tcpreplayj.replay.Replay;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressLinesTest {
    private static final Replay.Snapshot NOW =
            new Replay.Snapshot(0.5, 6_000_000_000L, 12_000_000_000L, 7, 40, 1, 2_500, 90_000, 0);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private long nowNs;

    /** Ticks once a millisecond for so long. */
    private void run(final Style style, final long seconds) {
        final ProgressLines progress = new ProgressLines(err, style, () -> nowNs);
        progress.onStart("to 10.0.0.9");
        for (long ms = 0; ms < seconds * 1000; ms++) {
            nowNs += 1_000_000;
            progress.onTick(NOW);
        }
        progress.close();
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void terminal_redrawsTwoLinesAtMostFiveTimesASecond() {
        run(Style.REDRAW, 2);
        final int draws = text().split("flows: ", -1).length - 1;
        assertThat(draws).isBetween(9, 11);
        assertThat(text()).contains(" 50 %  6.00 s of 12.0 s, 2.50 k requests/s\033[K\nflows: 7 open");
        assertThat(text()).contains("\nflows: 7 open, 40 ok, 1 failed; lag p99 90.0 µs\033[K\n");
        assertThat(text()).endsWith("\033[2F\033[J");
    }

    @Test
    void pipe_getsALineEveryTenSecondsWithoutEscapes() {
        run(Style.LINES, 35);
        assertThat(text().lines()).hasSize(1 + 3);
        assertThat(text()).doesNotContain("\033");
    }

    @Test
    void targetThatIsNotHeardOf_isSaid() {
        final Replay.Snapshot hush =
                new Replay.Snapshot(0.5, 60_000_000_000L, 12_000_000_000L, 7, 40, 1, 0, 90_000, 41_000_000_000L);
        new ProgressLines(err, Style.REDRAW, () -> nowNs).onTick(hush);
        assertThat(text()).contains("; nothing heard of the target for 41.0 s, --give-up TIME would end that");
        bytes.reset();
        final ProgressLines givesUp = new ProgressLines(err, Style.REDRAW, () -> nowNs);
        givesUp.givesUp();
        givesUp.onTick(hush);
        assertThat(text()).contains("; nothing heard of the target for 41.0 s").doesNotContain("--give-up");
    }

    @Test
    void quiet_saysNothing() {
        run(Style.QUIET, 35);
        assertThat(text()).isEmpty();
    }

    @Test
    void style_followsTheSurroundings() {
        assertThat(ProgressLines.style(false, true, false, "xterm")).isEqualTo(Style.REDRAW);
        assertThat(ProgressLines.style(false, false, false, "xterm")).isEqualTo(Style.LINES);
        assertThat(ProgressLines.style(false, true, true, "xterm")).isEqualTo(Style.LINES);
        assertThat(ProgressLines.style(false, true, false, "dumb")).isEqualTo(Style.LINES);
        assertThat(ProgressLines.style(true, true, false, "xterm")).isEqualTo(Style.QUIET);
    }
}
