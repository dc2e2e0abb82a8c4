package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DiskWatchTest {
    @Test
    void diskThatIsBehind_isToldOnce_untilItHasCaughtUp() {
        final ByteArrayOutputStream said = new ByteArrayOutputStream();
        final PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
        final Console console = new Console(InputStream.nullInputStream(), err, err, Map.of(), false, false);
        final DiskWatch watch = new DiskWatch(console, "some wait", "take less");
        for (final double backlog : new double[] {0.5, 0.6, 0.2, 0.9, 0, 0.7}) {
            watch.look(backlog, () -> err.print("| "));
        }
        final String once = "| tcpreplay-j: the disk does not keep up: flows that are over wait for it, and some wait\n"
                + "hint: see the disk with: iostat -x 1; take less\n";
        assertThat(said.toString(StandardCharsets.UTF_8)).isEqualTo(once + once);
    }
}
