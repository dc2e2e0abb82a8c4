package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code tcpreplay-j intercept} on a host of the lab. */
final class InterceptProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Path stdout;
    private final Path stderr;
    private final Process process;

    private InterceptProcess(final Path stdout, final Path stderr, final Process process) {
        this.stdout = stdout;
        this.stderr = stderr;
        this.process = process;
    }

    /** Starts one and waits until replayers find it; as {@link #begin}. */
    static InterceptProcess start(final Netns host, final Path output, final String path, final List<String> arguments)
            throws IOException, InterruptedException {
        final InterceptProcess started = begin(host, output, path, arguments);
        started.awaitReady();
        return started;
    }

    /**
     * Starts one.
     *
     * @param output where what it says goes, with ".stdout" and ".stderr" behind the name
     * @param path where it finds its tools
     */
    static InterceptProcess begin(final Netns host, final Path output, final String path, final List<String> arguments)
            throws IOException {
        final Path stdout = output.resolveSibling(output.getFileName() + ".stdout");
        final Path stderr = output.resolveSibling(output.getFileName() + ".stderr");
        final List<String> words = new ArrayList<>(List.of("intercept"));
        words.addAll(arguments);
        final Process process = Commands.tcpreplayj(words.toArray(String[]::new))
                .jvm(temporary(output))
                .with("PATH", path)
                .inside(host)
                .start(stdout, stderr);
        return new InterceptProcess(stdout, stderr, process);
    }

    /** For JVMs: files that nobody keeps go to "tmp" beside {@code output}, in place of the folder that other programs use, too. */
    static String temporary(final Path output) throws IOException {
        return "-Djava.io.tmpdir=" + Files.createDirectories(output.resolveSibling("tmp"));
    }

    void awaitReady() throws IOException, InterruptedException {
        assertThat(Eventually.holds(PATIENCE, () -> Files.readString(stderr).contains("replayers find it at")))
                .as(Files.readString(stderr))
                .isTrue();
    }

    /** As {@code STOP} or {@code CONT}; to the process alone, not to its guard. */
    void signal(final String name) {
        Exec.run("kill", "-" + name, Long.toString(process.pid())).orThrow();
    }

    void killGuardsNft() {
        process.descendants()
                .filter(each -> each.info().command().orElse("").endsWith("/nft"))
                .forEach(ProcessHandle::destroyForcibly);
    }

    int exit() throws InterruptedException {
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    String said() throws IOException {
        return Files.readString(stderr);
    }

    /** Ends it by SIGTERM; what it reported. */
    String end() throws IOException, InterruptedException {
        process.destroy();
        assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        return Files.readString(stdout);
    }

    /** What it leaves. */
    List<ProcessHandle> kill() throws InterruptedException {
        final List<ProcessHandle> left = process.descendants().toList();
        process.destroyForcibly().waitFor();
        return left;
    }

    /** Its guard too, first of all: whatever that would take away stays. */
    void killWithItsGuard() throws InterruptedException {
        final List<ProcessHandle> guard = process.descendants().toList();
        // It would notice, and tell its replayers, who would reset their connections.
        signal("STOP");
        guard.forEach(ProcessHandle::destroyForcibly);
        kill();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
