package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user is told when a replay cannot work: one line, its cure, the right exit code, and never a stack trace. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class ReplayErrorsIT {
    /** As long as SYNs are sent again to who does not answer. */
    private static final int SYNS_S = 63;
    /** Nothing listens there. */
    private static final int CLOSED_PORT = 9;

    private Path directory;
    private HttpLab http;
    private Recorded recorded;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        http = new HttpLab(scratch);
        recorded = Recorded.index("keepalive4.pcap", scratch);
    }

    @AfterAll
    void stop() throws IOException {
        if (http != null) {
            http.close();
        }
    }

    /** Exit 2, {@code tcpreplay-j: …}, {@code hint: …}, and that is all. */
    static void refused(final ResidentCli.Result result, final String... words) {
        assertThat(result.exit()).as(result.stderr()).isEqualTo(2);
        assertThat(result.stdout()).isEmpty();
        assertThat(result.stderr().lines()).as(result.stderr()).hasSize(2);
        assertThat(result.stderr())
                .startsWith("tcpreplay-j: ")
                .contains("\nhint: ")
                .contains(words);
    }

    private ResidentCli.Result replay(final String database, final String target, final String... more)
            throws IOException {
        return http.replay(http.cli("packet"), database, target, "auto", more);
    }

    @Test
    void inputThatIsNone_isRefused() throws IOException {
        final String target = http.target(4);
        refused(replay(directory.resolve("none.pcap").toString(), target), "none.pcap: no such file");
        final Path text = Files.writeString(directory.resolve("notes.txt"), "these are no packets\n");
        refused(replay(text.toString(), target), "notes.txt");
        refused(replay(recorded.database(), target, "--port", "81"), "no flow of", "is selected");
        refused(replay(recorded.database(), target, "--map", "81=" + target), "--target", "--map");
        refused(http.cli("packet").run("replay", recorded.database(), "--map", "81=" + target), "8080 (6 flows)");
    }

    @Test
    void truncatedCapture_isReplayedAsFarAsItGoes_andExits8() throws IOException, InterruptedException {
        final byte[] whole = Files.readAllBytes(Recorded.file("keepalive4.pcap"));
        final Path cut = Files.write(directory.resolve("cut.pcap"), Arrays.copyOf(whole, whole.length - 7));
        final int before = http.nginx().requests().size();
        final ResidentCli.Result result = replay(cut.toString(), http.target(4), "--speed", "2x");
        assertThat(result.exit()).as(result.stderr()).isEqualTo(8);
        assertThat(result.stderr()).contains("cut.pcap", "at byte", "\nhint: ").doesNotContain("\tat ");
        assertThat(JSON.std.mapFrom(result.stdout())).containsEntry("exit", 8);
        // The last packet is an acknowledgment of the last FIN: no request hangs on it.
        assertThat(Recorded.arrived(http.nginx(), before, recorded.requests())).hasSize(recorded.requests());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tun", "packet", "raw", "socket"})
    void refusingTarget_isNamedOnOneLine(final String transport) throws IOException {
        final String target = http.lab().serverV4() + ":" + CLOSED_PORT;
        final long beganNs = System.nanoTime();
        final ResidentCli.Result result =
                http.cli(transport).run("replay", recorded.database(), "--target", target, "--transport", transport);
        assertThat(seconds(beganNs)).isLessThan(SYNS_S / 3);
        assertThat(result.exit()).as(result.stderr()).isEqualTo(8);
        assertThat(told(result)).contains(target + " refused", "hint: start the server");
        assertThat(result.stdout()).contains("refused 6", "exit       8\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tun", "packet", "raw", "socket"})
    void silentTarget_isGivenUp_andTheSilentHopIsNamed(final String transport) throws IOException {
        final Netns server = http.lab().server();
        final String[] drop = {"-p", "tcp", "--dport", Integer.toString(CLOSED_PORT), "-j", "DROP"};
        server.exec(words("iptables -A INPUT", drop)).orThrow();
        try {
            final String target = http.lab().serverV4() + ":" + CLOSED_PORT;
            final long beganNs = System.nanoTime();
            final ResidentCli.Result result = http.cli(transport)
                    .run("replay", recorded.database(), "--target", target, "--transport", transport, "--json");
            assertThat(seconds(beganNs)).as("seconds until it gave up").isLessThan(SYNS_S / 3);
            assertThat(result.exit()).as(result.stderr()).isEqualTo(8);
            assertThat(told(result)).contains("no answer from " + target + " within 3 s");
            final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
            assertThat(report).containsEntry("stopped", "silent").containsEntry("exit", 8);
            final Map<?, ?> diagnosis = (Map<?, ?>) report.get("diagnosis");
            assertThat(diagnosis.get("cure").toString()).isNotEmpty();
            assertThat(diagnosis.get("found").toString())
                    .contains(
                            switch (transport) {
                                case "tun" -> "this machine's IP layer";
                                case "socket" -> "not one connection was accepted";
                                default -> "left this host";
                            });
            assertThat(diagnosis.get("found").toString())
                    .as("the hop")
                    .contains(
                            transport.equals("tun")
                                    ? "this host's own firewall drops packets to " + target + ": ip filter INPUT: "
                                    : "is up: a firewall there, or on the way, drops what is for port " + CLOSED_PORT);
            assertThat(report.get("flows").toString()).contains("replayed=0");
        } finally {
            server.exec(words("iptables -D INPUT", drop)).orThrow();
        }
    }

    /** R20: whoever refuses everything is asked a thousand times at most, at whatever speed, and not for longer than 5 s. */
    @ParameterizedTest
    @ValueSource(strings = {"packet", "socket"})
    void targetThatRefusesAll_stopsAFastRun(final String transport) throws IOException {
        final Path capture = directory.resolve("crowd-" + transport + ".pcap");
        FlowPcap.write(capture, new FlowPcap.Shape(5_000, 1, 100, 100, 400_000, 10), 7);
        final String target = http.lab().serverV4() + ":" + CLOSED_PORT;
        final Netns server = http.lab().server();
        server.exec(words("iptables -t raw -A PREROUTING -p tcp --syn --dport " + CLOSED_PORT))
                .orThrow();
        try {
            final ResidentCli.Result result = http.cli(transport)
                    .run("replay", capture.toString(), "--target", target, "--transport", transport, "--speed", "max");
            assertThat(result.exit()).as(result.stderr()).isEqualTo(8);
            assertThat(told(result)).contains("stopped starting flows: target " + target + " refused", "--breaker off");
            assertThat(result.stdout()).contains("flows      5000 = 0 replayed", "not-started ");
            assertThat(counted()).isBetween(100L, 1_000L);
        } finally {
            server.exec(words("iptables -t raw -F PREROUTING")).orThrow();
        }
    }

    private long counted() {
        final String rule = http.lab()
                .server()
                .exec(words("iptables -t raw -L PREROUTING -nvx"))
                .orThrow()
                .stdout()
                .lines()
                .skip(2)
                .findFirst()
                .orElseThrow();
        return Long.parseLong(rule.strip().split(" +")[0]);
    }

    /** The wire's other end is there, but no host of that address: the kernel asks for a neighbour and gets no answer. */
    @Test
    void absentHost_isNamed() throws IOException {
        final long beganNs = System.nanoTime();
        final ResidentCli.Result result =
                http.replay(http.cli("packet"), recorded.database(), "10.91.1.77:8080", "packet");
        assertThat(seconds(beganNs)).isLessThan(SYNS_S / 3);
        refused(result, "10.91.1.77", "does not answer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "tun", "packet", "raw", "socket"})
    void noRoute_isNamed(final String transport) throws IOException {
        refused(
                http.replay(http.cli(transport), recorded.database(), "10.77.7.7:80", transport),
                "there is no way to 10.77.7.7",
                "ip route get 10.77.7.7");
    }

    @Test
    void noPrivilege_namesTheCapabilityAndTheWayWithoutOne() throws IOException {
        final Path readable = readableByAll();
        final Exec.Result tun = unprivileged(http.lab().server(), readable, http.target(4), "tun");
        assertThat(tun.exit()).as(tun.stderr()).isEqualTo(2);
        assertThat(tun.stderr())
                .contains("CAP_NET_ADMIN", "hint: ", "--transport socket")
                .doesNotContain("\tat ");
        final Exec.Result packet = unprivileged(http.lab().client(), readable, http.target(4), "packet");
        assertThat(packet.exit()).as(packet.stderr()).isEqualTo(2);
        assertThat(packet.stderr())
                .contains("CAP_NET_RAW", "CAP_NET_ADMIN", "hint: ", "--transport socket")
                .doesNotContain("\tat ");
    }

    @Test
    void noPrivilege_autoTakesKernelSocketsAndSaysWhy() throws IOException, InterruptedException {
        final Path readable = readableByAll();
        for (final Netns netns : List.of(http.lab().client(), http.lab().server())) {
            final int before = http.nginx().requests().size();
            final Exec.Result result = unprivileged(netns, readable, http.target(4), "auto");
            assertThat(result.exit()).as(result.stderr()).isZero();
            assertThat(result.stdout()).contains("transport  socket: ", "CAP_NET_ADMIN");
            assertThat(result.stderr()).contains("by socket", "CAP_NET_ADMIN");
            assertThat(Recorded.arrived(http.nginx(), before, recorded.requests()))
                    .hasSize(recorded.requests());
        }
    }

    @Test
    void capturedServerItself_isRefused() throws IOException {
        refused(replay(recorded.database(), "10.92.1.2:8080"), "the captured server itself", "--same-server");
    }

    @ParameterizedTest
    @ValueSource(strings = {"packet", "raw"})
    void portsThatAreAllTheKernels_areNamedWithTheSysctl(final String transport) throws IOException {
        withClientPorts(
                "1024 65535",
                () -> refused(
                        http.replay(http.cli(transport), recorded.database(), http.target(4), transport),
                        "net.ipv4.ip_local_port_range = 1024 65535",
                        "--transport socket"));
    }

    /** Two ports for six flows; one that this side closed is usable again after a second only (TIME-WAIT). */
    @Test
    void kernelWithoutAPortLeft_isWaitedFor() throws IOException {
        http.lab().client().exec("sysctl", "-qw", "net.ipv4.tcp_tw_reuse=1").orThrow();
        withClientPorts("40000 40001", () -> {
            final ResidentCli.Result result =
                    http.replay(http.cli("socket"), recorded.database(), http.target(4), "socket", "--speed", "max");
            assertThat(result.exit()).as(result.stderr() + result.stdout()).isZero();
            assertThat(http.sessions())
                    .hasSize(6)
                    .allSatisfy(session -> assertThat(session.client()).matches(".*:4000[01]"));
        });
    }

    /** What runs while the client's kernel picks its ports from another range. */
    private interface Body {
        void run() throws IOException;
    }

    private void withClientPorts(final String range, final Body body) throws IOException {
        final String sysctl = "net.ipv4.ip_local_port_range";
        final Netns client = http.lab().client();
        final String before =
                client.exec("sysctl", "-n", sysctl).orThrow().stdout().strip();
        client.exec("sysctl", "-qw", sysctl + "=" + range).orThrow();
        try {
            body.run();
        } finally {
            client.exec("sysctl", "-qw", sysctl + "=" + before).orThrow();
        }
    }

    @Test
    void misspelledOption_isAnsweredWithTheNearest() throws IOException {
        refused(replay(recorded.database(), http.target(4), "--spede", "2x"), "unknown option --spede", "--speed");
        refused(
                http.cli("socket").run("replay", "--target", http.target(4), "--transport", "sockt"),
                "--transport",
                "sockt",
                "hint: give one of auto, tun, packet, xdp, raw, socket");
    }

    @Test
    void database_isItsOwnersAlone() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of(recorded.database()))))
                .isEqualTo("rw-------");
        final ResidentCli.Result result = replay(recorded.database(), http.target(4), "--speed", "max");
        assertThat(result.exit()).as(result.stderr()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("sessions.json"))))
                .isEqualTo("rw-------");
    }

    /** All that was said; a report in words says it too, so once is enough. */
    private static String told(final ResidentCli.Result result) {
        assertThat(result.stdout() + result.stderr()).doesNotContain("\tat ").doesNotContain("Exception");
        return result.stdout() + result.stderr();
    }

    private static double seconds(final long sinceNs) {
        return (System.nanoTime() - sinceNs) / 1e9;
    }

    private static String[] words(final String first, final String... more) {
        final List<String> words = new ArrayList<>(List.of(first.split(" ")));
        words.addAll(List.of(more));
        return words.toArray(String[]::new);
    }

    /** The database where another user may read it: in a directory of its own, for the test's is root's alone. */
    private Path readableByAll() throws IOException {
        final Path open = Files.createTempDirectory("tj-open");
        open.toFile().deleteOnExit();
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxr-xr-x"));
        final Path copy = Files.copy(Path.of(recorded.database()), open.resolve("flows.tfdb"));
        copy.toFile().deleteOnExit();
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
        return copy;
    }

    /** As nobody, without a capability; a JVM whose class path nobody may read would not even start, so uid 0 stays. */
    private Exec.Result unprivileged(
            final Netns netns, final Path database, final String target, final String transport) {
        final List<String> line = new ArrayList<>(netns.prefix());
        line.addAll(List.of("setpriv", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"));
        line.addAll(Commands.java());
        line.addAll(List.of("io.tcpreplayj.cli.Main", "replay", database.toString(), "--target", target));
        line.addAll(List.of("--transport", transport, "--speed", "2x"));
        return Exec.run(null, Map.of(), Duration.ofSeconds(60), line);
    }
}
