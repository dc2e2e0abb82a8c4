package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.LeakDetector;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The intercept runs on the target's own host, behind a router that counts every packet to a replayed client: client, router,
 * target.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
@Order(2)
final class TargetHostIT {
    private static final int PORT = 8080;
    private static final String CAPTURED_CLIENT = "10.92.1.1";
    private static final String CAPTURED_NETWORK = "10.92.1.0/24";
    /** A row of README's example. */
    private static final Pattern PLACE = Pattern.compile("(?m)^\\| (10\\.0\\.0\\.\\d+) \\| (198\\.18\\.4\\.\\d+) \\|$");

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private Path directory;
    private TargetHostLab lab;
    private Nginx nginx;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        lab = TargetHostLab.in(scratch);
        nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT);
    }

    @AfterAll
    void stop() throws IOException {
        if (nginx != null) {
            nginx.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "4,egress,ring,packet",
        "6,egress,ring,packet",
        "4,nfqueue,ring,packet",
        "6,nfqueue,ring,packet",
        "4,tun,ring,packet",
        "6,tun,ring,packet",
        "4,egress,pcap,packet",
        "4,egress,ring,raw",
        "6,egress,ring,raw",
        "4,egress,ring,xdp",
        "6,egress,ring,xdp"
    })
    void everyRequestArrives_noAnswerLeaves_andOthersAreServed(
            final int family, final String swallow, final String how, final String transport) throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final HostState before = HostState.settled(lab.server());
        final long retransmitted = retransmitted();
        final int logged = nginx.requests().size();
        final String name = swallow + family + how + transport;
        final Path sessions = directory.resolve("sessions" + name);
        final ResidentCli.Result result;
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept = lab.intercept(
                        "first" + name, lab.target(family, PORT), "--swallow", swallow, "--capture", how)) {
            result = lab.replay(
                    family,
                    recorded.database(),
                    PORT,
                    "--transport",
                    transport,
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
        final String prefix = TargetHostLab.clientsPrefix(family);
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
        assertThat(HostState.settled(lab.server())).isEqualTo(before);
    }

    @Test
    void rulesThatAreGone_endTheIntercept() throws Exception {
        try (InterceptProcess intercept = lab.intercept("ruleless", lab.target(4, PORT))) {
            intercept.killGuardsNft();
            assertThat(intercept.exit()).isEqualTo(8);
            assertThat(intercept.said()).contains("the rules that keep answers on this host are gone");
        }
    }

    /** The hook at a device goes with it. */
    @Test
    void deviceThatIsGone_endsTheIntercept() throws Exception {
        for (final String command : List.of(
                "link add gone0 type veth peer name gone1",
                "address add 10.91.9.1/24 dev gone0",
                "link set gone0 up",
                "route add 10.92.1.0/24 via 10.91.9.2")) {
            lab.server().exec(("ip " + command).split(" ")).orThrow();
        }
        try (InterceptProcess intercept = lab.intercept(
                "deviceless", lab.target(4, PORT), "--clients", CAPTURED_NETWORK, "--swallow", "egress")) {
            assertThat(intercept.said()).contains("egress at gone0 into ");
            lab.server().exec("ip", "link", "delete", "gone0").orThrow();
            assertThat(intercept.exit()).isEqualTo(8);
            assertThat(intercept.said()).contains("the rules that keep answers on this host are gone");
        }
    }

    /** What a test does on a target that has a second interface: {@code way0}, with a gateway 10.91.9.2 that takes all. */
    @FunctionalInterface
    private interface Body {
        void run() throws Exception;
    }

    private void withAnotherWay(final Body body) throws Exception {
        try {
            for (final String command : List.of(
                    "link add way0 type veth peer name way1",
                    "address add 10.91.9.1/24 dev way0",
                    "link set way0 up",
                    "link set way1 up",
                    "address add fd91:9::1/64 dev way0 nodad",
                    "neighbour add 10.91.9.2 lladdr 02:00:00:00:00:02 dev way0 nud permanent",
                    "neighbour add fd91:9::2 lladdr 02:00:00:00:00:02 dev way0 nud permanent")) {
                lab.server().exec(("ip " + command).split(" ")).orThrow();
            }
            lab.server()
                    .exec(
                            "nft",
                            "add table netdev other; add chain netdev other in { type filter hook ingress device \"way1\""
                                    + " priority 0; }; add rule netdev other in meta l4proto { tcp, udp } counter")
                    .orThrow();
            body.run();
        } finally {
            lab.server().exec("nft", "delete", "table", "netdev", "other");
            lab.server().exec("ip", "link", "delete", "way0");
        }
    }

    private long leftAnotherWay() {
        return TargetHostLab.counted(lab.server(), "netdev", "other");
    }

    /** A route that comes later, to an interface where nothing of ours hooks. */
    @Test
    void answersThatWouldLeaveAnotherWay_areStopped_andTheReplayIsToldWhy() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        withAnotherWay(() -> {
            try (InterceptProcess intercept = lab.intercept("another", lab.target(4, PORT), "--swallow", "egress")) {
                lab.server()
                        .exec("ip", "route", "add", "198.18.4.0/24", "via", "10.91.9.2")
                        .orThrow();
                final ResidentCli.Result result = lab.replay(4, recorded.database(), PORT, "--json", "-q");
                assertThat(result.exit()).as(result.stdout() + result.stderr()).isEqualTo(8);
                assertThat(JSON.std.mapFrom(result.stdout())).containsEntry("stopped", "silent");
                assertThat(result.stdout()).contains("do not reach the intercept on it");
                assertThat(leftAnotherWay()).isZero();
                assertThat(intercept.end()).startsWith("0 packets handed on");
                lab.server().exec("bash", "-c", "echo >/dev/udp/198.18.4.7/9").orThrow();
                assertThat(leftAnotherWay())
                        .as("who has no intercept is counted")
                        .isEqualTo(1);
            }
        });
    }

    /** As hosts with two interfaces have it: what a server's own address sends has a routing table of its own. */
    @Test
    void answersThatARuleSendsAnotherWay_areKeptThere_andNotByARouteThatItDoesNotKnow() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        withAnotherWay(() -> {
            final List<String> table = List.of(
                    "route add 198.18.4.0/24 via 10.91.9.2 table 77", "rule add from " + lab.serverV4() + " lookup 77");
            for (final String command : table) {
                lab.server().exec(("ip " + command).split(" ")).orThrow();
            }
            try (InterceptProcess intercept =
                    lab.intercept("ruled", lab.target(4, PORT), "--swallow", "egress", "--clients", "198.18.4.0/24")) {
                assertThat(intercept.said()).contains("egress at way0 into ");
                final ResidentCli.Result result =
                        lab.replay(4, recorded.database(), PORT, "--speed", "4x", "--json", "-q");
                assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
                assertThat(intercept.end()).contains("packets handed on, 0 of nobody's");
                assertThat(leftAnotherWay()).isZero();
                assertThat(lab.refusal(
                                "--target", lab.target(4, PORT), "--clients", "198.18.4.0/24", "--swallow", "tun"))
                        .contains("sends answers of " + lab.serverV4() + " to 198.18.4.0/24 by way0 and not by our")
                        .contains("hint: ip rule add to 198.18.4.0/24 lookup main");
            } finally {
                lab.server().exec("ip", "rule", "delete", "lookup", "77").orThrow();
            }
        });
    }

    /** Which of them takes what the kernel decides by the clients' addresses. */
    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void answersThatHaveTwoWays_areKeptAtBoth(final int family) throws Exception {
        final TinyCapture capture = new TinyCapture();
        for (int i = 0; i < 16; i++) {
            capture.connection(IpAddress.parse("10.0.0." + (1 + i)).v4(), 40_000, PORT);
        }
        final Path database = directory.resolve("ways" + family + ".tfdb");
        final Path packets = capture.write(directory.resolve("ways" + family + ".pcap"));
        assertThat(new Run().main("index", "-q", "--db", database, packets).exit())
                .isZero();
        withAnotherWay(() -> {
            final String route = family == 4
                    ? "198.18.4.0/24 nexthop via 10.91.2.254 dev veth0 nexthop via 10.91.9.2 dev way0"
                    : "2001:2:0:4::/64 nexthop via fd91:2::fe dev veth0 nexthop via fd91:9::2 dev way0";
            lab.server().exec(("ip route add " + route).split(" ")).orThrow();
            final String clients = route.substring(0, route.indexOf(' '));
            try (InterceptProcess intercept = lab.intercept(
                    "ways" + family, lab.target(family, PORT), "--swallow", "egress", "--clients", clients)) {
                assertThat(intercept.said()).contains("egress at veth0, way0 into ");
                final ResidentCli.Result result = lab.replay(family, database.toString(), PORT, "--json", "-q");
                assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
                assertThat(intercept.end())
                        .contains("packets handed on, 0 of nobody's")
                        .doesNotStartWith("0 ");
                assertThat(leftAnotherWay()).isZero();
            } finally {
                lab.server().exec("ip", "route", "delete", clients);
                lab.server().exec("ip", "route", "delete", clients);
            }
        });
    }

    @Test
    void secondIntercept_isRefused() throws Exception {
        try (InterceptProcess first = lab.intercept("one", lab.target(4, PORT))) {
            final Exec.Result second = Commands.tcpreplayj(
                            "intercept", "--target", lab.target(4, PORT), "--listen", "127.0.0.1:9999")
                    .inside(lab.server())
                    .run();
            assertThat(second.exit()).isEqualTo(2);
            assertThat(second.stderr())
                    .contains("another intercept (table tjguard_")
                    .contains("hint: let the replayers share it");
            first.end();
        }
    }

    @Test
    void nftThatHangs_isSaid() throws Exception {
        lab.nft("#!/bin/sh\nsleep 60\n");
        try (InterceptProcess intercept = lab.begin("hangs", lab.target(4, PORT))) {
            assertThat(intercept.exit()).isEqualTo(2);
            assertThat(intercept.said()).contains("no answer for 5.0 s from: nft list tables");
        } finally {
            lab.usualTools();
        }
    }

    /**
     * Their guards' nft begins so late that each found the way clear, and what they see of each other they hear late: the one
     * that goes is there for long.
     */
    @Test
    void twoThatBeginAtOnce_areOne() throws Exception {
        lab.nft("#!/bin/sh\n[ \"$1\" != -i ] || sleep 2.5\n[ \"$*\" = 'list tables' ] || exec /usr/sbin/nft \"$@\"\n"
                + "seen=$(/usr/sbin/nft list tables)\ncase $seen in *_alive*) sleep 3.2 ;; esac\necho \"$seen\"\n");
        try (InterceptProcess one = lab.begin("once1", lab.target(4, PORT), "--listen", "127.0.0.1:9997");
                InterceptProcess other = lab.begin("once2", lab.target(4, PORT), "--listen", "127.0.0.1:9998")) {
            assertThat(Eventually.holds(PATIENCE.multipliedBy(2), () -> !one.isAlive() || !other.isAlive()))
                    .as(one.said() + other.said())
                    .isTrue();
            final InterceptProcess refused = one.isAlive() ? other : one;
            final InterceptProcess stays = one.isAlive() ? one : other;
            assertThat(refused.exit()).isEqualTo(2);
            assertThat(refused.said()).contains("another intercept (table tjguard_");
            stays.awaitReady();
            stays.end();
        } finally {
            lab.usualTools();
        }
    }

    @Test
    void aTargetOfAnotherHost_orFamily_orANeighboursNetwork_isRefusedWithTheCure() {
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--clients", "fd77::/64"))
                .contains("two address families");
        assertThat(lab.refusal("--target", "10.91.9.9:80")).contains("is no address of this host");
        assertThat(lab.refusal("--target", "127.0.0.1:80")).contains("is no address of this host");
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--clients", "10.91.2.64/26"))
                .contains("are neighbours at veth0");
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--clients", "10.91.2.64/26", "--swallow", "tun"))
                .contains("are neighbours at veth0");
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--clients", "10.91.2.0/24", "--swallow", "tun"))
                .contains("holds 10.91.2.2, which is this host's own at veth0");
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--clients", "10.91.2.128/25", "--swallow", "tun"))
                .contains("holds the gateway 10.91.2.254");
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--clients", "0.0.0.0/0"))
                .contains("is everybody");
        assertThat(lab.refusal("--target", lab.target(4, 9)))
                .contains("nothing listens at " + lab.target(4, 9) + " in this network namespace")
                .contains("hint: start the server first");
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--swallow", "tun", "--capture", "pcap"))
                .contains("--swallow tun has a way of its own to see answers", "hint: leave out --capture");
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--swallow", "drop"))
                .contains("egress, nfqueue or tun");
    }

    @Test
    void withoutTheEgressHook_anotherWayIsTaken_andSaidWhy() throws Exception {
        lab.nft("#!/bin/sh\n[ \"$1\" = -i ] || exec /usr/sbin/nft \"$@\"\n"
                + "sed -u 's/hook egress/hook nosuch/' | exec /usr/sbin/nft -i\n");
        assertThat(lab.refusal("--target", lab.target(4, PORT), "--capture", "pcap"))
                .contains("answers cannot be kept on this host: egress: ", " (--capture pcap goes with egress only)");
        try (InterceptProcess intercept = lab.intercept("hookless", lab.target(4, PORT))) {
            assertThat(intercept.said()).contains(", nfqueue ").contains("(egress: ");
            intercept.end();
        } finally {
            lab.usualTools();
        }
    }

    /** What a guard sets up before its rules stand has its limit, too, and half of it is taken back. */
    @Test
    void toolThatHangs_isNamed_andNothingIsLeft() throws Exception {
        final HostState before = HostState.settled(lab.server());
        lab.tool("ip", "#!/bin/sh\n[ \"$1 $2\" != 'route add' ] || sleep 98765\nexec /usr/sbin/ip \"$@\"\n");
        try (InterceptProcess intercept = lab.begin("hanging", lab.target(4, PORT), "--swallow", "tun")) {
            assertThat(Eventually.holds(PATIENCE, () -> !intercept.isAlive())).isTrue();
            assertThat(intercept.exit()).isEqualTo(2);
            assertThat(intercept.said()).contains("ip gave no answer for 4 s");
        } finally {
            lab.usualTools();
        }
        assertThat(HostState.settled(lab.server())).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"packet", "raw", "xdp"})
    void originalClients_keepTheirAddresses_whereAnswersCannotLeave(final String transport) throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final int logged = nginx.requests().size();
        final Path sessions = directory.resolve("sessions-original-" + transport);
        final ResidentCli.Result result;
        final ResidentCli.Result doctor;
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept =
                        lab.intercept("original" + transport, lab.target(4, PORT), "--clients", CAPTURED_NETWORK)) {
            doctor = lab.run(
                    "doctor",
                    recorded.database(),
                    "--target",
                    lab.target(4, PORT),
                    "--clients",
                    "original",
                    "--transport",
                    transport,
                    "--intercept",
                    lab.serverV4(),
                    "--keys",
                    lab.keys().toString());
            result = original(
                    lab.serverV4(),
                    recorded,
                    "--attested",
                    "--transport",
                    transport,
                    "--speed",
                    "4x",
                    "--sessions",
                    sessions.toString());
            intercept.end();
            assertThat(leaks.packets()).isZero();
        }
        if (!Privileges.seesTheHostsProcesses()) {
            // Of a container, all of it: no guard in here outlives that one's process 1.
            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr()).contains("or runs in a container");
            assertThat(doctor.stdout()).contains("or runs in a container");
            assertThat(nginx.requests()).hasSize(logged);
            return;
        }
        assertThat(doctor.exit()).as(doctor.stdout()).isZero();
        assertThat(doctor.stdout()).containsPattern("ok +probe +connected in .* by " + transport);
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, logged, recorded.requests());
        assertThat(recorded.differences(Session.read(sessions), arrived)).isEmpty();
        assertThat(arrived)
                .allSatisfy(entry -> assertThat(entry.clientAddress()).isEqualTo(CAPTURED_CLIENT));
    }

    /** Which one README says, in the order of their first connections, however often each comes again. */
    @Test
    void kthCapturedClient_isReplayedFromTheKthAddress() throws Exception {
        final Map<String, String> places = new LinkedHashMap<>();
        PLACE.matcher(ProjectTree.read(ProjectTree.root().resolve("README.md")))
                .results()
                .forEach(row -> places.put(row.group(1), row.group(2)));
        assertThat(places).hasSizeGreaterThan(2);
        final List<String> comings = new ArrayList<>(places.keySet());
        Collections.reverse(comings);
        comings.addAll(0, places.keySet());
        final TinyCapture capture = new TinyCapture();
        for (int i = 0; i < comings.size(); i++) {
            capture.connection(IpAddress.parse(comings.get(i)).v4(), 40_000 + i, PORT);
        }
        final Path database = directory.resolve("places.tfdb");
        final Path packets = capture.write(directory.resolve("places.pcap"));
        assertThat(new Run().main("index", "-q", "--db", database, packets).exit())
                .isZero();
        final Map<Long, String> captured = new HashMap<>();
        for (final String line :
                new Run().main("flows", database, "--json").out().lines().toList()) {
            final Map<String, Object> flow = JSON.std.mapFrom(line);
            captured.put(((Number) flow.get("id")).longValue(), Session.endpoint(flow, "client"));
        }
        final Path sessions = directory.resolve("sessions-places");
        final ResidentCli.Result result;
        try (InterceptProcess intercept = lab.intercept("places", lab.target(4, PORT))) {
            result = lab.replay(
                    "198.18.4.0/22",
                    lab.serverV4(),
                    database.toString(),
                    lab.target(4, PORT),
                    "--copies",
                    "3",
                    "--sessions",
                    sessions.toString());
            intercept.end();
        }
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        assertThat(result.stderr())
                .as("what there is, before the first packet")
                .contains("clients at " + places.size() + " of 1022 addresses in 198.18.4.0/22, 64512 ports each");
        assertThat(Session.read(sessions))
                .hasSize(3 * comings.size())
                .allSatisfy(session -> assertThat(address(session.client()))
                        .isEqualTo(places.get(address(captured.get(session.flow())))))
                .extracting(Session::client)
                .doesNotHaveDuplicates();
    }

    private static String address(final String endpoint) {
        return endpoint.substring(0, endpoint.lastIndexOf(':'));
    }

    /** An address as strangers have them, at which the target's own host vouches for the server, or only an assistant. */
    @Test
    void publicTarget_isReplayedTo_onlyWhereItsHostVouches() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        lab.server().exec("ip", "address", "add", "203.0.113.7/32", "dev", "lo").orThrow();
        lab.router()
                .exec("ip", "route", "add", "203.0.113.7/32", "via", lab.serverV4())
                .orThrow();
        final int logged = nginx.requests().size();
        try {
            final List<String> there = List.of(
                    "-i",
                    "veth2",
                    "--clients",
                    "198.18.4.0/24",
                    "--keys",
                    lab.keys().toString());
            try (InterceptProcess assistant =
                    InterceptProcess.start(lab.router(), directory.resolve("beside"), System.getenv("PATH"), there)) {
                final ResidentCli.Result result = toPublic("10.91.1.254", recorded);
                assertThat(result.exit()).isEqualTo(2);
                assertThat(result.stderr()).contains("does not run on the target's own host");
                assertThat(nginx.requests()).hasSize(logged);
                assistant.end();
            }
            try (InterceptProcess intercept = lab.intercept("public", "203.0.113.7:" + PORT)) {
                final ResidentCli.Result result = toPublic(lab.serverV4(), recorded);
                intercept.end();
                if (Privileges.seesTheHostsProcesses()) {
                    assertThat(result.exit())
                            .as(result.stdout() + result.stderr())
                            .isZero();
                    assertThat(Recorded.arrived(nginx, logged, recorded.requests()))
                            .hasSize(recorded.requests());
                } else {
                    assertThat(result.stderr()).contains("or runs in a container");
                }
            }
        } finally {
            lab.server().exec("ip", "address", "del", "203.0.113.7/32", "dev", "lo");
            lab.router().exec("ip", "route", "del", "203.0.113.7/32");
        }
    }

    private ResidentCli.Result toPublic(final String intercept, final Recorded recorded) throws IOException {
        return lab.replay(
                "198.18.4.0/24",
                intercept,
                recorded.database(),
                "203.0.113.7:" + PORT,
                "--allow-public",
                "203.0.113.7",
                "--speed",
                "4x");
    }

    @Test
    void originalClients_areRefused_whereAnswersCouldLeave_orAreNotSwallowed() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        try (InterceptProcess intercept = lab.intercept("others", lab.target(4, PORT))) {
            final ResidentCli.Result result = original(lab.serverV4(), recorded);
            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr()).contains("clients in " + CAPTURED_CLIENT + "/32 are not served here");
            intercept.end();
        }
        final List<String> there = List.of(
                "-i",
                "veth2",
                "--clients",
                CAPTURED_NETWORK,
                "--clients",
                "198.18.4.0/24",
                "--keys",
                lab.keys().toString());
        try (InterceptProcess assistant =
                InterceptProcess.start(lab.router(), directory.resolve("assistant"), System.getenv("PATH"), there)) {
            final ResidentCli.Result result = original("10.91.1.254", recorded);
            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr())
                    .contains("does not run on the target's own host")
                    .contains("hint: start it there, with --target " + lab.target(4, PORT));
            final ResidentCli.Result unvouched =
                    lab.replay("198.18.4.0/24", "10.91.1.254", recorded.database(), lab.target(4, PORT), "--attested");
            assertThat(unvouched.exit()).isEqualTo(2);
            assertThat(unvouched.stderr())
                    .contains(
                            "--attested, or a public target: intercept 10.91.1.254:36524 does not run on the target's own host");
            assistant.end();
        }
    }

    /** As process 1 of a container, and beside a process 1 that starts it, as tini does. */
    @ParameterizedTest
    @ValueSource(strings = {"exec \"$@\"", "\"$@\" & wait"})
    void originalClients_areRefused_whereTheGuardDiesWithAContainer(final String start) throws Exception {
        final String name = start.startsWith("exec") ? "first" : "child";
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final Process first = within(
                List.of("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", start, "sh"),
                name,
                CAPTURED_NETWORK);
        try {
            assertThat(said(name)).contains("in a container it has no guard");
            final ResidentCli.Result result = original(lab.serverV4(), recorded);
            assertThat(result.exit()).isEqualTo(2);
            assertThat(result.stderr()).contains("or runs in a container");
        } finally {
            first.destroyForcibly().waitFor();
        }
    }

    @Test
    void capabilitiesOfTheSystemdUnit_areEnough() throws Exception {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final String capabilities = "-all,"
                + SystemdUnitTest.setting("CapabilityBoundingSet")
                        .replace("CAP_", "+")
                        .replace(' ', ',')
                        .toLowerCase(Locale.ROOT);
        final Process bounded = within(
                List.of("setpriv", "--no-new-privs", "--inh-caps=" + capabilities, "--bounding-set=" + capabilities),
                "bounded",
                "198.18.4.0/24");
        try {
            assertThat(said("bounded")).contains(", egress at veth0 into ");
            final ResidentCli.Result result = lab.replay(4, recorded.database(), PORT, "--speed", "4x");
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            assertThat(ThreadCapabilities.of(bounded.pid(), "tap"))
                    .as("who reads answers keeps one of the two")
                    .singleElement()
                    .matches(tap -> tap.effective() == ThreadCapabilities.NET_RAW);
            bounded.destroy();
            assertThat(bounded.waitFor(5, TimeUnit.SECONDS)).isTrue();
            assertThat(bounded.exitValue()).isEqualTo(143);
        } finally {
            bounded.destroyForcibly().waitFor();
        }
    }

    /** An intercept that another program starts, from the moment at which replayers find it. */
    private Process within(final List<String> starter, final String name, final String clients) throws Exception {
        final List<String> words = new ArrayList<>(starter);
        words.addAll(Commands.java());
        words.addAll(List.of("io.tcpreplayj.cli.Main", "intercept", "--target", lab.target(4, PORT)));
        words.addAll(List.of("--clients", clients, "--keys", lab.keys().toString()));
        final Process process = new ProcessBuilder(lab.server().inside(words.toArray(String[]::new)))
                .redirectOutput(directory.resolve(name + ".stdout").toFile())
                .redirectError(directory.resolve(name + ".stderr").toFile())
                .start();
        assertThat(Eventually.holds(PATIENCE, () -> said(name).contains("replayers find it at")))
                .isTrue();
        return process;
    }

    private String said(final String name) throws IOException {
        return Files.readString(directory.resolve(name + ".stderr"));
    }

    private ResidentCli.Result original(final String intercept, final Recorded recorded, final String... more)
            throws IOException {
        return lab.replay("original", intercept, recorded.database(), lab.target(4, PORT), more);
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
                        "http://" + lab.target(family, PORT) + "/ordinary")
                .stdout();
    }

    private long retransmitted() {
        return Long.parseLong(lab.server()
                .exec("sh", "-c", "awk '/^Tcp:/ {v=$13} END {print v}' /proc/net/snmp")
                .stdout()
                .strip());
    }
}
