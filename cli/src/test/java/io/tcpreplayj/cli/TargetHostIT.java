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
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The intercept runs on the target's own host, behind a router that counts every packet to a replayed client: client, router,
 * target.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TargetHostIT {
    private static final int PORT = 8080;
    private static final int BYTES_PORT = 8081;
    private static final int KILLS = Integer.getInteger("tcpreplayj.intercept.kills", 3);
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Map<Integer, String> CLIENTS = Map.of(4, "198.18.4.0/24", 6, "2001:2:0:4::/64");

    private Path directory;
    private Lab lab;
    private Nginx nginx;
    private ResidentCli replayer;
    private Path keys;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool", "ss", "curl");
        lab = Lab.routed();
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
    @ValueSource(ints = {4, 6})
    void everyRequestArrives_noAnswerLeaves_andOthersAreServed(final int family) throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final HostState before = HostState.snapshot(lab.server());
        final long retransmitted = retransmitted();
        final int logged = nginx.requests().size();
        final Path sessions = directory.resolve("sessions" + family);
        final ResidentCli.Result result;
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                Intercept intercept = new Intercept("first" + family, target(family, PORT))) {
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
        assertThat(retransmitted()).as("the target's TCP notices nothing").isEqualTo(retransmitted);
        assertThat(HostState.snapshot(lab.server())).isEqualTo(before);
    }

    @Test
    void interceptThatIsKilledAgainAndAgain_losesNoByte_andLeaksNothing() throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(50, 20, 600, 900, 400_000, 5_000);
        final Path database = made("made", shape);
        final HostState before = HostState.snapshot(lab.server());
        final Process server = server(shape, "journal");
        try (LeakDetector leaks = LeakDetector.on(lab.router())) {
            Intercept intercept = new Intercept("killed0", target(4, BYTES_PORT));
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database, "--json", "-q"));
            int kills = 0;
            while (!replay.isDone() && kills < KILLS) {
                TimeUnit.MILLISECONDS.sleep(900);
                intercept.kill();
                kills++;
                intercept = new Intercept("killed" + kills, target(4, BYTES_PORT));
            }
            final ResidentCli.Result result = replay.get(60 + 10 * KILLS, TimeUnit.SECONDS);
            intercept.kill();
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final Map<?, ?> bytes =
                    (Map<?, ?>) JSON.std.mapFrom(result.stdout()).get("bytes");
            assertThat(bytes.get("clientAcked")).isEqualTo(bytes.get("clientPlanned"));
            assertThat(bytes.get("clientAcked")).isEqualTo(50 * 20 * 600);
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

    @Test
    void killedForGood_closesTheTargetsConnections_thenLetsGo() throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(20, 20, 600, 900, 400_000, 5_000);
        final Path database = made("dead", shape);
        final HostState before = HostState.snapshot(lab.server());
        final Process server = server(shape, "dead");
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                Intercept intercept = new Intercept("dies", target(4, BYTES_PORT))) {
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
    void secondIntercept_isRefused() throws Exception {
        try (Intercept first = new Intercept("one", target(4, PORT))) {
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
    void withoutNft_orARoute_orAtAStrangersAddress_theCureIsNamed() {
        final Exec.Result noTools = Commands.tcpreplayj(
                        "intercept", "--target", target(4, PORT), "--listen", "127.0.0.1:9")
                .with("PATH", "/nowhere")
                .inside(lab.server())
                .run();
        assertThat(noTools.exit()).isEqualTo(2);
        assertThat(refusal("--target", target(4, PORT), "--clients", "fd77::/64"))
                .contains("two address families");
        assertThat(refusal("--target", "10.91.9.9:80")).contains("is no address of this host");
        assertThat(refusal("--target", "127.0.0.1:80")).contains("is no address of this host");
        assertThat(refusal("--target", target(4, PORT), "--clients", "10.91.2.0/24"))
                .contains("are neighbours at veth0");
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

    /** {@code tcpreplay-j intercept} on the target. */
    private final class Intercept implements AutoCloseable {
        private final Path stdout;
        private final Process process;

        Intercept(final String name, final String target) throws IOException, InterruptedException {
            stdout = directory.resolve(name + ".stdout");
            final Path stderr = directory.resolve(name + ".stderr");
            process = Commands.tcpreplayj(
                            "intercept", "--target", target, "--keys", keys.toString(), "--payload", "65535")
                    .inside(lab.server())
                    .start(stdout, stderr);
            assertThat(Eventually.holds(PATIENCE, () -> Files.readString(stderr).contains("replayers find it at")))
                    .as(Files.readString(stderr))
                    .isTrue();
        }

        /** Ends it by SIGTERM; what it reported. */
        String end() throws IOException, InterruptedException {
            process.destroy();
            assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            return Files.readString(stdout);
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
