package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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

    private Process index(final Path err) throws IOException {
        final List<String> command = new ArrayList<>(Jvm.running());
        command.addAll(List.of("index", "-v", "--db", dir.resolve("x.tfdb").toString(), "-"));
        return new ProcessBuilder(command)
                .redirectError(err.toFile())
                .redirectOutput(dir.resolve("out").toFile())
                .start();
    }

    /** Waits until the process has opened the database, so that the handlers are in place. */
    private void awaitReading(final Process process) throws IOException, InterruptedException {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        final Path signals = Path.of("/proc", Long.toString(process.pid()), "status");
        while (!catchesSigint(signals)) {
            assertThat(System.nanoTime()).as("the process is reading").isLessThan(deadlineNs);
            assertThat(process.waitFor(20, TimeUnit.MILLISECONDS)).isFalse();
        }
    }

    private boolean catchesSigint(final Path status) throws IOException {
        // The JVM catches SIGINT from its start; ours is known by the writer's lock, which is taken just before.
        try (var files = Files.list(dir)) {
            return Files.exists(status) && files.anyMatch(file -> String.valueOf(file.getFileName()).contains("x.tfdb"));
        }
    }

    private static void send(final Process process, final String signal) throws IOException, InterruptedException {
        final Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"INT,130", "TERM,143"})
    void once_keepsWhatCame_andSaysWhichSignal(final String signal, final int expected)
            throws IOException, InterruptedException {
        final Path err = dir.resolve("err");
        final Process process = index(err);
        try (OutputStream in = process.getOutputStream()) {
            in.write(new TinyCapture().connection(0x0a000002, 1, 80).bytes());
            in.flush();
            awaitReading(process);
            TimeUnit.MILLISECONDS.sleep(300);
            send(process, signal);
            TimeUnit.MILLISECONDS.sleep(100);
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(err, StandardCharsets.UTF_8)).isEqualTo(expected);
        assertThat(new Run().main("flows", dir.resolve("x.tfdb"), "--count").out()).isEqualTo("1\n");
    }

    @Test
    void twice_endsAtOnceThoughThePipeStaysOpen() throws IOException, InterruptedException {
        final Process process = index(dir.resolve("err"));
        try (OutputStream in = process.getOutputStream()) {
            in.write(new TinyCapture().connection(0x0a000002, 1, 80).bytes());
            in.flush();
            awaitReading(process);
            TimeUnit.MILLISECONDS.sleep(300);
            send(process, "INT");
            TimeUnit.MILLISECONDS.sleep(100);
            send(process, "INT");
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(process.exitValue()).isEqualTo(130);
    }
}
