package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.Dnsmasq;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The recorded DNS captures against the very server they were recorded with, another one and none: what was asked is counted
 * by tshark in the capture and by the server in its log, the answers by tshark.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DnsmasqIT {
    private static final int PORT = 53;
    private static final int NXDOMAIN = 3;

    private Path directory;
    private Lab lab;
    private ResidentCli client;
    private int runs;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "dnsmasq", "ethtool", "kill");
        lab = Lab.pair();
        // Each refusal is told, and not only some of a second's (icmp(7), icmp_ratelimit).
        lab.server()
                .exec("sh", "-c", "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit")
                .orThrow();
        client = ResidentCli.in(lab.client(), directory);
    }

    @AfterAll
    void stop() throws IOException {
        if (client != null) {
            client.close();
        }
        if (lab != null) {
            lab.close();
        }
    }

    /** What tshark counted: queries, and answers by their response codes. */
    private record Truth(long queries, Map<Integer, Long> answers, long conversations, long tcpFlows) {
        static Truth of(final String capture) throws IOException {
            final Map<String, Object> truth = TruthJson.read(Recorded.file(capture + ".truth.json"));
            final Map<Integer, Long> answers = new TreeMap<>();
            long queries = 0;
            for (final Object each : TruthJson.list(truth.get("dns"))) {
                final Object rcode = TruthJson.map(each).get("rcode");
                if (rcode == null) {
                    queries++;
                } else {
                    answers.merge((Integer) rcode, 1L, Long::sum);
                }
            }
            return new Truth(
                    queries,
                    answers,
                    TruthJson.list(truth.get("udp")).size(),
                    TruthJson.list(truth.get("tcp")).size());
        }

        long answered() {
            return answers.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private Path next() {
        return directory.resolve("dnsmasq" + ++runs);
    }

    private ResidentCli.Result replay(final String capture, final String... more) throws IOException {
        final List<String> words = new ArrayList<>(List.of(more));
        words.add("--json");
        return said(capture, words.toArray(String[]::new));
    }

    private ResidentCli.Result said(final String capture, final String... more) throws IOException {
        final String address = capture.contains("6") ? "[" + lab.serverV6() + "]" : lab.serverV4();
        final List<String> words = new ArrayList<>(
                List.of("replay", Recorded.file(capture).toString(), "--map", PORT + "=" + address + ":" + PORT));
        words.addAll(List.of("--transport", "socket"));
        words.addAll(List.of(more));
        return client.run(words.toArray(String[]::new));
    }

    private static long number(final ResidentCli.Result run, final String... path) throws IOException {
        Object value = JSON.std.mapFrom(run.stdout());
        for (final String name : path) {
            value = TruthJson.map(value).getOrDefault(name, 0);
        }
        return ((Number) value).longValue();
    }

    private static Map<String, Integer> counted(final List<String> queries, final int times) {
        final Map<String, Integer> counted = new HashMap<>();
        queries.forEach(query -> counted.merge(query, times, Integer::sum));
        return counted;
    }

    @ParameterizedTest
    @CsvSource({
        "dns4.pcap, 1x, 1",
        "dns4.pcap, 10x, 3",
        "dns4.pcap, max, 3",
        "dns6.pcapng, 1x, 3",
        "dns6.pcapng, 10x, 1",
        "dns6.pcapng, max, 3"
    })
    void everyQueryArrives_andItsAnswerIsFoundAndAsRecorded(final String capture, final String speed, final int copies)
            throws Exception {
        final Truth truth = Truth.of(capture);
        assertThat(truth.answers()).containsKeys(0, NXDOMAIN);
        final Path sessions = directory.resolve("sessions" + runs);
        try (Dnsmasq target = Dnsmasq.recorded(lab.server(), next(), PORT)) {
            final ResidentCli.Result run =
                    replay(capture, "--speed", speed, "--copies", "" + copies, "--sessions", sessions.toString());
            assertThat(run.exit()).as(run.stderr() + run.stdout()).isZero();
            assertThat(number(run, "udp", "dns", "queries")).isEqualTo(truth.queries() * copies);
            assertThat(number(run, "udp", "dns", "answered")).isEqualTo(truth.queries() * copies);
            assertThat(number(run, "udp", "dns", "rcodeSame")).isEqualTo(truth.answered() * copies);
            assertThat(number(run, "udp", "dns", "unmatched")).isZero();
            assertThat(number(run, "requests", "answered")).isGreaterThanOrEqualTo(truth.tcpFlows() * copies);
            assertThat(number(run, "requests", "timedOut")).isZero();
            assertThat(counted(target.queries(), 1))
                    .isEqualTo(counted(Dnsmasq.queries(Recorded.file(capture + ".query.log")), copies));
            assertThat(Files.readAllLines(sessions)).hasSize((int) (truth.conversations() + truth.tcpFlows()) * copies);
            final List<Map<String, Object>> conversations = of("udp", sessions);
            // A port that a connection had, too, tells nothing of a conversation.
            final Map<Integer, Integer> atTarget = target.queriesByPort();
            final Map<Integer, Integer> byLines = queriesByPort(conversations);
            for (final Map<String, Object> connection : of("tcp", sessions)) {
                atTarget.remove(port(connection));
                byLines.remove(port(connection));
            }
            assertThat(byLines).isNotEmpty().isEqualTo(atTarget);
            for (final Map<String, Object> line : conversations) {
                assertThat(line)
                        .containsEntry("state", "completed")
                        .containsEntry("answered", line.get("queries"))
                        .containsEntry("datagramsSent", line.get("datagramsPlanned"))
                        .containsEntry("clientSent", line.get("clientPlanned"));
            }
        }
    }

    private static List<Map<String, Object>> of(final String protocol, final Path sessions) throws IOException {
        final List<Map<String, Object>> lines = new ArrayList<>();
        for (final String line : Files.readAllLines(sessions)) {
            final Map<String, Object> fields = JSON.std.mapFrom(line);
            if (protocol.equals(fields.get("protocol"))) {
                lines.add(fields);
            }
        }
        assertThat(lines).isNotEmpty();
        return lines;
    }

    private static Integer port(final Map<String, Object> line) {
        return (Integer) TruthJson.map(line.get("client")).get("port");
    }

    /** The kernel may give a port again once its conversation is over. */
    private static Map<Integer, Integer> queriesByPort(final List<Map<String, Object>> conversations) {
        final Map<Integer, Integer> counts = new HashMap<>();
        conversations.forEach(line -> counts.merge(port(line), (Integer) line.get("queries"), Integer::sum));
        return counts;
    }

    @Test
    void otherResponseCodes_areDifferences_andNoFailure() throws Exception {
        final Truth truth = Truth.of("dns4.pcap");
        try (Dnsmasq target = Dnsmasq.start(lab.server(), next(), PORT, Dnsmasq.EMPTY_ZONE)) {
            final ResidentCli.Result run = replay("dns4.pcap", "--speed", "10x");
            assertThat(run.exit()).as(run.stderr() + run.stdout()).isZero();
            assertThat(number(run, "udp", "dns", "answered")).isEqualTo(truth.queries());
            assertThat(number(run, "udp", "dns", "rcodeSame"))
                    .isEqualTo(truth.answers().get(NXDOMAIN));
            assertThat(number(run, "udp", "dns", "rcodeDifferent", "NOERROR -> NXDOMAIN"))
                    .isEqualTo(truth.answers().get(0));
            assertThat(number(run, "responses", "different")).isPositive();
            assertThat(counted(target.queries(), 1))
                    .isEqualTo(counted(Dnsmasq.queries(Recorded.file("dns4.pcap.query.log")), 1));
        }
    }

    @Test
    void serverThatIsGone_refuses() throws Exception {
        final Truth truth = Truth.of("dns4.pcap");
        Dnsmasq.recorded(lab.server(), next(), PORT).close();
        final ResidentCli.Result run =
                replay("dns4.pcap", "--speed", "10x", "--where", "udp", "--response-timeout", "500ms");
        assertThat(run.exit()).as(run.stderr() + run.stdout()).isEqualTo(8);
        assertThat(number(run, "flows", "failed", "refused")).isPositive();
        assertThat(number(run, "flows", "failed", "refused") + number(run, "flows", "failed", "unanswered"))
                .isEqualTo(truth.conversations());
        assertThat(number(run, "udp", "dns", "cutOff")).isPositive();
        assertThat(number(run, "udp", "dns", "cutOff")
                        + number(run, "udp", "dns", "notSent")
                        + number(run, "udp", "dns", "timedOut"))
                .isEqualTo(truth.queries());
    }

    @Test
    void serverThatIsGone_isSaidToBe() throws Exception {
        final ResidentCli.Result run =
                said("dns4.pcap", "--speed", "max", "--where", "udp", "--response-timeout", "100ms");
        assertThat(run.exit()).isEqualTo(8);
        assertThat(run.stdout())
                .doesNotContain("requests   ", "latency ", "packets   ")
                .containsPattern(
                        "target 10\\.91\\.1\\.2:53 refused \\d+ of 19 UDP conversations and answered none: nothing")
                .contains("hint: start the server");
    }

    @Test
    void serverThatIsFrozen_timesOut() throws Exception {
        final Truth truth = Truth.of("dns4.pcap");
        try (Dnsmasq target = Dnsmasq.recorded(lab.server(), next(), PORT)) {
            target.freeze();
            final ResidentCli.Result run =
                    replay("dns4.pcap", "--speed", "10x", "--where", "udp", "--response-timeout", "500ms");
            assertThat(run.exit()).as(run.stderr() + run.stdout()).isEqualTo(8);
            assertThat(number(run, "udp", "dns", "timedOut")).isEqualTo(truth.queries());
            assertThat(number(run, "flows", "failed", "unanswered")).isEqualTo(truth.conversations());
        }
    }
}
