package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code live --target}: what real clients ask one nginx arrives at another one while they still ask, over the very interface
 * that is captured, and to a server on the same port.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class LiveTargetIT {
    private static final int PORT = 8080;
    /** At the address of the real clients: what may not be captured is told by both ends' ports. */
    private static final String TARGET = Lab.CLIENT_V4;

    private static final int CONNECTIONS = 50;
    private static final int ROUNDS = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private Path directory;
    private Lab lab;
    private Nginx production;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "ethtool", "nft", "kill");
        lab = Lab.pair();
        production = server(lab.server(), "production");
    }

    /** Its pages are of one date, or their answers would differ. */
    private Nginx server(final Netns netns, final String name) throws IOException {
        final Nginx nginx = Nginx.small(netns, directory.resolve(name), PORT);
        try (Stream<Path> pages = Files.list(directory.resolve(name).resolve("www"))) {
            for (final Path page : pages.toList()) {
                Files.setLastModifiedTime(page, FileTime.from(Instant.EPOCH));
            }
        }
        return nginx;
    }

    @AfterAll
    void stop() {
        if (production != null) {
            production.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"packet, ring", "raw, ring", "socket, ring", "packet, pcap", "packet, raw"})
    void requestsArriveWhileTheirConnectionsGoOn_andOurOwnAreNotCaptured(final String transport, final String how)
            throws Exception {
        final int before = production.requests().size();
        try (Nginx target = server(lab.client(), transport + how);
                LiveProcess live = LiveProcess.start(
                        lab.server(),
                        directory.resolve(transport + how + ".tfdb"),
                        "-i",
                        "veth0",
                        "--capture",
                        how,
                        "--port",
                        String.valueOf(PORT),
                        "--target",
                        TARGET + ":" + PORT,
                        "--transport",
                        transport)) {
            try (Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
                for (int round = 1; round <= ROUNDS; round++) {
                    crowd.ask();
                    hasArrived(round * CONNECTIONS, target, live);
                }
            }
            final LiveProcess.Summary summary = live.end("INT");
            assertThat(summary.exit()).as(live.said()).isEqualTo(130);
            assertThat(summary.number("flows", "found")).isEqualTo(CONNECTIONS);
            assertThat(summary.number("replay", "sessions")).isEqualTo(CONNECTIONS);
            assertThat(summary.number("replay", "flows", "replayed")).isEqualTo(CONNECTIONS);
            assertThat(summary.number("replay", "requests", "answered")).isEqualTo(CONNECTIONS * ROUNDS);
            assertThat(summary.number("loss", "requestsCaptured"))
                    .isEqualTo(summary.number("loss", "requestsReplayed"))
                    .isEqualTo(CONNECTIONS * ROUNDS);
            assertThat(summary.number("loss", "packetsCaptured"))
                    .isEqualTo(summary.number("loss", "packetsReceived"))
                    .isEqualTo(summary.number("kernel", "passed"));
            assertThat(summary.number("replay", "responses", "matched"))
                    .as("raw sockets see no answers to compare with")
                    .isEqualTo(how.equals("raw") ? 0 : CONNECTIONS * ROUNDS);
            System.out.printf(
                    "live --target by %s, --capture %s: behind the capture p50 %.1f ms, p99 %.1f ms%n",
                    transport,
                    how,
                    summary.number("replay", "behindNs", "p50") / 1e6,
                    summary.number("replay", "behindNs", "p99") / 1e6);
            final List<AccessLog.Entry> asked = production.requests();
            assertThat(byConnection(target.requests())).isEqualTo(byConnection(asked.subList(before, asked.size())));
        }
    }

    private static void hasArrived(final int asked, final Nginx target, final LiveProcess live)
            throws IOException, InterruptedException {
        assertThat(Eventually.holds(PATIENCE, () -> target.requests().size() == asked))
                .as("%d of %d have arrived: %s", target.requests().size(), asked, live.said())
                .isTrue();
    }

    /** What is asked until then is replayed, also on connections that are still open; and how much that is people are told. */
    @ParameterizedTest
    @ValueSource(strings = {"--duration", "--until"})
    void timeThatIsOver_endsTheCapture_andThenTheReplay(final String flag) throws Exception {
        final Instant began = Instant.now();
        final Instant end = began.plusSeconds(7);
        try (Nginx target = server(lab.client(), "timed" + flag);
                LiveProcess live = LiveProcess.startForPeople(
                        lab.server(),
                        directory.resolve("timed" + flag + ".tfdb"),
                        "-i",
                        "veth0",
                        "--port",
                        String.valueOf(PORT),
                        "--target",
                        TARGET + ":" + PORT,
                        flag,
                        flag.equals("--until") ? end.toString() : "4s");
                Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
            crowd.ask();
            final Exec.Result result = live.printed();
            assertThat(Instant.now()).isAfterOrEqualTo(flag.equals("--until") ? end : began.plusSeconds(4));
            assertThat(result.exit()).as(live.said()).isZero();
            assertThat(target.requests()).hasSize(CONNECTIONS);
            assertThat(result.stdout())
                    .containsPattern(
                            "(?m)^  flows    " + CONNECTIONS + " found = " + CONNECTIONS + " replayable \\+ 0 not$")
                    .containsPattern("(?m)^loss       0 of \\d+ captured packets \\(0\\.0000 %\\), 0 of " + CONNECTIONS
                            + " requests \\(0\\.0000 %\\)$");
        }
    }

    /** What they had asked before is not known; what they ask from then on arrives. */
    @Test
    void connectionsThatAreOpenAlready_areOpenedBySynth() throws Exception {
        final int before = production.requests().size();
        final Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS);
        crowd.ask();
        try (Nginx target = server(lab.client(), "open");
                LiveProcess live = synth("open", PORT)) {
            try (crowd) {
                for (int round = 1; round <= ROUNDS; round++) {
                    crowd.ask();
                    hasArrived(round * CONNECTIONS, target, live);
                }
            }
            assertThat(isReplayed(live).number("replay", "responses", "matched"))
                    .isEqualTo(CONNECTIONS * ROUNDS);
            final List<AccessLog.Entry> asked = production.requests();
            assertThat(byConnection(target.requests()))
                    .isEqualTo(byConnection(asked.subList(before + CONNECTIONS, asked.size())));
        }
    }

    /** As SMTP's and MySQL's do: what the target says first was said before the capture began, and is no answer of it. */
    @Test
    void connectionsThatAreOpenAlready_areOpenedBySynth_alsoWhereServersSpeakFirst() throws Exception {
        try (GreetingServer captured = GreetingServer.open(lab.server(), PORT + 1);
                GreetingServer target = GreetingServer.open(lab.client(), PORT + 1)) {
            final GreetingServer.Clients clients =
                    GreetingServer.Clients.connect(lab.client(), lab.serverV4(), PORT + 1, CONNECTIONS);
            clients.say("before");
            try (LiveProcess live = synth("greeted", PORT + 1)) {
                try (clients) {
                    for (int round = 1; round <= ROUNDS; round++) {
                        clients.say("round " + round);
                        final int said = round * CONNECTIONS;
                        assertThat(Eventually.holds(PATIENCE, () -> target.lines() == said))
                                .as("%d of %d have arrived: %s", target.lines(), said, live.said())
                                .isTrue();
                    }
                }
                assertThat(isReplayed(live).number("replay", "responses", "matched"))
                        .as("a greeting is no answer")
                        .isEqualTo(CONNECTIONS * ROUNDS);
            }
            assertThat(target.heard()).isEqualTo(captured.heardBehindTheFirst());
        }
    }

    private LiveProcess synth(final String name, final int port) throws IOException, InterruptedException {
        return LiveProcess.start(
                lab.server(),
                directory.resolve(name + ".tfdb"),
                "-i",
                "veth0",
                "--port",
                String.valueOf(port),
                "--target",
                TARGET + ":" + port,
                "--midstream",
                "synth");
    }

    private static LiveProcess.Summary isReplayed(final LiveProcess live) throws IOException, InterruptedException {
        final LiveProcess.Summary summary = live.end("INT");
        assertThat(summary.exit()).as(live.said()).isEqualTo(130);
        assertThat(summary.number("replay", "flows", "replayed"))
                .as(live.said() + summary.json())
                .isEqualTo(CONNECTIONS);
        assertThat(summary.number("replay", "requests", "sent")).isEqualTo(CONNECTIONS * ROUNDS);
        assertThat(summary.number("replay", "requests", "answered")).isEqualTo(CONNECTIONS * ROUNDS);
        assertThat(new Run()
                        .main("flows", live.database(), "--count", "--where", "midstream")
                        .out())
                .isEqualTo(CONNECTIONS + "\n");
        return summary;
    }

    /** Their FINs would be sent again for a quarter of an hour. */
    @Test
    void aTargetThatIsHeardNoMore_isWaitedForNoLongerThanForAnAnswer() throws Exception {
        try (Nginx target = server(lab.client(), "mute");
                LiveProcess live = LiveProcess.start(
                        lab.server(),
                        directory.resolve("mute.tfdb"),
                        "-i",
                        "veth0",
                        "--port",
                        String.valueOf(PORT),
                        "--target",
                        TARGET + ":" + PORT,
                        "--response-timeout",
                        "4s")) {
            try (Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
                crowd.ask();
                assertThat(Eventually.holds(PATIENCE, () -> target.requests().size() == CONNECTIONS))
                        .as(live.said())
                        .isTrue();
                lab.client().exec("nft", "add table inet mute").orThrow();
                lab.client()
                        .exec("nft", "add chain inet mute input { type filter hook input priority 0; }")
                        .orThrow();
                lab.client()
                        .exec("nft", "add rule inet mute input tcp dport " + PORT + " drop")
                        .orThrow();
            }
            live.signal("INT");
            live.says("the capture is over, and " + CONNECTIONS + " connections are still open: waited for");
            live.signal("USR1");
            live.says("packets read, 0 dropped by the kernel");
            live.says("; replay: " + CONNECTIONS + " sessions open, 0 replayed, 0 failed, 0 dropped, behind p99 ");
            final LiveProcess.Summary summary = live.summary();
            assertThat(summary.exit()).as(live.said()).isEqualTo(130);
            assertThat(summary.number("replay", "flows", "failed", "interrupted"))
                    .isEqualTo(CONNECTIONS);
            assertThat(summary.number("replay", "requests", "sent")).isEqualTo(CONNECTIONS);
        } finally {
            lab.client().exec("nft", "delete table inet mute");
        }
    }

    /** What was asked on each connection, in its order. */
    private static List<String> byConnection(final List<AccessLog.Entry> entries) {
        final Map<Long, String> asked = entries.stream()
                .collect(Collectors.groupingBy(
                        AccessLog.Entry::connection,
                        Collectors.mapping(AccessLog.Entry::request, Collectors.joining(", "))));
        return asked.values().stream().sorted().toList();
    }
}
