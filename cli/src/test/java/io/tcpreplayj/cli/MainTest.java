package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HelpText;
import io.tcpreplayj.replay.UserException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void version_isTheBuilds() {
        final Run run = new Run().main("--version");
        assertThat(run.exit()).isZero();
        assertThat(run.out()).matches("tcpreplay-j \\d+\\.\\d+\\.\\d+\\S*\n");
    }

    @Test
    void help_isDataAndNothingTypedIsAnError() {
        assertThat(new Run().main("--help").out()).isEqualTo(HelpText.overview());
        final Run nothing = new Run().main();
        assertThat(nothing.exit()).isEqualTo(2);
        assertThat(nothing.out()).isEmpty();
        assertThat(nothing.err()).isEqualTo(HelpText.overview());
    }

    @Test
    void helpOfAVerb_isTheSameInBothSpellings() {
        assertThat(new Run().main("help", "replay").out()).isEqualTo(HelpText.of(Flags.REPLAY));
        assertThat(new Run().main("replay", "--help").out()).isEqualTo(HelpText.of(Flags.REPLAY));
        assertThat(new Run().main("replay", "x", "-h").exit()).isZero();
    }

    @Test
    void unknownVerb_suggestsTheNearest() {
        final Run run = new Run().main("idnex", "a.pcap");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).isEqualTo("tcpreplay-j: unknown verb idnex\nhint: did you mean tcpreplay-j index?\n");
        assertThat(new Run().main("help", "relpay").err()).contains("did you mean tcpreplay-j replay?");
    }

    @Test
    void error_hasNoStackTraceUnlessAsked() {
        assertThat(new Run().main("flows", "none.tfdb", "-v").err()).doesNotContain("\tat ");
        assertThat(new Run().main("flows", "none.tfdb", "-vv").err()).contains("\tat ");
        assertThat(new Run().main("flows", "none.tfdb", "-v", "--verbose").err())
                .contains("\tat ");
    }

    @Test
    void ourFault_hasAStackTraceAndExitsWith1() {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int exit = Failures.other(
                new IllegalStateException("odd"), List.of("flows"), console(OutputStream.nullOutputStream(), err));
        assertThat(exit).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("a fault of ours")
                .contains("\tat ");
    }

    @Test
    void failureOfAnotherThread_isNeverSwallowed() {
        final IOException checked = new IOException("odd");
        assertThatThrownBy(() -> Failures.rethrow(checked))
                .isInstanceOf(IllegalStateException.class)
                .hasCause(checked);
    }

    @Test
    void fullOrFailedDisk_exitsWith8() {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final Console console = console(OutputStream.nullOutputStream(), err);
        assertThat(Failures.other(new IOException("x.tfdb: No space left on device"), List.of(), console))
                .isEqualTo(8);
        assertThat(Failures.other(new IOException("x.tfdb: Input/output error"), List.of(), console))
                .isEqualTo(8);
        assertThat(Failures.other(new IOException("x.tfdb: Is a directory"), List.of(), console))
                .isEqualTo(2);
        assertThat(Failures.user(new UserException("m", "h"), List.of(), console))
                .isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("\tat ").endsWith("tcpreplay-j: m\nhint: h\n");
    }

    @Test
    void closedStdout_isSuccess_andAFullOneIsNot() {
        assertThat(Main.run(List.of("--help"), console(failing("Broken pipe"), OutputStream.nullOutputStream())))
                .isZero();
        assertThat(Main.run(
                        List.of("--help"),
                        console(failing("No space left on device"), OutputStream.nullOutputStream())))
                .isEqualTo(8);
    }

    private static OutputStream failing(final String why) {
        return new ReportedOutput(new OutputStream() {
            @Override
            public void write(final int value) throws IOException {
                throw new IOException(why);
            }
        });
    }

    private static Console console(final OutputStream out, final OutputStream err) {
        return new Console(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of(),
                false);
    }
}
