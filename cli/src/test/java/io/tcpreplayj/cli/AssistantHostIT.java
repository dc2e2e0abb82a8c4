package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.LeakDetector;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The target routes its answers to an assistant host, whose intercept sends them to the replayer: three hosts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class AssistantHostIT {
    private static final int PORT = 8080;
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Pattern COUNTS = Pattern.compile("(\\d+) of nobody's, (\\d+) lost by the ring");
    private static final Map<Integer, String> CLIENTS = Map.of(4, "198.18.4.0/24", 6, "2001:2:0:4::/64");
    private static final Map<Integer, String> INTERCEPTS = Map.of(4, Lab.ASSISTANT_V4, 6, "[" + Lab.ASSISTANT_V6 + "]");

    private Path directory;
    private Lab lab;
    /** Where answers that leak get. */
    private Netns beyond;

    private Nginx nginx;
    private ResidentCli replayer;
    private Path keys;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool", "iptables", "ip6tables", "ss", "bash");
        lab = Lab.assisted();
        // An assistant that would rather be a router: what it swallows must not leave it all the same.
        beyond = lab.routeBehindAssistant();
        nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT);
        replayer = ResidentCli.in(lab.client(), directory);
        keys = directory.resolve("lab.p12");
        final Run made = new Run().main("keys", "-q", keys);
        assertThat(made.exit()).as(made.err()).isZero();
        assertThat(made.out()).matches("sha256:[0-9a-f]{64}\n");
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

    /** The other tests' zeros are worth something. */
    @Test
    void withoutAnIntercept_whatIsForClientsLeaves_andIsCounted() throws Exception {
        try (LeakDetector leaks = LeakDetector.on(beyond)) {
            for (final String client : List.of("198.18.4.7", "2001:2:0:4::7")) {
                final long before = leaks.packets();
                lab.server()
                        .exec("bash", "-c", "echo >/dev/udp/" + client + "/9")
                        .orThrow();
                assertThat(Eventually.holds(PATIENCE, () -> leaks.packets() > before))
                        .as(client)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"4, ring", "6, ring", "4, pcap", "6, pcap"})
    void everyRequestArrives_fromAClientOfTheNetwork_andIsCompared(final int family, final String how)
            throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final HostState before = HostState.snapshot(lab.assistant());
        final int logged = nginx.requests().size();
        final Path sessions = directory.resolve("sessions" + family + how);
        final ResidentCli.Result result;
        try (LeakDetector leaks = LeakDetector.on(beyond);
                InterceptProcess intercept = intercept("first" + family + how, "--capture", how)) {
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
            assertThat(intercept.end()).contains("packets handed on");
            assertThat(leaks.packets()).isZero();
        }
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, logged, recorded.requests());
        assertThat(recorded.differences(Session.read(sessions), arrived)).isEmpty();
        final String prefix = CLIENTS.get(family).replaceAll("(0/24|:/64)$", "");
        assertThat(Session.read(sessions))
                .allSatisfy(session -> assertThat(session.client()).contains(prefix));
        // The same server answers the same, whatever way its answers take.
        final ResidentCli.Result direct = replayer.run(
                "replay", recorded.database(), "--target", target(family, PORT), "--speed", "4x", "--json", "-q");
        assertThat(responses(result)).isEqualTo(responses(direct)).containsEntry("compared", recorded.requests());
        assertThat(HostState.snapshot(lab.assistant())).isEqualTo(before);
    }

    /** The target routes the clients to the replayer's own host: both ends are there, and nobody else can reach their socket. */
    @Test
    void replayerThatIsItsOwnAssistant_needsNoKeys() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final HostState before = HostState.settled(lab.client());
        final int logged = nginx.requests().size();
        final String door = "unix:" + directory.resolve("door");
        final Path sessions = directory.resolve("sessions-own");
        lab.server()
                .exec("ip", "route", "add", "198.18.9.0/24", "via", Lab.CLIENT_V4)
                .orThrow();
        try (InterceptProcess intercept = InterceptProcess.start(
                lab.client(),
                directory.resolve("own"),
                System.getenv("PATH"),
                List.of("-i", "veth0", "--clients", "198.18.9.0/24", "--listen", door, "--payload", "65535"))) {
            final ResidentCli.Result result = replayer.run(
                    "replay",
                    recorded.database(),
                    "--target",
                    target(4, PORT),
                    "--clients",
                    "198.18.9.0/24",
                    "--intercept",
                    door,
                    "--speed",
                    "4x",
                    "--sessions",
                    sessions.toString(),
                    "--json",
                    "-q");
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            assertThat(responses(result)).containsEntry("compared", recorded.requests());
            assertThat(intercept.end()).contains("packets handed on");
        } finally {
            lab.server().exec("ip", "route", "delete", "198.18.9.0/24").orThrow();
        }
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, logged, recorded.requests());
        assertThat(recorded.differences(Session.read(sessions), arrived)).isEmpty();
        assertThat(directory.resolve("door")).doesNotExist();
        assertThat(HostState.settled(lab.client())).isEqualTo(before);
    }

    @Test
    void expression_selectsWhatIsHandedOn_andTheRestIsSwallowedAllTheSame() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        try (LeakDetector leaks = LeakDetector.on(beyond)) {
            try (InterceptProcess intercept = intercept("selected", "tcp", "src", "port", String.valueOf(PORT))) {
                final ResidentCli.Result result = replay(4, recorded.database(), PORT, "--speed", "4x");
                assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
                assertThat(intercept.end()).contains("packets handed on");
            }
            try (InterceptProcess intercept = intercept("unselected", "not tcp src port " + PORT)) {
                final ResidentCli.Result result = replay(4, recorded.database(), PORT, "--speed", "4x");
                assertThat(result.exit()).as(result.stdout() + result.stderr()).isEqualTo(8);
                assertThat(intercept.end()).startsWith("0 packets handed on");
            }
            assertThat(leaks.packets()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'-i lo tcp source port 80', 'filter \"tcp source port 80\" for link type ETHERNET: '",
        "'-i lo vlan 7', 'the kernel takes VLAN tags off before its filter runs, which \"vlan 7\" looks for'",
        "'--target 10.91.1.2:80 tcp port 80', 'the filter expression \"tcp port 80\" selects of what comes by -i INTERFACE'",
    })
    void expressionThatIsNone_orOfNoUseHere_isRefusedWithTheCure(final String arguments, final String message) {
        final List<Object> words = new ArrayList<>(List.of("intercept"));
        words.addAll(List.of(arguments.split(" ")));
        final Run run = new Run().main(words.toArray());
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).startsWith("tcpreplay-j: " + message).contains("\nhint: ");
    }

    /** What happens to an intercept while 50 connections are replayed; what must be ended then goes to {@code left}. */
    @FunctionalInterface
    private interface Trouble {
        InterceptProcess of(InterceptProcess intercept, List<ProcessHandle> left) throws Exception;
    }

    /** What a replay and its intercept report that had such trouble: first of all, that no byte is lost and none leaked. */
    private record Troubled(Map<String, Object> report, String said) {}

    private Troubled losesNoByte(final String name, final int port, final Trouble trouble) throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(50, 20, 600, 900, 400_000, 2_000);
        FlowPcap.write(directory.resolve(name + ".pcap"), shape, 7);
        final Path database = directory.resolve(name + ".tfdb");
        assertThat(new Run()
                        .main("index", "-q", "--db", database, directory.resolve(name + ".pcap"))
                        .exit())
                .isZero();
        final Process server = ByteServer.startIn(
                lab.server(),
                "0.0.0.0",
                port,
                shape.requestBytes(),
                shape.answerBytes(),
                directory.resolve(name + ".journal"));
        final List<ProcessHandle> left = new ArrayList<>();
        try (LeakDetector leaks = LeakDetector.on(beyond)) {
            final InterceptProcess first = intercept(name);
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(4, database.toString(), port, "--json", "-q"));
            // A replay that finds no intercept when it begins ends at once.
            assertThat(Eventually.holds(PATIENCE, () -> established(port) == 50))
                    .isTrue();
            final InterceptProcess last = trouble.of(first, left);
            assertThat(replay).isNotDone();
            final ResidentCli.Result result = result(replay);
            final String said = last.end();
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
            final Map<?, ?> bytes = (Map<?, ?>) report.get("bytes");
            assertThat(bytes.get("clientAcked")).isEqualTo(bytes.get("clientPlanned"));
            assertThat(bytes.get("clientAcked")).isEqualTo(50 * 20 * 600);
            assertThat(leaks.packets()).isZero();
            return new Troubled(report, said);
        } finally {
            left.forEach(ProcessHandle::destroyForcibly);
            server.destroyForcibly().waitFor();
        }
    }

    @Test
    void interceptThatIsKilledAgainAndAgain_losesNoByte() throws Exception {
        losesNoByte("killed", PORT + 1, (first, left) -> {
            InterceptProcess intercept = first;
            for (int kills = 1; kills <= 3; kills++) {
                TimeUnit.MILLISECONDS.sleep(900);
                // They would wait for more than two minutes of silence.
                left.addAll(intercept.kill());
                TimeUnit.MILLISECONDS.sleep(kills * 400L);
                intercept = intercept("killed" + kills);
            }
            return intercept;
        });
    }

    /** What is sent to it meanwhile is lost, and so is what it says to the replayer. */
    @Test
    void interfaceThatGoesDownAgainAndAgain_losesNoByte() throws Exception {
        losesNoByte("down", PORT + 3, (intercept, left) -> {
            for (int i = 0; i < 5; i++) {
                TimeUnit.MILLISECONDS.sleep(500);
                lab.assistant().exec("ip", "link", "set", "veth0", "down").orThrow();
                TimeUnit.MILLISECONDS.sleep(300);
                lab.assistant().exec("ip", "link", "set", "veth0", "up").orThrow();
            }
            // The kernel took it away.
            lab.assistant().address("veth0", Lab.ASSISTANT_V6 + "/64");
            return intercept;
        });
    }

    @Test
    void interfaceThatGetsAnotherName_andMtu_losesNoByte_andLeaksNothing() throws Exception {
        losesNoByte("renamed", PORT + 5, (intercept, left) -> {
            TimeUnit.MILLISECONDS.sleep(500);
            rename("veth0", "tjother0", 1400);
            TimeUnit.MILLISECONDS.sleep(1_000);
            rename("tjother0", "veth0", 1500);
            // The kernel took it away.
            lab.assistant().address("veth0", Lab.ASSISTANT_V6 + "/64");
            return intercept;
        });
    }

    private void rename(final String from, final String to, final int mtu) {
        lab.assistant()
                .exec(
                        "sh",
                        "-ec",
                        "ip link set " + from + " down; ip link set " + from + " name " + to + " mtu " + mtu
                                + "; ip link set " + to + " up")
                .orThrow();
    }

    @Test
    void interfaceThatIsGone_endsTheIntercept() throws Exception {
        lab.assistant()
                .exec("ip", "link", "add", "gone0", "type", "veth", "peer", "name", "gone1")
                .orThrow();
        lab.assistant().exec("ip", "link", "set", "gone0", "up").orThrow();
        try (InterceptProcess intercept = InterceptProcess.start(
                lab.assistant(),
                directory.resolve("gone"),
                System.getenv("PATH"),
                List.of("-i", "gone0", "--keys", keys.toString()))) {
            lab.assistant().exec("ip", "link", "delete", "gone0").orThrow();
            assertThat(intercept.exit()).isEqualTo(8);
            assertThat(intercept.said())
                    .contains("the rules that keep answers on this host are gone", "or took the interface away?");
        }
    }

    /** Its ring has room for some 960 frames with whole segments. */
    @Test
    void ringThatIsFull_isCountedAtBothEnds_andLosesNoByte() throws Exception {
        final Troubled troubled = losesNoByte("full", PORT + 4, (intercept, left) -> {
            intercept.signal("STOP");
            lab.server()
                    .exec("bash", "-c", "for i in {1..3000}; do echo >/dev/udp/198.18.4.250/9; done")
                    .orThrow();
            intercept.signal("CONT");
            return intercept;
        });
        final Matcher counts = COUNTS.matcher(troubled.said());
        assertThat(counts.find()).as(troubled.said()).isTrue();
        final int unclaimed = Integer.parseInt(counts.group(1));
        final int lost = Integer.parseInt(counts.group(2));
        assertThat(lost).isBetween(1_500, 3_000);
        assertThat(unclaimed + lost).isGreaterThanOrEqualTo(3_000);
        final Map<?, ?> packets = (Map<?, ?>) troubled.report().get("packets");
        assertThat(packets.get("receiveDropped")).isEqualTo(lost);
    }

    @Test
    void interceptThatEnds_endsTheReplay_andItsConnections() throws Exception {
        try (LeakDetector leaks = LeakDetector.on(beyond)) {
            ended("the intercept was told to stop", InterceptProcess::end);
            assertThat(leaks.packets()).isZero();
        }
    }

    @Test
    void rulesThatAreGone_endTheReplay_andItsConnections() throws Exception {
        ended("the rules that keep answers on this host are gone", intercept -> {
            intercept.killGuardsNft();
            assertThat(intercept.exit()).isEqualTo(8);
        });
    }

    @FunctionalInterface
    private interface End {
        void of(InterceptProcess intercept) throws Exception;
    }

    private void ended(final String reason, final End end) throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(20, 20, 600, 900, 400_000, 5_000);
        FlowPcap.write(directory.resolve("ended.pcap"), shape, 7);
        final Path database = directory.resolve("ended.tfdb");
        assertThat(new Run()
                        .main("index", "-q", "--db", database, directory.resolve("ended.pcap"))
                        .exit())
                .isZero();
        final Process server = ByteServer.startIn(
                lab.server(),
                "0.0.0.0",
                PORT + 2,
                shape.requestBytes(),
                shape.answerBytes(),
                directory.resolve("ended"));
        try (InterceptProcess intercept = intercept("ends")) {
            final CompletableFuture<ResidentCli.Result> replay = CompletableFuture.supplyAsync(
                    () -> replayQuietly(4, database.toString(), PORT + 2, "--json", "-q"));
            assertThat(Eventually.holds(PATIENCE, () -> established(PORT + 2) == 20))
                    .isTrue();
            end.of(intercept);
            final ResidentCli.Result result = result(replay);
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isEqualTo(8);
            assertThat(JSON.std.mapFrom(result.stdout())).containsEntry("stopped", "intercept");
            assertThat(result.stdout()).contains(reason, "\"cure\":\"does tcpreplay-j intercept run there");
            assertThat(Eventually.holds(PATIENCE, () -> established(PORT + 2) == 0))
                    .isTrue();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    private long established(final int port) {
        return lab.server()
                .exec("ss", "-Htn", "state", "established", "sport = :" + port)
                .stdout()
                .lines()
                .count();
    }

    @Test
    void openPortWithoutKeys_isRefusedWithTheCure() {
        final Run run = new Run().main("intercept", "-i", "lo");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("needs --keys").contains("hint: make them with: tcpreplay-j keys");
    }

    @ParameterizedTest
    @CsvSource({
        "'-i lo --capture raw', '--capture raw sees what is for this host, and answers to replayed clients are not'",
        "'-i lo --capture mirror', '--capture: \"mirror\" is not known'",
    })
    void captureThatIsOfNoUseHere_isRefusedWithTheCure(final String arguments, final String message) {
        final List<Object> words = new ArrayList<>(List.of("intercept"));
        words.addAll(List.of(arguments.split(" ")));
        final Run run = new Run().main(words.toArray());
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).startsWith("tcpreplay-j: " + message).contains("\nhint: give ring");
    }

    /** Whoever is logged in there would be cut off. */
    @Test
    void clientsThatThisHostMustAnswer_areRefusedWithTheCure() {
        final Exec.Result refused = Commands.tcpreplayj(
                        "intercept", "-i", "veth0", "--clients", "10.91.0.0/16", "--keys", keys.toString())
                .inside(lab.assistant())
                .within(PATIENCE)
                .run();
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.stderr())
                .startsWith("tcpreplay-j: --clients 10.91.0.0/16 holds 10.91.1.3, which is this host's own at veth0")
                .contains("\nhint: give --clients a network");
    }

    @Test
    void noIntercept_isSaidAtOnce() throws IOException {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final ResidentCli.Result result = replay(4, recorded.database(), PORT);
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr())
                .contains("intercept " + Lab.ASSISTANT_V4 + ":36524: ")
                .contains("hint: is tcpreplay-j intercept running there");
    }

    private String target(final int family, final int port) {
        return (family == 4 ? lab.serverV4() : "[" + lab.serverV6() + "]") + ":" + port;
    }

    private static Map<String, Object> responses(final ResidentCli.Result result) throws IOException {
        final Object responses = JSON.std.mapFrom(result.stdout()).get("responses");
        return JSON.std.mapFrom(JSON.std.asString(responses));
    }

    private ResidentCli.Result replay(final int family, final String database, final int port, final String... more)
            throws IOException {
        final List<String> words = new ArrayList<>(List.of("replay", database, "--target", target(family, port)));
        words.addAll(List.of("--clients", CLIENTS.get(family), "--keys", keys.toString()));
        words.addAll(List.of("--intercept", INTERCEPTS.get(family)));
        words.addAll(List.of(more));
        return replayer.run(words.toArray(String[]::new));
    }

    private ResidentCli.Result replayQuietly(
            final int family, final String database, final int port, final String... more) {
        try {
            return replay(family, database, port, more);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ResidentCli.Result result(final CompletableFuture<ResidentCli.Result> replay)
            throws InterruptedException, ExecutionException, TimeoutException {
        return replay.get(60, TimeUnit.SECONDS);
    }

    /** On the assistant. */
    private InterceptProcess intercept(final String name, final String... more)
            throws IOException, InterruptedException {
        final List<String> words =
                new ArrayList<>(List.of("-i", "veth0", "--keys", keys.toString(), "--payload", "65535"));
        words.addAll(List.of(more));
        return InterceptProcess.start(lab.assistant(), directory.resolve(name), System.getenv("PATH"), words);
    }
}
