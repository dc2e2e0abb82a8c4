package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.LeakDetector;
import io.tcpreplayj.testdata.NearAndFar;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Captured addresses over kernel sockets, and the real clients behind the target's default route: the replayer's host, the target
 * and the "internet", where every packet that is for a captured client is counted.
 */
@BesideOthers
@Order(2)
final class SocketOriginalIT {
    private static final int PORT = 8080;
    private static final Conditions UNPRIVILEGED = new Conditions(
            List.of("setpriv", "--bounding-set=-net_raw,-net_admin"), List.of(), Conditions.Beside.NOTHING);

    /** The same in both address families; each capture's only client is the network's second address. */
    private enum Family {
        V4("keepalive4.pcap", "10.92.1.0/24", "10.92.1.1", "10.77.0.1", "10.77.0.2"),
        V6("keepalive6.pcapng.gz", "fd92:1::/64", "fd92:1::1", "fd77::1", "[fd77::2]");

        final String capture;
        final String network;
        final String client;
        final String replayer;
        final String target;

        Family(
                final String capture,
                final String network,
                final String client,
                final String replayer,
                final String target) {
            this.capture = capture;
            this.network = network;
            this.client = client;
            this.replayer = replayer;
            this.target = target + ":" + PORT;
        }

        String here() {
            return "ip route add local " + network + " dev lo";
        }

        String there() {
            return "ip route replace " + network + " via " + replayer;
        }

        String hole() {
            return "ip route add blackhole " + network + " metric 4294967295";
        }
    }

    private Path directory;
    private NearAndFar hosts;
    private Netns internet;
    private LeakDetector leaks;
    private Nginx nginx;
    private ResidentCli replayer;

    @BeforeEach
    void start(@TempDir final Path scratch) throws IOException {
        Privileges.needRootAnd("ip", "nginx", "nft", "setpriv");
        directory = scratch;
        hosts = NearAndFar.addressed();
        internet = Netns.create("internet");
        Netns.connect(hosts.there(), "out", internet, "in");
        for (final String network : List.of("10.78.0.%d/24", "fd78::%d/64")) {
            hosts.there().address("out", network.formatted(1));
            internet.address("in", network.formatted(2));
        }
        run(hosts.there(), "ip route add default via 10.78.0.2");
        run(hosts.there(), "ip route add default via fd78::2");
        leaks = LeakDetector.of(internet, "ip daddr " + Family.V4.client, "ip6 daddr " + Family.V6.client);
        nginx = Nginx.small(hosts.there(), scratch.resolve("nginx"), PORT);
        replayer = ResidentCli.in(hosts.here(), scratch);
    }

    @AfterEach
    void stop() throws IOException {
        if (replayer != null) {
            replayer.close();
        }
        if (nginx != null) {
            nginx.close();
        }
        if (internet != null) {
            internet.close();
        }
        if (hosts != null) {
            hosts.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void withItsRoutes_eachClientHasItsCapturedAddress_andPort(final Family family) throws Exception {
        routes(family);
        final Recorded recorded = Recorded.index(family.capture, directory);

        final ResidentCli.Result result = replay(family, recorded);

        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, 0, recorded.requests());
        assertThat(recorded.differences(captured(recorded), arrived)).isEmpty();
        assertThat(leaks.packets()).isZero();
    }

    /** What both kernels keep of the first run, in TIME-WAIT, is no hindrance: timestamps tell the two apart (RFC 6191). */
    @Test
    void secondRunAtOnce_hasTheCapturedPortsToo() throws Exception {
        routes(Family.V4);
        final Recorded recorded = Recorded.index(Family.V4.capture, directory);
        assertThat(replay(Family.V4, recorded).exit()).isZero();
        Recorded.arrived(nginx, 0, recorded.requests());

        final ResidentCli.Result again = replay(Family.V4, recorded);

        assertThat(again.exit()).as(again.stdout() + again.stderr()).isZero();
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, recorded.requests(), recorded.requests());
        assertThat(recorded.differences(captured(recorded), arrived)).isEmpty();
        assertThat(leaks.packets()).isZero();
    }

