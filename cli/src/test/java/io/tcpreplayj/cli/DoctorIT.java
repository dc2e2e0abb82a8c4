package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

/** Faults put into a network of four hosts, one at a time: the doctor names each, and nothing when there is none. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class DoctorIT {
    private static final int PORT = 8080;
    private static final int CLOSED = 8081;
    private static final String NETWORK = "198.18.0.0/16";
    private static final String CLIENTS = "198.18.4.0/24";
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /** No route leads there; the lab's routers are asked for it all the same in one test. */
    private static final String FAR = "10.77.7.7";

    private Path directory;
    private Lab lab;
    private Nginx nginx;
    private ResidentCli replayer;
    private ResidentCli target;
    private ResidentCli assistant;
    private Process intercept;
    private Path keys;

    @BeforeAll
    void start(@TempDir final Path scratch) throws Exception {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool", "iptables", "sysctl", "curl");
        lab = Lab.assisted();
        // The target is a replayer, too, once: half of the pool stays free for it.
        lab.server()
                .exec("sh", "-c", "ip route del 198.18.0.0/15; ip route add " + NETWORK + " via " + Lab.ASSISTANT_V4)
                .orThrow();
        nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT);
        replayer = ResidentCli.in(lab.client(), directory);
        target = ResidentCli.in(lab.server(), directory);
        assistant = ResidentCli.in(lab.assistant(), directory);
        keys = directory.resolve("lab.p12");
        AnyKeys.writeTo(keys);
        final Path stderr = directory.resolve("intercept.err");
        intercept = Commands.tcpreplayj("intercept", "-i", "veth0", "--keys", keys.toString())
                .inside(lab.assistant())
                .start(directory.resolve("intercept.out"), stderr);
        assertThat(Eventually.holds(PATIENCE, () -> Files.readString(stderr).contains("replayers find it at")))
                .as(Files.readString(stderr))
                .isTrue();
    }

    @AfterAll
    void stop() throws IOException {
        if (intercept != null) {
            intercept.destroy();
        }
        for (final ResidentCli cli : Arrays.asList(replayer, target, assistant)) {
            if (cli != null) {
                cli.close();
            }
        }
        if (nginx != null) {
            nginx.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void healthyLab_isOkEverywhere_andNothingIsLeft() throws IOException {
        final HostState before = HostState.snapshot(lab.client());
        for (final String transport : List.of("auto", "packet", "raw", "socket")) {
            healthy(doctor(replayer, at(PORT), "--transport", transport));
        }
        healthy(doctor(replayer, intercepted(at(PORT))));
        healthy(doctor(target, at(PORT)));
        healthy(doctor(target, intercepted(at(PORT))));
        healthy(doctor(assistant, intercepted(at(PORT))));
        healthy(doctor(replayer, "[" + lab.serverV6() + "]:" + PORT));
        assertThat(HostState.snapshot(lab.client())).isEqualTo(before);
    }

    @Test
    void report_hasALineForEachCheck_andForMachinesAnObject() throws IOException {
        final ResidentCli.Result text = replayer.run("doctor", "--target", at(PORT));
        assertThat(text.exit()).as(text.stdout()).isZero();
        assertThat(text.stdout())
                .startsWith("replay to " + at(PORT)
                        + " by packet (the target is on another host); this host is the replayer\n")
                .containsPattern("(?m)^ok    route       10\\.91\\.1\\.2 by veth0, from 10\\.91\\.1\\.1$")
                .containsPattern(
                        "(?m)^ok    probe       connected in \\d+\\.\\d ms by packet, and packets of 1500 bytes arrive$");
        final Map<String, Object> json = JSON.std.mapFrom(
                replayer.run("doctor", "--target", at(PORT), "--json").stdout());
        assertThat(json)
                .containsEntry("target", at(PORT))
                .containsEntry("place", "replayer")
                .containsEntry("transport", "packet")
                .containsEntry("probed", true)
                .containsEntry("exit", 0)
                .containsKey("checks");
    }

    @Test
    void fault01_noCapability() {
        final List<String> line = new ArrayList<>(lab.client().prefix());
        line.addAll(List.of("setpriv", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"));
        line.addAll(Commands.java());
        line.addAll(List.of("io.tcpreplayj.cli.Main", "doctor", "--target", at(PORT), "--transport", "packet"));
        final Exec.Result result = Exec.run(null, Map.of(), Duration.ofSeconds(20), line);
        assertThat(result.exit()).as(result.stderr()).isEqualTo(2);
        assertThat(result.stdout())
                .containsPattern("(?m)^warn  capability  lacks CAP_NET_RAW CAP_NET_ADMIN")
                .containsPattern("(?m)^fail  transport   --transport packet needs CAP_NET_RAW")
                .contains("cure: ", "--transport socket");
    }

    @Test
    void fault02_targetDown() throws IOException {
        during(
                lab.server(),
                "ip link set veth0 down",
                "ip link set veth0 up; ip route add " + NETWORK + " via "
                        + Lab.ASSISTANT_V4 + "; ip address add " + lab.serverV6()
                        + "/64 dev veth0 nodad; ip route add 2001:2::/48 via "
                        + Lab.ASSISTANT_V6 + " || true",
                () -> {
                    lab.client().exec("ip", "neigh", "flush", "dev", "veth0").orThrow();
                    names(doctor(replayer, at(PORT)), 2, "neighbour", "the target 10.91.1.2 does not answer on veth0");
                });
    }

    @Test
    void fault03_portClosed() throws IOException {
        names(doctor(replayer, at(CLOSED)), 8, "probe", "10.91.1.2:8081 refuses: nothing listens there");
        names(doctor(replayer, at(CLOSED), "--transport", "socket"), 8, "probe", "refuses: nothing listens there");
        names(doctor(target, at(CLOSED)), 2, "listens", "nothing listens on port 8081");
    }

    @Test
    void fault04_firewallOfTheTargetDrops() throws IOException {
        input(
                "DROP",
                () -> names(
                        doctor(replayer, at(PORT)),
                        8,
                        "probe",
                        "10.91.1.2 is up: a firewall there, or on the way, drops what is for port 8080",
                        "iptables -I INPUT -p tcp --dport 8080 -j ACCEPT"));
    }

    @Test
    void fault05_firewallOfTheTargetRejects() throws IOException {
        input(
                "REJECT --reject-with icmp-admin-prohibited",
                () -> names(
                        doctor(replayer, at(PORT)),
                        8,
                        "probe",
                        "a firewall on 10.91.1.2 rejects",
                        "(ICMP type 3, code 13)"));
    }

    @Test
    void fault06_noRoute() throws IOException {
        names(doctor(replayer, FAR + ":80"), 2, "route", "no route to 10.77.7.7", "ip route add 10.77.7.7 via");
    }

    @Test
    void fault07_gatewayDoesNotAnswer() throws IOException {
        during(
                lab.client(),
                "ip route add 10.77.7.0/24 via 10.91.1.99",
                "ip route del 10.77.7.0/24",
                () -> names(
                        doctor(replayer, FAR + ":80"),
                        2,
                        "neighbour",
                        "the gateway 10.91.1.99 does not answer on veth0"));
    }

    @Test
    void fault08_routerKnowsNoWay() throws IOException {
        during(
                lab.client(),
                "ip route add 10.77.7.0/24 via " + Lab.ASSISTANT_V4,
                "ip route del 10.77.7.0/24",
                () -> during(
                        lab.assistant(),
                        "sysctl -qw net.ipv4.ip_forward=1",
                        "sysctl -qw net.ipv4.ip_forward=0",
                        () -> names(
                                doctor(replayer, FAR + ":80"),
                                8,
                                "probe",
                                "router 10.91.1.3 says that 10.77.7.7 cannot be reached")));
    }

    @Test
    void fault09_mtuBlackHole() throws IOException {
        // Large packets are dropped where they arrive, and nobody tells.
        during(
                lab.server(),
                "iptables -t raw -A PREROUTING -p tcp --dport 8080 -m length --length 1401: -j DROP",
                "iptables -t raw -F PREROUTING",
                () -> names(
                        doctor(replayer, at(PORT)),
                        8,
                        "probe",
                        "packets of 1500 bytes to 10.91.1.2:8080 vanish without a word, those of 1400 arrive",
                        "ip route replace 10.91.1.2 dev veth0 mtu 1400"));
    }

    @Test
    void fault10_targetIsStrictAboutReversePaths() throws IOException {
        // A second interface, by which clients are answered, while their packets come by the first.
        during(
                lab.server(),
                "ip link add tj0 type veth peer name tj1; ip link set tj0 up; ip link set tj1 up;"
                        + " ip address add 10.92.7.1/24 dev tj0; ip route replace " + NETWORK + " via 10.92.7.2;"
                        + " sysctl -qw net.ipv4.conf.veth0.rp_filter=1",
                "sysctl -qw net.ipv4.conf.veth0.rp_filter=0; ip link del tj0; ip route replace " + NETWORK + " via "
                        + Lab.ASSISTANT_V4,
                () -> warns(
                        doctor(
                                target,
                                at(PORT),
                                "--clients",
                                CLIENTS,
                                "--keys",
                                keys.toString(),
                                "--intercept",
                                "10.92.7.2"),
                        "rp_filter",
                        "strict on veth0",
                        "net.ipv4.conf.veth0.rp_filter=2"));
    }

    @Test
    void fault11_assistantForwards() throws IOException {
        during(lab.assistant(), "sysctl -qw net.ipv4.ip_forward=1", "sysctl -qw net.ipv4.ip_forward=0", () -> {
            final ResidentCli.Result result = doctor(assistant, intercepted(at(PORT)));
            assertThat(result.stdout())
                    .containsPattern("(?m)^warn  ip_forward  on: without a running intercept")
                    .contains("cure: sysctl -w net.ipv4.ip_forward=0");
            assertThat(result.stdout()).doesNotContain("fail ");
        });
    }

    @Test
    void fault12_interceptHearsNothing() throws IOException {
        during(
                lab.server(),
                "ip route replace " + NETWORK + " via " + Lab.CLIENT_V4,
                "ip route replace " + NETWORK + " via " + Lab.ASSISTANT_V4,
                () -> {
                    names(
                            doctor(replayer, intercepted(at(PORT))),
                            8,
                            "probe",
                            "do not come to intercept 10.91.1.3, which hears nothing",
                            "its answers to clients in 198.18.4.0/24",
                            "ip route replace 198.18.4.0/24 via 10.91.1.3");
                    names(
                            doctor(target, intercepted(at(PORT))),
                            2,
                            "clients",
                            "the route to 198.18.4.0/24 leads to 10.91.1.1, not to intercept 10.91.1.3",
                            "ip route replace 198.18.4.0/24 via 10.91.1.3");
                });
    }

    @Test
    void fault13_noIntercept() throws IOException {
        names(
                doctor(
                        replayer,
                        at(PORT),
                        "--clients",
                        CLIENTS,
                        "--keys",
                        keys.toString(),
                        "--intercept",
                        Lab.ASSISTANT_V4 + ":9"),
                2,
                "intercept",
                "intercept 10.91.1.3:9: ",
                "is tcpreplay-j intercept running there");
    }

    @Test
    void fault14_wrongKey() throws IOException {
        final Path other = directory.resolve("other.p12");
        assertThat(new Run().main("keys", "-q", other).exit()).isZero();
        names(
                doctor(
                        replayer,
                        at(PORT),
                        "--clients",
                        CLIENTS,
                        "--keys",
                        other.toString(),
                        "--intercept",
                        Lab.ASSISTANT_V4),
                2,
                "intercept",
                "intercept 10.91.1.3:36524: ");
        assertThat(doctor(
                                replayer,
                                at(PORT),
                                "--clients",
                                CLIENTS,
                                "--keys",
                                other.toString(),
                                "--intercept",
                                Lab.ASSISTANT_V4,
                                "--json")
                        .stdout())
                .contains("\"probed\":false", "\"exit\":2");
    }

    @Test
    void fault15_ownFirewallDropsWhatLeaves() throws IOException {
        during(lab.client(), "iptables -A OUTPUT -p tcp --dport 8080 -j DROP", "iptables -F OUTPUT", () -> {
            for (final String transport : List.of("raw", "socket")) {
                names(
                        doctor(replayer, at(PORT), "--transport", transport),
                        8,
                        "probe",
                        "this host's own firewall drops packets to 10.91.1.2:8080: ip filter OUTPUT: ",
                        "nft insert rule ip filter OUTPUT ip daddr 10.91.1.2 tcp dport 8080 accept");
            }
        });
    }

    @Test
    void fault16_ownFirewallDropsWhatConnectionTrackingDoesNotKnow() throws IOException {
        during(
                lab.client(),
                "nft 'add table inet tracked; add chain inet tracked out { type filter hook output priority 0; };"
                        + " add rule inet tracked out ct state invalid counter drop'",
                "nft delete table inet tracked",
                () -> names(
                        doctor(replayer, at(PORT), "--transport", "raw"),
                        8,
                        "probe",
                        "this host's own firewall drops packets to 10.91.1.2:8080: inet tracked out: ct state invalid"));
    }

    @Test
    void fault17_targetsOwnFirewall_seenOnTheTarget() throws IOException {
        input("DROP", () -> {
            names(doctor(target, at(PORT)), 8, "probe", "this host's own firewall drops packets to 10.91.1.2:8080");
            warns(doctor(target, intercepted(at(PORT))), "firewall", "a rule is about port 8080");
        });
    }

    @Test
    void overIpv6_faultsHaveTheSameNames_andCuresOfTheirFamily() throws IOException {
        final String server = lab.serverV6();
        names(doctor(replayer, "[" + server + "]:" + CLOSED), 8, "probe", "refuses: nothing listens there");
        names(doctor(replayer, "[fd77::7]:80"), 2, "route", "no route to fd77::7", "ip route add fd77::7 via");
        during(
                lab.server(),
                "ip6tables -A INPUT -p tcp --dport 8080 -j DROP",
                "ip6tables -F INPUT",
                () -> names(
                        doctor(replayer, "[" + server + "]:" + PORT),
                        8,
                        "probe",
                        server + " is up: a firewall there, or on the way, drops what is for port 8080",
                        "ip6tables -I INPUT -p tcp --dport 8080 -j ACCEPT"));
        during(
                lab.server(),
                "ip6tables -t raw -A PREROUTING -p tcp --dport 8080 -m length --length 1401: -j DROP",
                "ip6tables -t raw -F PREROUTING",
                () -> names(
                        doctor(replayer, "[" + server + "]:" + PORT),
                        8,
                        "probe",
                        "packets of 1500 bytes to [" + server + "]:8080 vanish without a word, those of 1400 arrive",
                        "ip route replace " + server + " dev veth0 mtu 1400"));
        during(
                lab.client(),
                "ip6tables -A OUTPUT -p tcp --dport 8080 -j DROP",
                "ip6tables -F OUTPUT",
                () -> names(
                        doctor(replayer, "[" + server + "]:" + PORT, "--transport", "socket"),
                        8,
                        "probe",
                        "this host's own firewall drops packets to [" + server + "]:8080: ip6 filter OUTPUT: ",
                        "nft insert rule ip6 filter OUTPUT ip6 daddr " + server + " tcp dport 8080 accept"));
        during(
                lab.server(),
                "ip route replace 2001:2::/48 via " + Lab.CLIENT_V6,
                "ip route replace 2001:2::/48 via " + Lab.ASSISTANT_V6,
                () -> names(
                        doctor(
                                replayer,
                                "[" + server + "]:" + PORT,
                                "--clients",
                                "2001:2:0:4::/64",
                                "--keys",
                                keys.toString(),
                                "--intercept",
                                "[" + Lab.ASSISTANT_V6 + "]"),
                        8,
                        "probe",
                        "which hears nothing",
                        "ip route replace 2001:2:0:4::/64 via " + Lab.ASSISTANT_V6));
    }

    @Test
    void dropsOfOtherConnections_areNotTakenForTheProbes() throws Exception {
        lab.client()
                .exec("iptables", "-A", "OUTPUT", "-p", "tcp", "--sport", "5555", "-j", "DROP")
                .orThrow();
        final List<String> line = new ArrayList<>(lab.client().prefix());
        line.addAll(List.of(
                "sh", "-c", "while :; do curl -s --local-port 5555 --max-time 0.05 http://" + at(PORT) + "/; done"));
        final Process others = new ProcessBuilder(line).start();
        try {
            input(
                    "DROP",
                    () -> names(
                            doctor(replayer, at(PORT), "--transport", "raw"),
                            8,
                            "probe",
                            "10.91.1.2 is up: a firewall there"));
        } finally {
            others.destroyForcibly().waitFor();
            lab.client().exec("iptables", "-F", "OUTPUT").orThrow();
        }
    }

    @Test
    void interceptOnTheTarget_isHealthyWithoutARouteToIt_andMissedWhenItDoesNotListen() throws Exception {
        final Path there = Files.createDirectories(directory.resolve("there"));
        try (Lab routed = Lab.routed();
                Nginx server = Nginx.small(routed.server(), there.resolve("nginx"), PORT);
                ResidentCli onTarget = ResidentCli.in(routed.server(), there);
                ResidentCli onReplayer = ResidentCli.in(routed.client(), there)) {
            final String at = routed.serverV4() + ":" + PORT;
            final String[] words = {
                at, "--clients", CLIENTS, "--keys", keys.toString(), "--intercept", routed.serverV4()
            };
            names(
                    doctor(onTarget, words),
                    2,
                    "clients",
                    "no intercept listens at 10.91.2.2:36524: answers to 198.18.4.0/24 would leave this host",
                    "cure: here: tcpreplay-j intercept --target 10.91.2.2:8080 --clients 198.18.4.0/24");
            final Path stderr = there.resolve("intercept.err");
            final Process own = Commands.tcpreplayj("intercept", "--target", at, "--keys", keys.toString())
                    .inside(routed.server())
                    .start(there.resolve("intercept.out"), stderr);
            try {
                assertThat(Eventually.holds(
                                PATIENCE, () -> Files.readString(stderr).contains("replayers find it at")))
                        .as(Files.readString(stderr))
                        .isTrue();
                healthy(doctor(onTarget, words));
                healthy(doctor(onReplayer, words));
            } finally {
                own.destroy();
                own.waitFor();
            }
            assertThat(server.requests()).isEmpty();
        }
    }

    private interface Body {
        void run() throws IOException;
    }

    private void input(final String verdict, final Body body) throws IOException {
        during(lab.server(), "iptables -A INPUT -p tcp --dport 8080 -j " + verdict, "iptables -F INPUT", body);
    }

    private static void during(final Netns host, final String fault, final String cure, final Body body)
            throws IOException {
        host.exec("sh", "-c", fault).orThrow();
        try {
            body.run();
        } finally {
            host.exec("sh", "-c", cure).orThrow();
        }
    }

    private String at(final int port) {
        return lab.serverV4() + ":" + port;
    }

    private String[] intercepted(final String at) {
        return new String[] {at, "--clients", CLIENTS, "--keys", keys.toString(), "--intercept", Lab.ASSISTANT_V4};
    }

    private static ResidentCli.Result doctor(final ResidentCli host, final String... words) throws IOException {
        final List<String> line = new ArrayList<>(List.of("doctor", "--target"));
        line.addAll(List.of(words));
        return host.run(line.toArray(String[]::new));
    }

    private static void healthy(final ResidentCli.Result result) {
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        assertThat(result.stdout()).doesNotContain("warn ", "fail ");
        assertThat(result.stderr()).isEmpty();
    }

    /** No failure, and this warning with a cure: nothing shows yet that it hits. */
    private static void warns(final ResidentCli.Result result, final String check, final String... words) {
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        assertThat(result.stdout())
                .containsPattern("(?m)^warn  " + check + " .*\n +cure: \\S")
                .contains(words)
                .doesNotContain("fail ");
    }

    /** One failure and no other, with these words, and a cure below it. */
    private static void names(
            final ResidentCli.Result result, final int exit, final String check, final String... words) {
        final List<String> failures =
                result.stdout().lines().filter(line -> line.startsWith("fail ")).toList();
        assertThat(failures).as(result.stdout() + result.stderr()).hasSize(1);
        assertThat(failures.get(0)).startsWith("fail  " + check);
        assertThat(result.stdout()).contains(words).containsPattern("(?m)^fail .*\n +cure: \\S");
        assertThat(result.exit()).as(result.stdout()).isEqualTo(exit);
    }
}
