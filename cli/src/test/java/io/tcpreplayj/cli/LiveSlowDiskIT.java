package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import io.tcpreplayj.testdata.Tcpdump;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code live} and {@code live --listen} whose disk stands still while many packets come: nobody who captures waits for it, and
 * when it goes on all is there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LiveSlowDiskIT {
    private static final int PORT = 8080;
    private static final String FILTER = "tcp port " + PORT;
    private static final String READ = "veth0: (\\d+) packets read, 0 dropped by the kernel";
    private static final String RECEIVED = "web1: (\\d+) packets received, 0 lost there";
    private static final String WAITING = "; 0 flows written, (\\d+) waiting";
    private static final int BEFORE = 20;
    private static final int CONNECTIONS = 100;
    private static final int ROUNDS = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private Path directory;
    private Lab lab;
    private Nginx nginx;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "ethtool", "tcpdump", "ss", "kill", "mount", "mkfs.ext4", "fsfreeze");
        lab = Lab.pair();
        nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT);
    }

    @AfterAll
    void stop() {
        if (nginx != null) {
            nginx.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void diskThatStandsStill_holdsUpNobodyWhoCaptures_andAllIsWrittenWhenItGoesOn() throws Exception {
        final Path capture = directory.resolve("wanted.pcap");
        try (LoopImage disk = LoopImage.make("ext4", directory.resolve("disk"))) {
            final Tcpdump tcpdump = Tcpdump.on(lab.server(), "veth0", capture, FILTER);
            try {
                captureOn(disk);
            } finally {
                tcpdump.close();
            }
            assertThat(tcpdump.said()).contains("0 packets dropped by kernel");
            final Path indexed = directory.resolve("indexed.tfdb");
            final Run index = new Run().main("index", "-q", "--db", indexed, capture);
            assertThat(index.exit()).as(index.err()).isZero();
            final List<String> wanted = texts(indexed);
            assertThat(wanted).hasSize(BEFORE + CONNECTIONS);
            for (final String name : List.of("here.tfdb", "all-web1.tfdb")) {
                final Path database = disk.directory().resolve(name);
                assertThat(texts(database)).isEqualTo(wanted);
                assertThat(new Run().main("verify", database).exit()).isZero();
            }
        }
    }

    private void captureOn(final LoopImage disk) throws Exception {
        final String door = "unix:" + directory.resolve("door");
        try (LiveProcess listener = live(
                        "listener", "--listen", door, "--sources", "1", "--record", disk.directory() + "/all.tfdb");
                LiveProcess live = live("live", "-i", "veth0", FILTER, "--record", disk.directory() + "/here.tfdb")) {
            live.says("capturing on");
            listener.says("listening at");
            try (LiveProcess source = live("source", "-i", "veth0", "--forward", door, "--name", "web1", FILTER)) {
                source.says("capturing on");
                askWhileItStandsStill(disk, live, listener);
                assertThat(Eventually.holds(PATIENCE, this::closed)).isTrue();
                final LiveProcess.Summary summary = live.end("TERM");
                assertThat(summary.exit()).as(live.said()).isEqualTo(143);
                assertThat(summary.number("kernel", "dropped")).isZero();
                assertThat(summary.number("flowsShed")).isZero();
                assertThat(source.end("TERM").exit()).as(source.said()).isEqualTo(143);
                assertThat(listener.summary().exit()).as(listener.said()).isZero();
            }
        }
    }

    private void askWhileItStandsStill(final LoopImage disk, final LiveProcess live, final LiveProcess listener)
            throws IOException, InterruptedException {
        try (Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
            crowd.ask();
            // Who says that has opened its database.
            tells(live, READ, CONNECTIONS);
            tells(listener, RECEIVED, CONNECTIONS);
            try (Crowd before = Crowd.open(lab.client(), lab.serverV4(), PORT, BEFORE)) {
                before.ask();
            }
            disk.freeze();
            try {
                // Both commit those flows some four seconds after they closed.
                live.isHeldUp();
                listener.isHeldUp();
                tells(live, WAITING, BEFORE);
                tells(listener, WAITING, BEFORE);
                for (int round = 1; round < ROUNDS; round++) {
                    crowd.ask();
                }
                // A request and its answer: two packets at least.
                final int packets = 2 * ROUNDS * CONNECTIONS;
                tells(live, READ, packets);
                tells(listener, RECEIVED, packets);
            } finally {
                disk.thaw();
            }
        }
    }

    private LiveProcess live(final String name, final String... words) throws IOException {
        return LiveProcess.launch(lab.server(), directory.resolve(name), List.of(words));
    }

    /** Waits until it says so many, asking again and again. */
    private static void tells(final LiveProcess live, final String line, final int least)
            throws IOException, InterruptedException {
        final Pattern pattern = Pattern.compile(line);
        assertThat(Eventually.holds(PATIENCE, () -> {
                    live.signal("USR1");
                    return most(pattern.matcher(live.said())) >= least;
                }))
                .as("%d of %s: %s", least, line, live.said())
                .isTrue();
    }

    private static int most(final Matcher lines) {
        int most = 0;
        while (lines.find()) {
            most = Math.max(most, Integer.parseInt(lines.group(1)));
        }
        return most;
    }

    private static List<String> texts(final Path database) throws IOException {
        return RecordedFlow.all(database).stream().map(RecordedFlow::text).toList();
    }

    /** Whether the server's last FINs are acknowledged. */
    private boolean closed() {
        return lab.server()
                .exec("sh", "-c", "ss -Htan sport = :" + PORT + " | grep -Ev '^(LISTEN|TIME-WAIT)'")
                .stdout()
                .isBlank();
    }
}
