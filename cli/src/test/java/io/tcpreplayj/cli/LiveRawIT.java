package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import io.tcpreplayj.testdata.Tcpdump;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code live --capture raw}: of each connection the clients' side, and what becomes of where it, or another way, cannot be had. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LiveRawIT {
    private static final int PORT = 8080;
    private static final int CONNECTIONS = 100;
    private static final int ROUNDS = 3;

    /** Longer than a segment, so that the kernel hands over several as one. */
    private static final String COOKIE = "Cookie: filler=" + "x".repeat(6000);

    private static final String OF_CLIENTS = "client,clientBytes,clientDigest,requests,replayable";

    private Path directory;
    private Lab lab;
    private Nginx nginx;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "ethtool", "tcpdump", "curl", "kill", "python3");
        lab = Lab.pair();
        // At the server, too: in immediate mode libpcap, and with it tcpdump, else cuts frames to the MTU.
        for (final Netns host : List.of(lab.client(), lab.server())) {
            host.exec("ethtool", "-K", "veth0", "tx", "on", "sg", "on", "tso", "on", "gso", "on")
                    .orThrow();
        }
        nginx = Nginx.small(lab.server(), directory.resolve("nginx"), PORT);
    }

    @AfterAll
    void stop() {
        if (nginx != null) {
            nginx.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void recordsEachByteThatClientsSent_andThatIsEnoughForAReplay(final int family) throws Exception {
        final String server = family == 4 ? lab.serverV4() : lab.serverV6();
        final String at = (family == 4 ? server : "[" + server + "]") + ":" + PORT;
        final Path capture = directory.resolve("raw" + family + ".pcap");
        final Path database = directory.resolve("raw" + family + ".tfdb");
        final int before = nginx.requests().size();
        final LiveProcess.Summary summary;
        final Tcpdump tcpdump = Tcpdump.on(lab.server(), "veth0", capture, "tcp port " + PORT);
        try (tcpdump;
                LiveProcess live = LiveProcess.start(
                        lab.server(), database, "-i", "veth0", "--capture", "raw", "--port", String.valueOf(PORT))) {
            try (Crowd crowd = Crowd.open(lab.client(), server, PORT, CONNECTIONS)) {
                for (int round = 0; round < ROUNDS; round++) {
                    crowd.ask();
                }
            }
            // Of another port, which the filter refuses.
            lab.client().exec("curl", "-sg", "--connect-timeout", "1", "http://" + at.replace("8080", "8081") + "/");
            lab.client()
                    .exec("curl", "-sgf", "-H", COOKIE, "-o", "/dev/null", "http://" + at + "/page1.html")
                    .orThrow();
            summary = live.end("TERM");
            assertThat(summary.exit()).as(live.said()).isEqualTo(143);
            assertThat(live.said()).contains("capturing on veth0 by raw sockets, only what comes in, into ");
        }
        assertThat(tcpdump.said()).contains("0 packets dropped by kernel");
        assertThat(summary.json()).containsEntry("capture", "raw");
        assertThat(summary.number("kernel", "passed")).isEqualTo(summary.number("packets", "indexed"));
        assertThat(summary.number("flows", "replayable")).isEqualTo(CONNECTIONS + 1);

        final Path indexed = directory.resolve("raw" + family + "-indexed.tfdb");
        final Run index = new Run().main("index", "-q", "--db", indexed, capture);
        assertThat(index.exit()).as(index.err()).isZero();
        assertThat(clients(database)).hasSize(CONNECTIONS + 1).isEqualTo(clients(indexed));
        assertThat(new Run()
                        .main("flows", database, "--json", "--fields", "serverBytes")
                        .out())
                .doesNotContainPattern("\"serverBytes\":[1-9]");

        final int recorded = nginx.requests().size();
        assertThat(recorded - before).isEqualTo(CONNECTIONS * ROUNDS + 1);
        final String[] words = {"replay", database.toString(), "--target", at, "--transport", "socket", "--same-server"
        };
        final Exec.Result replay = lab.client()
                .exec(Stream.concat(
                                Commands.java().stream(),
                                Stream.concat(Stream.of("io.tcpreplayj.cli.Main"), Stream.of(words)))
                        .toArray(String[]::new));
        assertThat(replay.exit()).as(replay.stdout() + replay.stderr()).isZero();
        assertThat(nginx.requests().subList(recorded, nginx.requests().size()).stream()
                        .map(entry -> entry.request())
                        .sorted())
                .isEqualTo(nginx.requests().subList(before, recorded).stream()
                        .map(entry -> entry.request())
                        .sorted()
                        .toList());
    }

    private static List<String> clients(final Path database) throws IOException {
        final Run run = new Run().main("flows", database, "--json", "--fields", OF_CLIENTS);
        assertThat(run.exit()).as(run.err()).isZero();
        return run.out().lines().sorted().toList();
    }

    @Test
    void withoutPacketSockets_nothingElseIsTakenInSilence_andTheOthersAreNamed() throws IOException {
        final String database = directory.resolve("without.tfdb").toString();
        final List<String> live = List.of("live", "-i", "veth0", "--duration", "1s", "--record", database);
        final Exec.Result ring = lab.server().exec(RefusedCall.PACKET_SOCKET.to(live.toArray(String[]::new)));
        assertThat(ring.exit()).isEqualTo(2);
        assertThat(ring.stderr())
                .startsWith("tcpreplay-j: the capture ring on veth0 cannot be had: socket: EAFNOSUPPORT")
                .contains("\nhint: --capture pcap leaves the ring to libpcap; --capture raw needs no packet socket");
        final List<String> byRaw = new ArrayList<>(live);
        byRaw.addAll(List.of("--capture", "raw"));
        final Exec.Result raw = lab.server().exec(RefusedCall.PACKET_SOCKET.to(byRaw.toArray(String[]::new)));
        assertThat(raw.exit()).as(raw.stderr()).isZero();
    }

    @Test
    void withoutLibpcap_theCureIsNamed() {
        final List<String> line = new ArrayList<>(Commands.java());
        line.addAll(List.of("-Dorg.pcap4j.core.pcapLibName=/no/such/libpcap.so", "io.tcpreplayj.cli.Main"));
        line.addAll(List.of("live", "-i", "veth0", "--capture", "pcap", "--record"));
        line.add(directory.resolve("none.tfdb").toString());
        final Exec.Result result = lab.server().exec(line.toArray(String[]::new));
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr())
                .startsWith("tcpreplay-j: capturing by libpcap needs libpcap, which cannot be loaded\n"
                        + "hint: apt-get install libpcap0.8, or --capture ring, which does not need it");
    }
}
