package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ctrl-C and kill, sent to a real process that reads a pipe which stays open. */
class SignalsTest {
    @TempDir
    private Path dir;

    private Process index() throws IOException {
        final List<String> command = new ArrayList<>(Jvm.running());
        command.addAll(List.of("index", "-v", "--db", db().toString(), "-"));
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private Path db() {
        return dir.resolve("x.tfdb");
    }

    /** Reads stderr up to a line that says so: the process tells what it does, so nothing here sleeps. */
    private static void await(final BufferedReader err, final String words) throws IOException {
        String line = err.readLine();
        while (line != null && !line.contains(words)) {
            line = err.readLine();
        }
        assertThat(line).as("a line on stderr with: " + words).isNotNull();
    }

    private static void send(final Process process, final String signal) throws IOException, InterruptedException {
        final Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"INT,130", "TERM,143"})
    void once_keepsWhatCame_andSaysWhichSignal(final String signal, final int expected)
            throws IOException, InterruptedException {
        final Process process = index();
        try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
            try (OutputStream in = process.getOutputStream()) {
                in.write(capture());
                in.flush();
                await(err, "reading stdin");
                send(process, signal);
                await(err, "once more to stop at once");
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(process.exitValue()).isEqualTo(expected);
        assertThat(new Run().main("flows", db(), "--count").out()).isEqualTo("20\n");
    }

    @Test
    void twice_endsAtOnceThoughThePipeStaysOpen() throws IOException, InterruptedException {
        final Process process = index();
        try (OutputStream in = process.getOutputStream();
                BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
            in.write(capture());
            in.flush();
            await(err, "reading stdin");
            send(process, "INT");
            await(err, "once more to stop at once");
            send(process, "INT");
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(process.exitValue()).isEqualTo(130);
        assertThat(db()).doesNotExist();
    }

    /** Longer than what a reader looks at to tell the format. */
    private static byte[] capture() {
        final TinyCapture capture = new TinyCapture();
        for (int port = 1; port <= 20; port++) {
            capture.connection(0x0a000002, port, 80);
        }
        return capture.bytes();
    }
}
