package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.LeakDetector;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The intercept runs on the target's own host, behind a router that counts every packet to a replayed client: client, router,
 * target.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TargetHostIT {
    private static final int PORT = 8080;
    private static final int BYTES_PORT = 8081;
    private static final int KILLS = Integer.getInteger("tcpreplayj.intercept.kills", 1);
    private static final String CAPTURED_CLIENT = "10.92.1.1";
    private static final String CAPTURED_NETWORK = "10.92.1.0/24";
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Map<Integer, String> CLIENTS = Map.of(4, "198.18.4.0/24", 6, "2001:2:0:4::/64");

    private Path directory;
    private Lab lab;
    private Nginx nginx;
    private ResidentCli replayer;
    private Path keys;
    /** Where intercepts find their tools. */
    private String path = System.getenv("PATH");

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool", "ss", "curl");
        lab = Lab.routed();
        // iptables makes its tables when it is first used, and never removes them.
        for (final String iptables : List.of("iptables", "ip6tables")) {
            lab.server().exec(iptables, "-A", "OUTPUT", "-j", "ACCEPT").orThrow();
            lab.server().exec(iptables, "-D", "OUTPUT", "-j", "ACCEPT").orThrow();
        }
        nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT);
        replayer = ResidentCli.in(lab.client(), directory);
        keys = directory.resolve("lab.p12");
        assertThat(new Run().main("keys", "-q", keys).exit()).isZero();
    }

    @AfterAll
    void stop() throws IOException {
        if (replayer != null) {
            replayer.close();
        }
        if (nginx != null) {
            nginx.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"4,egress", "6,egress", "4,nfqueue", "6,nfqueue", "4,tun", "6,tun"})
    void everyRequestArrives_noAnswerLeaves_andOthersAreServed(final int family, final String swallow)
            throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final HostState before = HostState.snapshot(lab.server());
        final long retransmitted = retransmitted();
        final int logged = nginx.requests().size();
        final Path sessions = directory.resolve("sessions" + swallow + family);
        final ResidentCli.Result result;
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept =
                        intercept("first" + swallow + family, target(family, PORT), "--swallow", swallow)) {
            result = replay(
                    family,
                    recorded.database(),
                    PORT,
                    "--speed",
                    "4x",
                    "--json",
                    "-q",
                    "--sessions",
                    sessions.toString());
            assertThat(ordinaryAnswer(family)).isEqualTo("404");
            assertThat(intercept.end()).contains("packets handed on, 0 of nobody's");
            assertThat(leaks.packets()).isZero();
        }
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, logged, recorded.requests() + 1);
        final String prefix = CLIENTS.get(family).replaceAll("(0/24|:/64)$", "");
        assertThat(recorded.differences(
                        Session.read(sessions),
                        arrived.stream()
                                .filter(entry -> entry.clientAddress().startsWith(prefix))
                                .toList()))
                .isEmpty();
        assertThat(Session.read(sessions))
                .allSatisfy(session -> assertThat(session.client()).contains(prefix));
        // On a busy host a probe for a lost tail may go off now and then; a send that seems to fail would cost many.
        if (!swallow.equals("tun")) {
            assertThat(retransmitted()).as("the target's TCP notices nothing").isLessThan(retransmitted + 5);
        }
        assertThat(HostState.snapshot(lab.server())).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("waysToKill")
    void interceptThatIsKilledAgainAndAgain_losesNoByte_andLeaksNothing(final String swallow) throws Exception {
        final int requests = 8 * KILLS;
        final FlowPcap.Shape shape = new FlowPcap.Shape(50, requests, 600, 900, 400_000, 5_000);
        final Path database = made("made" + swallow, shape);
        final HostState before = HostState.snapshot(lab.server());
        final Process server = server(shape, "journal" + swallow);
        try (LeakDetector leaks = LeakDetector.on(lab.router())) {
            InterceptProcess intercept = intercept("killed0" + swallow, target(4, BYTES_PORT), "--swallow", swallow);
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database, "--json", "-q"));
            assertThat(Eventually.holds(PATIENCE, () -> connections() == 50)).isTrue();
            int kills = 0;
            while (!replay.isDone() && kills < KILLS) {
                TimeUnit.MILLISECONDS.sleep(900);
                intercept.kill();
                kills++;
                intercept = intercept("killed" + kills + swallow, target(4, BYTES_PORT), "--swallow", swallow);
            }
            final ResidentCli.Result result = replay.get(60 + 10 * KILLS, TimeUnit.SECONDS);
            intercept.kill();
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final Map<?, ?> bytes =
                    (Map<?, ?>) JSON.std.mapFrom(result.stdout()).get("bytes");
            assertThat(bytes.get("clientAcked")).isEqualTo(bytes.get("clientPlanned"));
            assertThat(bytes.get("clientAcked")).isEqualTo(50 * requests * 600);
            assertThat(kills).isEqualTo(KILLS);
            final long killedNs = System.nanoTime();
            assertThat(Eventually.holds(
                            PATIENCE, () -> HostState.snapshot(lab.server()).equals(before)))
                    .isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - killedNs)).isLessThan(Duration.ofSeconds(5));
            assertThat(leaks.packets()).isZero();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    static List<String> waysToKill() {
        return KILLS > 1 ? List.of("egress", "nfqueue", "tun") : List.of("egress");
    }

    @Test
    void killedForGood_closesTheTargetsConnections_thenLetsGo() throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(20, 20, 600, 900, 400_000, 5_000);
        final Path database = made("dead", shape);
        final HostState before = HostState.snapshot(lab.server());
        final Process server = server(shape, "dead");
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept = intercept("dies", target(4, BYTES_PORT))) {
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database));
            assertThat(Eventually.holds(PATIENCE, () -> connections() == 20)).isTrue();
            intercept.kill();
            final long killedNs = System.nanoTime();
            assertThat(Eventually.holds(
                            PATIENCE, () -> HostState.snapshot(lab.server()).equals(before)))
                    .isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - killedNs)).isLessThan(Duration.ofSeconds(5));
            assertThat(connections()).isZero();
            assertThat(replay.get(60, TimeUnit.SECONDS).exit()).isEqualTo(8);
            assertThat(leaks.packets()).isZero();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    @Test
    void rulesThatAreGone_endTheIntercept() throws Exception {
        try (InterceptProcess intercept = intercept("ruleless", target(4, PORT))) {
            intercept.killGuardsNft();
            assertThat(intercept.exit()).isEqualTo(8);
            assertThat(intercept.said()).contains("the rules that keep answers on this host are gone");
        }
    }

    @Test
    void secondIntercept_isRefused() throws Exception {
        try (InterceptProcess first = intercept("one", target(4, PORT))) {
            final Exec.Result second = Commands.tcpreplayj(
                            "intercept", "--target", target(4, PORT), "--listen", "127.0.0.1:9999")
                    .inside(lab.server())
                    .run();
            assertThat(second.exit()).isEqualTo(2);
            assertThat(second.stderr())
                    .contains("another intercept (process ")
                    .contains("hint: let the replayers share it");
            first.end();
        }
    }

    @Test
    void aTargetOfAnotherHost_orFamily_orANeighboursNetwork_isRefusedWithTheCure() {
        assertThat(refusal("--target", target(4, PORT), "--clients", "fd77::/64"))
                .contains("two address families");
        assertThat(refusal("--target", "10.91.9.9:80")).contains("is no address of this host");
        assertThat(refusal("--target", "127.0.0.1:80")).contains("is no address of this host");
        assertThat(refusal("--target", target(4, PORT), "--clients", "10.91.2.0/24", "--swallow", "egress"))
                .contains("are neighbours at veth0");
        assertThat(refusal("--target", target(4, PORT), "--swallow", "drop")).contains("egress, nfqueue or tun");
    }

    @Test
    void withoutTheEgressHook_anotherWayIsTaken_andSaidWhy() throws Exception {
        tools("#!/bin/sh\n[ \"$1\" = -i ] || exec /usr/sbin/nft \"$@\"\n"
                + "sed -u 's/hook egress/hook nosuch/' | exec /usr/sbin/nft -i\n");
        try (InterceptProcess intercept = intercept("hookless", target(4, PORT))) {
            assertThat(intercept.said()).contains(", nfqueue ").contains("(egress: ");
            intercept.end();
        } finally {
            path = System.getenv("PATH");
        }
    }

    @Test
    void originalClients_keepTheirAddresses_whereAnswersCannotLeave() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final int logged = nginx.requests().size();
        final Path sessions = directory.resolve("sessions-original");
        final ResidentCli.Result result;
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept = intercept("original", target(4, PORT), "--clients", CAPTURED_NETWORK)) {
            result = replayFrom(
                    "original", lab.serverV4(), recorded, "--speed", "4x", "-v", "--sessions", sessions.toString());
            intercept.end();
            assertThat(leaks.packets()).isZero();
        }
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, logged, recorded.requests());
        assertThat(recorded.differences(Session.read(sessions), arrived)).isEmpty();
        assertThat(arrived)
                .allSatisfy(entry -> assertThat(entry.clientAddress()).isEqualTo(CAPTURED_CLIENT));
    }

    @Test
    void originalClients_areRefused_whereAnswersCouldLeave_orAreNotSwallowed() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        try (InterceptProcess intercept = intercept("others", target(4, PORT))) {
            final ResidentCli.Result result = replayFrom("original", lab.serverV4(), recorded);
            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr()).contains("clients in " + CAPTURED_CLIENT + "/32 are not served here");
            intercept.end();
        }
        final Path stderr = directory.resolve("assistant.stderr");
        final Process assistant = Commands.tcpreplayj(
                        "intercept", "-i", "veth2", "--clients", CAPTURED_NETWORK, "--keys", keys.toString())
                .inside(lab.router())
                .start(directory.resolve("assistant.stdout"), stderr);
        try {
            assertThat(Eventually.holds(PATIENCE, () -> Files.readString(stderr).contains("replayers find it at")))
                    .isTrue();
            final ResidentCli.Result result = replayFrom("original", "10.91.1.254", recorded);
            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr())
                    .contains("does not run on the target's own host")
                    .contains("hint: start it there, with --target " + target(4, PORT));
        } finally {
            assistant.destroyForcibly().waitFor();
        }
    }

    private ResidentCli.Result replayFrom(
            final String clients, final String intercept, final Recorded recorded, final String... more)
            throws IOException {
        final List<String> words = new ArrayList<>(List.of("replay", recorded.database(), "--target", target(4, PORT)));
        words.addAll(List.of("--clients", clients, "--keys", keys.toString(), "--intercept", intercept));
        words.addAll(List.of(more));
        return replayer.run(words.toArray(String[]::new));
    }

    /** An {@code nft} of the test's own comes first. */
    private void tools(final String nft) throws IOException {
        final Path bin = Files.createDirectories(directory.resolve("bin"));
        Files.writeString(bin.resolve("nft"), nft);
        Files.setPosixFilePermissions(bin.resolve("nft"), PosixFilePermissions.fromString("rwxr-xr-x"));
        path = bin + ":" + System.getenv("PATH");
    }

    private String refusal(final String... arguments) {
        final List<String> words = new ArrayList<>(List.of("intercept", "--listen", "127.0.0.1:9999"));
        words.addAll(List.of(arguments));
        final Exec.Result result = Commands.tcpreplayj(words.toArray(String[]::new))
                .inside(lab.server())
                .run();
        assertThat(result.exit()).isEqualTo(2);
        return result.stderr();
    }

    /** What a client that is not replayed gets from the same server. */
    private String ordinaryAnswer(final int family) {
        return lab.client()
                .exec(
                        "curl",
                        "-gs",
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{http_code}",
                        "http://" + target(family, PORT) + "/ordinary")
                .stdout();
    }

    private long retransmitted() {
        return Long.parseLong(lab.server()
                .exec("sh", "-c", "awk '/^Tcp:/ {v=$13} END {print v}' /proc/net/snmp")
                .stdout()
                .strip());
    }

    private long connections() {
        return lab.server()
                .exec("ss", "-Htn", "state", "connected", "sport = :" + BYTES_PORT)
                .stdout()
                .lines()
                .count();
    }

    private Path made(final String name, final FlowPcap.Shape shape) throws IOException {
        final Path capture = directory.resolve(name + ".pcap");
        FlowPcap.write(capture, shape, 7);
        final Path database = directory.resolve(name + ".tfdb");
        assertThat(new Run().main("index", "-q", "--db", database, capture).exit())
                .isZero();
        return database;
    }

    private Process server(final FlowPcap.Shape shape, final String journal) throws IOException, InterruptedException {
        return ByteServer.startIn(
                lab.server(),
                "0.0.0.0",
                BYTES_PORT,
                shape.requestBytes(),
                shape.answerBytes(),
                directory.resolve(journal));
    }

    private String target(final int family, final int port) {
        return (family == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]") + ":" + port;
    }

    private ResidentCli.Result replay(final int family, final String database, final int port, final String... more)
            throws IOException {
        final List<String> words = new ArrayList<>(List.of("replay", database, "--target", target(family, port)));
        words.addAll(List.of("--clients", CLIENTS.get(family), "--keys", keys.toString()));
        words.addAll(List.of("--intercept", family == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]"));
        words.addAll(List.of(more));
        return replayer.run(words.toArray(String[]::new));
    }

    private ResidentCli.Result replayQuietly(final Path database, final String... more) {
        try {
            return replay(4, database.toString(), BYTES_PORT, more);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** On the target. */
    private InterceptProcess intercept(final String name, final String target, final String... more)
            throws IOException, InterruptedException {
        final List<String> words = new ArrayList<>(List.of("--target", target));
        words.addAll(List.of("--keys", keys.toString(), "--payload", "65535"));
        words.addAll(List.of(more));
        return InterceptProcess.start(lab.server(), directory.resolve(name), path, words);
    }
}
