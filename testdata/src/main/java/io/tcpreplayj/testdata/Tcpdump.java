package io.tcpreplayj.testdata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A recording by tcpdump, from the moment at which it listens until it is closed. */
public final class Tcpdump implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(20);
    private static final long LOOK_MS = 20;

    private final Process process;
    private final Path talk;

    private Tcpdump(final Process process, final Path talk) {
        this.process = process;
        this.talk = talk;
    }

    /**
     * Starts to record what a device sees.
     *
     * @param capture the file; what tcpdump says goes beside it
     * @param filter as pcap-filter(7) has it
     */
    public static Tcpdump on(final Netns host, final String device, final Path capture, final String filter)
            throws IOException, InterruptedException {
        final Path talk = capture.resolveSibling(capture.getFileName() + ".log");
        final Process process = new ProcessBuilder(host.inside(
                        "tcpdump",
                        "-n",
                        "-i",
                        device,
                        "-Z",
                        "root",
                        "--immediate-mode",
                        "-U",
                        "-B",
                        "65536",
                        "-w",
                        capture.toString(),
                        filter))
                .redirectErrorStream(true)
                .redirectOutput(talk.toFile())
                .start();
        final Tcpdump tcpdump = new Tcpdump(process, talk);
        final long deadlineNs = System.nanoTime() + START_LIMIT.toNanos();
        while (!tcpdump.said().contains("listening on")) {
            if (!process.isAlive() || System.nanoTime() > deadlineNs) {
                process.destroyForcibly();
                throw new IllegalStateException("tcpdump: " + tcpdump.said());
            }
            Thread.sleep(LOOK_MS);
        }
        return tcpdump;
    }

    /** What it said so far; the kernel's counts once it is closed. */
    public String said() throws IOException {
        return Files.readString(talk);
    }

    /** Ends it in order (SIGINT): all that it saw is in the file on return. */
    @Override
    public void close() {
        Exec.run("kill", "-INT", Long.toString(process.pid()));
        try {
            process.waitFor();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
