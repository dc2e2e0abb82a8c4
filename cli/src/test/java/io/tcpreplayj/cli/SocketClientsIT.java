package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.NearAndFar;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients over kernel sockets that have addresses of their own: two hosts, and the routes that the user sets. */
final class SocketClientsIT {
    private static final int PORT = 8080;
    private static final String NETWORK = "198.18.4.0/24";

    private NearAndFar hosts;
    private Nginx nginx;
    private ResidentCli replayer;
    private Recorded recorded;

    @BeforeEach
    void start(@TempDir final Path directory) throws IOException {
        Privileges.needRootAnd("ip", "nginx");
        hosts = NearAndFar.addressed();
        nginx = Nginx.small(hosts.there(), directory.resolve("nginx"), PORT);
        replayer = ResidentCli.in(hosts.here(), directory);
        recorded = Recorded.index("keepalive4.pcap", directory);
    }

    @AfterEach
    void stop() throws IOException {
        if (replayer != null) {
            replayer.close();
        }
        if (nginx != null) {
            nginx.close();
        }
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void withItsRoutes_eachClientIsSeenAtAnAddressOfItsOwn() throws Exception {
        hosts.here().exec("ip", "route", "add", "local", NETWORK, "dev", "lo").orThrow();
        hosts.there().exec("ip", "route", "add", NETWORK, "via", "10.77.0.1").orThrow();

        final ResidentCli.Result result = replay("--transport", "socket", "--clients", NETWORK);

        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final Map<?, ?> responses =
                (Map<?, ?>) JSON.std.mapFrom(result.stdout()).get("responses");
        assertThat(responses.get("compared")).isEqualTo(recorded.requests());
        final List<AccessLog.Entry> arrived = Recorded.arrived(nginx, 0, recorded.requests());
        assertThat(arrived)
                .hasSize(recorded.requests())
                .allMatch(entry -> Cidr.parse(NETWORK).contains(IpAddress.parse(entry.clientAddress())));
        final Set<String> addresses = new HashSet<>();
        final Set<String> connections = new HashSet<>();
        for (final AccessLog.Entry entry : arrived) {
            addresses.add(entry.clientAddress());
            connections.add(entry.clientAddress() + ":" + entry.clientPort());
        }
        assertThat(addresses).hasSameSizeAs(capturedClients());
        assertThat(connections).hasSize(recorded.flows());
    }

    @Test
    void withoutALocalRoute_isRefusedWithTheCommand() throws IOException {
        assertThat(replay("--transport", "socket", "--clients", NETWORK).exit()).isEqualTo(2);
        hosts.here()
                .exec("ip", "route", "add", "local", "198.18.4.0/25", "dev", "lo")
                .orThrow();

        final ResidentCli.Result half = replay("--transport", "socket", "--clients", NETWORK);

        assertThat(half.exit()).isEqualTo(2);
        assertThat(half.stderr())
                .contains("--clients 198.18.4.0/24: this host does not take these addresses for its own")
                .contains("hint: ip route add local 198.18.4.0/24 dev lo");
        assertThat(nginx.requests()).isEmpty();
    }

    /** Each as it is said, until nothing is missing. */
    @Test
    void doctor_saysTheCommandsThatAreMissing() throws IOException {
        final String here = "ip route add local " + NETWORK + " dev lo";
        final ResidentCli.Result notOurs = doctor();
        assertThat(notOurs.exit()).as(notOurs.stdout()).isEqualTo(2);
        assertThat(notOurs.stdout()).contains("does not take these addresses for its own", here);

        hosts.here().exec(here.split(" ")).orThrow();
        final String there = "ip route replace " + NETWORK + " via 10.77.0.1";
        final ResidentCli.Result noWayBack = doctor();
        assertThat(noWayBack.exit()).as(noWayBack.stdout()).isEqualTo(8);
        assertThat(noWayBack.stdout()).contains("do not come back here", "on the target: " + there);

        hosts.there().exec(there.split(" ")).orThrow();
        final ResidentCli.Result healthy = doctor();
        assertThat(healthy.exit()).as(healthy.stdout()).isZero();
        assertThat(healthy.stdout()).containsPattern("ok +probe +connected in .* by socket");
    }

    private ResidentCli.Result doctor() throws IOException {
        return replayer.run("doctor", "--target", "10.77.0.2:" + PORT, "--transport", "socket", "--clients", NETWORK);
    }

    private Set<String> capturedClients() throws IOException {
        final Set<String> clients = new HashSet<>();
        for (final String line : new Run()
                .main("flows", recorded.database(), "--json")
                .out()
                .lines()
                .toList()) {
            final String client = Session.endpoint(JSON.std.mapFrom(line), "client");
            clients.add(client.substring(0, client.lastIndexOf(':')));
        }
        return clients;
    }

    private ResidentCli.Result replay(final String... more) throws IOException {
        final List<String> words = new ArrayList<>(List.of(
                "replay", recorded.database(), "--target", "10.77.0.2:" + PORT, "--speed", "4x", "--json", "-q"));
        words.addAll(List.of(more));
        return replayer.run(words.toArray(String[]::new));
    }
}
