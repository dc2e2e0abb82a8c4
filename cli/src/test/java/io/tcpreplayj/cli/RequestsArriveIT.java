package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Tcpdump;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The captures of this repository against the server they were recorded with: every request arrives, in its order. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class RequestsArriveIT {
    private static final List<String> CAPTURES = List.of(
            "keepalive4.pcap",
            "keepalive4.pcap.zst",
            "keepalive6.pcapng.gz",
            "cooked1.pcap",
            "cooked2.pcap",
            "vlan.pcap",
            "qinq-nanoseconds.pcap",
            "aborted.pcap");

    /** Whether the kernel holds a transport to its target; it does TCP itself over sockets, and never sees frames of AF_XDP. */
    private static final Map<String, String> GUARDS =
            Map.of("tun", "held", "packet", "held", "xdp", "none", "raw", "held", "socket", "");

    private Path directory;
    private HttpLab http;
    private final Map<String, Recorded> recordings = new HashMap<>();

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        http = new HttpLab(directory);
    }

    @AfterAll
    void stop() throws IOException {
        if (http != null) {
            http.close();
        }
    }

    static List<Object[]> matrix() {
        final List<Object[]> rows = new ArrayList<>();
        for (final String capture : CAPTURES) {
            for (final String transport : List.of("tun", "packet", "xdp", "raw", "socket")) {
                rows.add(new Object[] {capture, transport, 4});
                rows.add(new Object[] {capture, transport, 6});
            }
        }
        return rows;
    }

    @ParameterizedTest(name = "{0} over {1}, IPv{2}")
    @MethodSource("matrix")
    void everyRequestArrives_inOrder(final String capture, final String transport, final int family)
            throws IOException, InterruptedException {
        Recorded recorded = recordings.get(capture);
        if (recorded == null) {
            recorded = Recorded.index(capture, directory);
            recordings.put(capture, recorded);
        }
        final int before = http.nginx().requests().size();
        final ResidentCli.Result result =
                http.replay(http.cli(transport), recorded.database(), http.target(family), transport, "--speed", "2x");
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        assertThat(guard(result)).isEqualTo(GUARDS.get(transport));
        final List<AccessLog.Entry> arrived = Recorded.arrived(http.nginx(), before, recorded.requests());
        assertThat(http.sessions()).hasSize(recorded.flows());
        assertThat(recorded.differences(http.sessions(), arrived)).isEmpty();
        assertThat(arrived).allSatisfy(entry -> assertThat(entry.status()).isEqualTo(200));
    }

    /** R21: the target is asked under its own name, and nothing of what stood there before leaves. */
    @ParameterizedTest
    @ValueSource(strings = {"tun", "packet", "socket"})
    void rewritten_nothingOfTheOriginalIsOnTheWire(final String transport) throws IOException, InterruptedException {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final int before = http.nginx().requests().size();
        final Path wire = directory.resolve("rewritten-" + transport + ".pcap");
        final ResidentCli.Result result;
        try (Tcpdump tcpdump = Tcpdump.on(http.lab().server(), "any", wire, "tcp port 8080")) {
            assertThat(tcpdump.said()).contains("listening");
            result = http.replay(
                    http.cli(transport),
                    recorded.database(),
                    http.target(4),
                    transport,
                    "--speed",
                    "2x",
                    "--rewrite",
                    "header:HOST=staging.example.test",
                    "--rewrite",
                    "text:curl/7.88.1=replay",
                    "--rewrite",
                    "header:X-Typo=1");
        }
        assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
        final List<AccessLog.Entry> arrived = Recorded.arrived(http.nginx(), before, recorded.requests());
        assertThat(recorded.differences(http.sessions(), arrived)).isEmpty();
        assertThat(arrived).allSatisfy(entry -> assertThat(entry.status()).isEqualTo(200));
        final String seen = Files.readString(wire, StandardCharsets.ISO_8859_1);
        assertThat(seen.split("Host: staging\\.example\\.test\r\nUser-Agent: replay\r\n", -1))
                .hasSizeGreaterThan(recorded.requests());
        assertThat(seen.contains("10.92.1.2:8080")).isFalse();
        assertThat(seen.contains("curl/")).isFalse();
        assertThat(JSON.std.mapFrom(result.stdout()).get("rewrites"))
                .isEqualTo(Map.of(
                        "places",
                        2 * recorded.requests(),
                        "flows",
                        recorded.flows(),
                        "unmatched",
                        List.of("header:X-Typo")));
    }

    private static String guard(final ResidentCli.Result result) throws IOException {
        final Object packets = JSON.std.mapFrom(result.stdout()).get("packets");
        return packets == null ? "" : ((Map<?, ?>) packets).get("guard").toString();
    }
}