    /** What the first copy has, the second cannot have as well. */
    @Test
    void copies_haveTheAddress_andPortsOfTheirOwn() throws Exception {
        routes(Family.V4);
        final Recorded recorded = Recorded.index(Family.V4.capture, directory);

        final ResidentCli.Result result = replay(Family.V4, recorded, "--copies", "2");

        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, 0, 2 * recorded.requests());
        final TreeSet<String> connections = new TreeSet<>();
        arrived.forEach(entry -> connections.add(entry.clientAddress() + ":" + entry.clientPort()));
        assertThat(connections)
                .hasSize(2 * recorded.flows())
                .allMatch(connection -> connection.startsWith(Family.V4.client + ":"))
                .containsAll(captured(recorded).stream().map(Session::client).toList());
        assertThat(result.stderr()).contains("6 of 12 sessions at the captured port");
        assertThat(leaks.packets()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void withoutALocalRoute_isRefusedWithBothCommands_andSendsNothing(final Family family) throws IOException {
        run(hosts.there(), family.there());
        final Recorded recorded = Recorded.index(family.capture, directory);
        try (LeakDetector toTheTarget = LeakDetector.of(hosts.there(), "tcp dport " + PORT)) {
            final ResidentCli.Result result = replay(family, recorded);

            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr())
                    .contains("this host does not take " + family.client + " for its own")
                    .contains(family.here())
                    .contains("on the target: " + family.there() + "; " + family.hole());
            assertThat(toTheTarget.packets()).isZero();
        }
        assertThat(leaks.packets()).isZero();
    }

