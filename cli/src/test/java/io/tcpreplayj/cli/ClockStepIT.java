package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * R16: the time of day jumps by an hour and back while the program runs, which faketime (LD_PRELOAD) makes its process believe; the
 * clock of the machine is everybody's. Packets keep the kernel's stamps: what becomes of those, {@link LiveClockTest} shows.
 */
@BesideOthers
@Timeout(120)
final class ClockStepIT {
    private static final int PORT = 8080;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long MOMENT = 60_000_000_000L;
    private static final int CONNECTIONS = 10;
    private static final long HOUR = 3_600_000_000_000L;

    @TempDir
    private Path directory;

    private Lab lab;
    private Nginx target;
    private Path fake;

    @BeforeEach
    void start() throws IOException {
        Privileges.needRootAnd("ip", "nginx", "ethtool", "nft", "faketime");
        lab = Lab.pair();
        target = Nginx.small(lab.client(), directory.resolve("target"), PORT);
        fake = directory.resolve("time");
        set("+0");
    }

    @AfterEach
    void stop() {
        if (target != null) {
            target.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    /** Never half a word. */
    private void set(final String ahead) throws IOException {
        final Path next = Files.writeString(directory.resolve("next"), ahead + "\n");
        Files.move(next, fake, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Path library() throws IOException {
        try (Stream<Path> files =
                Files.find(Path.of("/usr/lib"), 4, (path, is) -> path.endsWith("faketime/libfaketimeMT.so.1"))) {
            return files.findFirst().orElseThrow();
        }
    }

    private void hasAnswered(final int requests) throws IOException, InterruptedException {
        assertThat(Eventually.holds(PATIENCE, () -> target.requests().size() >= requests))
                .isTrue();
    }

    /** It believed it: its report says when it began and ended. */
    private static void believedIt(final LiveProcess.Summary summary, final String... where) {
        final long startedNs = summary.number(path(where, "startedNs"));
        assertThat(summary.number(path(where, "endedNs")) - startedNs).isLessThan(MOMENT - HOUR);
    }

    private static String[] path(final String[] where, final String... more) {
        return Stream.concat(Stream.of(where), Stream.of(more)).toArray(String[]::new);
    }

    private static void noticedNothing(final LiveProcess.Summary summary, final String... where) {
        assertThat(summary.number(path(where, "flows", "replayed"))).isPositive();
        assertThat(summary.number(path(where, "requests", "answered")))
                .isEqualTo(summary.number(path(where, "requests", "total")));
        assertThat(summary.number(path(where, "lagNs", "max"))).isBetween(0L, MOMENT);
        assertThat(summary.number(path(where, "latencyNs", "replayed", "max"))).isBetween(0L, MOMENT);
    }

    @Test
    void replay_goesOnAtItsPace() throws Exception {
        final String capture =
                ProjectTree.root().resolve("testdata/captures/keepalive4.pcap").toString();
        final long beganNs = System.nanoTime();
        try (Believer replay =
                new Believer("replay", capture, "--json", "--speed", "0.02x", "--target", Lab.CLIENT_V4 + ":" + PORT)) {
            hasAnswered(2);
            believes("+3600");
            believes("-3600");
            final LiveProcess.Summary summary = replay.summary();
            assertThat(summary.exit()).as(replay.said()).isZero();
            assertThat(System.nanoTime() - beganNs).isBetween(4_000_000_000L, MOMENT);
            believedIt(summary);
            noticedNothing(summary);
        }
    }

    @Test
    void live_replaysWhatItCaptures_atItsTime() throws Exception {
        try (Nginx production = Nginx.small(lab.server(), directory.resolve("production"), PORT);
                Believer live = new Believer(
                        "live",
                        "--json",
                        "-i",
                        "veth0",
                        "--port",
                        String.valueOf(PORT),
                        "--target",
                        Lab.CLIENT_V4 + ":" + PORT,
                        "--record",
                        directory.resolve("x.tfdb").toString())) {
            live.captures();
            try (Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
                crowd.ask();
                hasAnswered(CONNECTIONS);
                believes("+3600");
                crowd.ask();
                hasAnswered(2 * CONNECTIONS);
                believes("-3600");
                crowd.ask();
                hasAnswered(3 * CONNECTIONS);
            }
            live.process.destroy();
            final LiveProcess.Summary summary = live.summary();
            assertThat(summary.exit()).as(live.said()).isEqualTo(143);
            assertThat(production.requests()).hasSize(3 * CONNECTIONS);
            believedIt(summary, "replay");
            noticedNothing(summary, "replay");
            assertThat(summary.number("replay", "behindNs", "max")).isBetween(0L, MOMENT);
            assertThat(summary.number("clock", "steps"))
                    .as("of the packets' own")
                    .isZero();
        }
    }

    /** As at a machine's start: what comes seems to be older than the capture. */
    @Test
    void live_byLibpcap_capturesFromTheFirstPacketOn_thoughTheClockWasSetBackBeforeIt() throws Exception {
        set("+3600");
        try (Nginx production = Nginx.small(lab.server(), directory.resolve("production"), PORT);
                Believer live = new Believer(
                        "live",
                        "--json",
                        "-i",
                        "veth0",
                        "--capture",
                        "pcap",
                        "--port",
                        String.valueOf(PORT),
                        "--record",
                        directory.resolve("x.tfdb").toString())) {
            live.captures();
            believes("+0");
            try (Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
                crowd.ask();
                assertThat(Eventually.holds(
                                PATIENCE, () -> production.requests().size() == CONNECTIONS))
                        .isTrue();
            }
            live.process.destroy();
            final LiveProcess.Summary summary = live.summary();
            assertThat(summary.exit()).as(live.said()).isEqualTo(143);
            assertThat(summary.number("flows", "found")).isEqualTo(CONNECTIONS);
            assertThat(summary.number("kernel", "passed")).isEqualTo(summary.number("packets", "read"));
        }
    }

    /** The library looks into its file once a second. */
    private void believes(final String ahead) throws IOException, InterruptedException {
        set(ahead);
        TimeUnit.SECONDS.sleep(2);
    }

    /** The program with a clock of its own. */
    private final class Believer implements AutoCloseable {
        private final Path stdout = directory.resolve("stdout");
        private final Path stderr = directory.resolve("stderr");
        private final Process process;

        Believer(final String... words) throws IOException {
            process = Commands.tcpreplayj(words)
                    .with("LD_PRELOAD", library().toString())
                    .with("FAKETIME_TIMESTAMP_FILE", fake.toString())
                    .with("FAKETIME_CACHE_DURATION", "1")
                    .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                    // Else each wait by the monotonic clock ends at once, and every thread that waits keeps a core
                    // busy.
                    .with("FAKETIME_FORCE_MONOTONIC_FIX", "0")
                    .inside(lab.server())
                    .start(stdout, stderr);
        }

        /** Returns when it does. */
        void captures() throws IOException, InterruptedException {
            assertThat(Eventually.holds(PATIENCE, () -> said().contains("capturing on")))
                    .as(said())
                    .isTrue();
        }

        String said() throws IOException {
            return Files.readString(stderr);
        }

        LiveProcess.Summary summary() throws IOException, InterruptedException {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as(said())
                    .isTrue();
            assertThat(Files.readString(stdout)).as(said()).startsWith("{");
            return new LiveProcess.Summary(process.exitValue(), JSON.std.mapFrom(Files.readString(stdout)));
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
