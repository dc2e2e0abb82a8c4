package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Two replayers at the same time, each on a host of its own; two assistant hosts; one switch. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class SeveralReplayersIT {
    private static final int PORT = 8080;
    private static final int OTHER_PORT = 8081;
    private static final String SERVER = "10.91.1.2";
    private static final String SERVER_V6 = "fd91:1::2";

    /** A replayer, the host of its intercept, and the network that its clients live in. */
    private record Party(String replayer, String assistant, String clients, String server, int port) {
        Party(final String replayer, final String assistant, final String clients, final int port) {
            this(replayer, assistant, clients, SERVER, port);
        }
    }

    private final Map<String, Netns> hosts = new HashMap<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Map<String, ResidentCli> replayers = new HashMap<>();
    private final Map<Integer, Nginx> servers = new HashMap<>();
    private Path directory;
    private Path keys;
    private Recorded recorded;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool");
        final Netns plug = open(Netns.create("switch"));
        plug.exec("ip", "link", "add", "br0", "type", "bridge").orThrow();
        plug.exec("ip", "link", "set", "br0", "up").orThrow();
        for (final String address : List.of(SERVER, "10.91.1.11", "10.91.1.12", "10.91.1.21", "10.91.1.22")) {
            final Netns host = open(Netns.create("host" + hosts.size()));
            final String port = "port" + hosts.size();
            Netns.connect(host, "veth0", plug, port);
            plug.exec("ip", "link", "set", port, "master", "br0").orThrow();
            host.address("veth0", address + "/24");
            host.address("veth0", v6(address) + "/64");
            hosts.put(address, host);
        }
        final Netns server = hosts.get(SERVER);
        server.exec("ip", "route", "add", "198.18.1.0/24", "via", "10.91.1.21").orThrow();
        server.exec("ip", "route", "add", "198.18.2.0/24", "via", "10.91.1.22").orThrow();
        server.exec("ip", "route", "add", "2001:2:0:1::/64", "via", v6("10.91.1.21"))
                .orThrow();
        server.exec("ip", "route", "add", "2001:2:0:2::/64", "via", v6("10.91.1.22"))
                .orThrow();
        for (final int port : List.of(PORT, OTHER_PORT)) {
            servers.put(port, open(Nginx.small(server, directory.resolve("nginx" + port), port)));
        }
        for (final String address : List.of("10.91.1.11", "10.91.1.12")) {
            replayers.put(address, open(ResidentCli.in(hosts.get(address), directory)));
        }
        keys = directory.resolve("lab.p12");
        AnyKeys.writeTo(keys);
        recorded = Recorded.index("keepalive4.pcap", directory);
    }

    private static String v6(final String address) {
        return address.replace("10.91.1.", "fd91:1::");
    }

    private <T extends AutoCloseable> T open(final T resource) {
        opened.add(0, resource);
        return resource;
    }

    @AfterAll
    void stop() throws Exception {
        for (final AutoCloseable each : opened) {
            each.close();
        }
    }

    @Test
    void toOneTarget_throughTwoIntercepts_eachGetsItsOwnAnswers() throws Exception {
        try (InterceptProcess one = intercept("10.91.1.21", "one");
                InterceptProcess other = intercept("10.91.1.22", "other")) {
            replayed(
                    new Party("10.91.1.11", "10.91.1.21", "198.18.1.0/24", PORT),
                    new Party("10.91.1.12", "10.91.1.22", "198.18.2.0/24", PORT));
            assertThat(one.end()).contains("packets handed on");
            assertThat(other.end()).contains("packets handed on");
        }
    }

    @Test
    void toOneTarget_throughTwoIntercepts_overIpv6() throws Exception {
        try (InterceptProcess one = intercept("10.91.1.21", "one6");
                InterceptProcess other = intercept("10.91.1.22", "other6")) {
            replayed(
                    new Party(
                            "10.91.1.11", "[" + v6("10.91.1.21") + "]", "2001:2:0:1::/64", "[" + SERVER_V6 + "]", PORT),
                    new Party(
                            "10.91.1.12",
                            "[" + v6("10.91.1.22") + "]",
                            "2001:2:0:2::/64",
                            "[" + SERVER_V6 + "]",
                            PORT));
            assertThat(one.end()).contains("packets handed on");
            assertThat(other.end()).contains("packets handed on");
        }
    }

    @Test
    void toTwoTargets_throughOneIntercept_eachGetsItsOwnAnswers() throws Exception {
        try (InterceptProcess one = intercept("10.91.1.21", "shared")) {
            replayed(
                    new Party("10.91.1.11", "10.91.1.21", "198.18.1.0/25", PORT),
                    new Party("10.91.1.12", "10.91.1.21", "198.18.1.128/25", OTHER_PORT));
            assertThat(one.end()).contains("packets handed on");
        }
    }

    /** Each hears of both which way ever its answers take. */
    @Test
    void oneReplayer_withTwoIntercepts_hearsBoth() throws Exception {
        try (InterceptProcess one = intercept("10.91.1.21", "first");
                InterceptProcess other = intercept("10.91.1.22", "second")) {
            replayed(
                    new Party("10.91.1.11", "10.91.1.21,10.91.1.22", "198.18.1.0/24", PORT),
                    new Party("10.91.1.12", "10.91.1.21,10.91.1.22", "198.18.2.0/24", PORT));
            assertThat(one.end()).contains("packets handed on");
            assertThat(other.end()).contains("packets handed on");
        }
    }

    /** Both at once; all requests of each arrive at its target from its own clients, and every answer is compared. */
    private void replayed(final Party one, final Party other) throws Exception {
        final Map<Integer, Integer> logged = new HashMap<>();
        servers.forEach((port, nginx) -> logged.put(port, nginx.requests().size()));
        final CompletableFuture<ResidentCli.Result> first = CompletableFuture.supplyAsync(() -> replay(one));
        final CompletableFuture<ResidentCli.Result> second = CompletableFuture.supplyAsync(() -> replay(other));
        for (final CompletableFuture<ResidentCli.Result> each : List.of(first, second)) {
            final ResidentCli.Result result = each.get(60, TimeUnit.SECONDS);
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
            assertThat(((Map<?, ?>) report.get("responses")).get("compared")).isEqualTo(recorded.requests());
            final Map<?, ?> delay = (Map<?, ?>) ((Map<?, ?>) report.get("packets")).get("feedDelayNs");
            assertThat(((Number) delay.get("p50")).longValue()).isBetween(1L, 1_000_000_000L);
        }
        assertThat(arrived(one, other, logged)).hasSize(recorded.requests());
        assertThat(arrived(other, one, logged)).hasSize(recorded.requests());
    }

    /** The requests of the clients of {@code one}. */
    private List<AccessLog.Entry> arrived(final Party one, final Party other, final Map<Integer, Integer> logged)
            throws IOException, InterruptedException {
        final int expected = one.port == other.port ? 2 * recorded.requests() : recorded.requests();
        final List<AccessLog.Entry> all = Recorded.arrived(servers.get(one.port), logged.get(one.port), expected);
        assertThat(all).hasSize(expected);
        return all.stream().filter(entry -> isOf(entry, one.clients)).toList();
    }

    private static boolean isOf(final AccessLog.Entry entry, final String network) {
        return Cidr.parse(network).contains(IpAddress.parse(entry.clientAddress()));
    }

    private ResidentCli.Result replay(final Party party) {
        try {
            return replayers
                    .get(party.replayer)
                    .run(
                            "replay",
                            recorded.database(),
                            "--target",
                            party.server + ":" + party.port,
                            "--clients",
                            party.clients,
                            "--keys",
                            keys.toString(),
                            "--intercept",
                            party.assistant,
                            "--speed",
                            "4x",
                            "--json",
                            "-q");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private InterceptProcess intercept(final String host, final String name) throws IOException, InterruptedException {
        return InterceptProcess.start(
                hosts.get(host),
                directory.resolve(name),
                System.getenv("PATH"),
                List.of("-i", "veth0", "--keys", keys.toString(), "--payload", "65535"));
    }
}