    /** The target's answer goes to the internet, but to nobody. */
    @ParameterizedTest
    @EnumSource
    void withoutTheTargetsRoute_isRefusedWithBothCommands_beforeAnyClientSpeaks(final Family family)
            throws IOException {
        run(hosts.here(), family.here());
        final Recorded recorded = Recorded.index(family.capture, directory);

        final ResidentCli.Result result = replay(family, recorded);

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr())
                .contains("so its answers to clients in " + family.network + " might reach the real ones")
                .contains("here: " + family.here())
                .contains("on the target: " + family.there());
        assertThat(leaks.packets()).isZero();
        assertThat(nginx.requests()).isEmpty();
    }

    /** Only from the real client's own address could be asked where answers go. */
    @Test
    void routeOfTheClientAlone_isRefused_andSendsNothing() throws IOException {
        run(hosts.here(), "ip route add local 10.92.1.1/32 dev lo");
        run(hosts.there(), "ip route add 10.92.1.1/32 via 10.77.0.1");
        final Recorded recorded = Recorded.index(Family.V4.capture, directory);
        try (LeakDetector toTheTarget = LeakDetector.of(hosts.there(), "tcp dport " + PORT)) {
            final ResidentCli.Result result = replay(Family.V4, recorded);

            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr())
                    .contains("10.92.1.1/32: no address there is surely nobody's")
                    .contains("ip route del local 10.92.1.1/32 dev lo; then here: " + Family.V4.here());
            assertThat(toTheTarget.packets()).isZero();
        }
    }

    /** Its first address may be a neighbour's of the real client. */
    @Test
    void routeOfAPartOfAUsualNetwork_isRefused_andSendsNothing() throws IOException {
        run(hosts.here(), "ip route add local 10.92.1.0/26 dev lo");
        run(hosts.there(), Family.V4.there());
        final Recorded recorded = Recorded.index(Family.V4.capture, directory);
        try (LeakDetector toTheTarget = LeakDetector.of(hosts.there(), "tcp dport " + PORT)) {
            final ResidentCli.Result result = replay(Family.V4, recorded);

            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr()).contains("10.92.1.0/26: no address there is surely nobody's");
            assertThat(toTheTarget.packets()).isZero();
        }
    }

    /** Told to take that network for its own, this host would be cut off from it. */
    @ParameterizedTest
    @CsvSource({
        "V4, 10.92.1.100/26, 'use --intercept: 10.92.1.0/24 overlaps 10.92.1.64/26, a network that'",
        "V4, 10.92.0.1/16, 'use --intercept: 10.92.1.0/24 overlaps 10.92.0.0/16, a network that'",
        "V4, 10.92.1.9/32, 'use --intercept: 10.92.1.0/24 overlaps 10.92.1.9/32, an address of'",
        "V6, fd92:1::9/96, 'use --intercept: fd92:1::/64 overlaps fd92:1::'"
    })
    void networkThatThisHostNeeds_isNotProposed(final Family family, final String address, final String hint)
            throws IOException {
        run(hosts.here(), "ip link add lan type veth peer name lan2");
        run(hosts.here(), "ip link set lan2 up");
        run(hosts.here(), "ip link set lan up");
        hosts.here().address("lan", address);
        final Recorded recorded = Recorded.index(family.capture, directory);
        final ResidentCli.Result result = replay(family, recorded);

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr()).contains(hint).doesNotContain("ip route add local");
    }

    /** Nor is its gateway's, whatever the user said before. */
    @Test
    void networkThatHoldsAGateway_isRefused() throws IOException {
        run(hosts.here(), "ip route add 192.0.2.0/24 via 10.92.1.7 dev va onlink");
        run(hosts.here(), Family.V4.here());
        final Recorded recorded = Recorded.index(Family.V4.capture, directory);

        final ResidentCli.Result result = replay(Family.V4, recorded);

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr()).contains("10.92.1.0/24 overlaps 10.92.1.7/32, a gateway of this host");
    }

    @Test
    void portWhereNothingListens_isToldAsSuch() throws IOException {
        routes(Family.V4);
        final Recorded recorded = Recorded.index(Family.V4.capture, directory);

        final ResidentCli.Result result = replayer.run(
                "replay",
                recorded.database(),
                "--target",
                "10.77.0.2:9",
                "--transport",
                "socket",
                "--clients",
                "original");

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr())
                .contains("target 10.77.0.2:9 refuses: nothing listens there")
                .doesNotContain("ip route");
    }

    @Test
    void whatThisHostDoesNotSend_isToldByItsErrno() throws IOException {
        routes(Family.V4);
        run(hosts.here(), "ip rule add from 10.92.1.0 prohibit");
        final Recorded recorded = Recorded.index(Family.V4.capture, directory);

        final ResidentCli.Result result = replay(Family.V4, recorded);

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr())
                .contains("this host does not send from 10.92.1.0 to 10.77.0.2:8080: Permission denied");
    }

    /** The first address of an IPv6 network is every router's (RFC 4291 2.6.1). */
    @Test
    void ipv6_isAskedFromAnAddressOfNobodys_notFromTheRouters() throws IOException {
        run(hosts.here(), Family.V6.here());
        final Recorded recorded = Recorded.index(Family.V6.capture, directory);
        try (LeakDetector asRouter = LeakDetector.of(hosts.there(), "ip6 saddr fd92:1::")) {
            final ResidentCli.Result result = replay(Family.V6, recorded);

            assertThat(result.stderr())
                    .containsPattern("no answer of .* to fd92:1:0:0:[0-9a-f:]+|to fd92:1::[0-9a-f:]+");
            assertThat(asRouter.packets()).isZero();
        }
    }

    /** What the black hole keeps from the real clients then, the run notices, and ends. */
    @ParameterizedTest
    @EnumSource
    void routeThatIsLostInMidRun_leaksNothing_andStopsTheRun(final Family family) throws Exception {
        routes(family);
        run(hosts.there(), family.hole());
        final Recorded recorded = Recorded.index(family.capture, directory);
        final AtomicBoolean lost = new AtomicBoolean();
        final Thread reboot = new Thread(() -> {
            try {
                lost.set(Eventually.holds(
                        Duration.ofSeconds(20), () -> !nginx.requests().isEmpty()));
            } catch (final IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
            run(hosts.there(), "ip route del " + family.network + " via " + family.replayer);
        });
        reboot.start();

        final ResidentCli.Result result = replay(family, recorded, "--speed", "0.005x", "--breaker", "off");
        reboot.join();

        assertThat(lost).isTrue();
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isEqualTo(8);
        assertThat(result.stdout() + result.stderr())
                .contains("stopped: no answer of " + family.target)
                .contains("on the target: " + family.there());
        assertThat(leaks.packets()).isZero();
    }

    /** Each as it is said, until nothing is missing. */
    @ParameterizedTest
    @EnumSource
    void doctor_saysTheCommandsThatAreMissing(final Family family) throws IOException {
        final Recorded recorded = Recorded.index(family.capture, directory);
        final ResidentCli.Result notOurs = doctor(family, recorded);
        assertThat(notOurs.exit()).as(notOurs.stdout()).isEqualTo(2);
        assertThat(notOurs.stdout()).contains("does not take " + family.client + " for its own", family.here());

        run(hosts.here(), family.here());
        final ResidentCli.Result noWayBack = doctor(family, recorded);
        assertThat(noWayBack.exit()).as(noWayBack.stdout()).isEqualTo(8);
        assertThat(noWayBack.stdout()).contains("do not come back here", "on the target: " + family.there());

        run(hosts.there(), family.there());
        final ResidentCli.Result healthy = doctor(family, recorded);
        assertThat(healthy.exit()).as(healthy.stdout()).isZero();
        assertThat(healthy.stdout()).containsPattern("ok +probe +connected in .* by socket");
        assertThat(leaks.packets()).isZero();
    }

    /** Its sockets may not be transparent, and IPv6 has another cure for that; IPv4 asks for neither. */
    @ParameterizedTest
    @EnumSource
    void withoutPrivilege_onlyIpv6LacksAnything_andItIsSaid(final Family family) throws Exception {
        routes(family);
        final Recorded recorded = Recorded.index(family.capture, directory);
        replayer.close();
        replayer = ResidentCli.in(hosts.here(), directory, UNPRIVILEGED);
        if (family == Family.V6) {
            final ResidentCli.Result notBound = replay(family, recorded);
            assertThat(notBound.exit()).as(notBound.stdout()).isEqualTo(2);
            assertThat(notBound.stderr())
                    .contains("no socket may have it", "CAP_NET_RAW, or: sysctl -w net.ipv6.ip_nonlocal_bind=1");
            run(hosts.here(), "sysctl -qw net.ipv6.ip_nonlocal_bind=1");
        }
        final ResidentCli.Result result = replay(family, recorded);
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
    }

    private void routes(final Family family) {
        run(hosts.here(), family.here());
        run(hosts.there(), family.there());
    }

    private static void run(final Netns host, final String command) {
        host.exec(command.split(" ")).orThrow();
    }

    /** The captured flows, as if each had been a session at the captured place. */
    private static List<Session> captured(final Recorded recorded) throws IOException {
        final List<Session> sessions = new ArrayList<>();
        for (final String line : new Run()
                .main("flows", recorded.database(), "--json")
                .out()
                .lines()
                .toList()) {
            final var flow = JSON.std.mapFrom(line);
            final long id = ((Number) flow.get("id")).longValue();
            sessions.add(new Session(id, 0, Session.endpoint(flow, "client"), "", 0, 0, 0, null));
        }
        return sessions;
    }

    private ResidentCli.Result doctor(final Family family, final Recorded recorded) throws IOException {
        return original("doctor", family, recorded);
    }

    private ResidentCli.Result replay(final Family family, final Recorded recorded, final String... more)
            throws IOException {
        final List<String> words = new ArrayList<>(List.of(more));
        if (!words.contains("--speed")) {
            words.addAll(List.of("--speed", "4x"));
        }
        return original("replay", family, recorded, words.toArray(String[]::new));
    }

    private ResidentCli.Result original(
            final String verb, final Family family, final Recorded recorded, final String... more) throws IOException {
        final List<String> words = new ArrayList<>(List.of(verb, recorded.database(), "--target", family.target));
        words.addAll(List.of("--transport", "socket", "--clients", "original"));
        words.addAll(List.of(more));
        return replayer.run(words.toArray(String[]::new));
    }
}
