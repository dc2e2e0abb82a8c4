package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.testdata.Dnsmasq;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code live --target} of DNS: what a client asks one dnsmasq, over UDP and, where the answer was cut off, TCP, another one is
 * asked too, over the interface that is captured and on the same port. The servers' logs are the account.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LiveDnsIT {
    private static final String PORT = "53";
    private static final String PREFIX = "tcpreplayj_live_";
    private static final int UDP_QUERIES = 26;

    private Path directory;
    private Lab lab;
    private ResidentCli client;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "dnsmasq", "ethtool", "kill");
        lab = Lab.pair();
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

    @ParameterizedTest
    @CsvSource({"dns4.pcap, 1x, 1", "dns6.pcapng, 1x, 2", "dns4.pcap, max, 3"})
    void queriesArriveAsTheyAreAsked(final String capture, final String speed, final int copies) throws Exception {
        final boolean v6 = capture.contains("6");
        final String target = v6 ? "[" + Lab.CLIENT_V6 + "]" : Lab.CLIENT_V4;
        final String asked = v6 ? "[" + lab.serverV6() + "]" : lab.serverV4();
        final Path run = directory.resolve(capture + speed);
        try (Dnsmasq production = Dnsmasq.recorded(lab.server(), run.resolve("production"), 53);
                Dnsmasq replayed = Dnsmasq.recorded(lab.client(), run.resolve("target"), 53);
                LiveProcess live = LiveProcess.start(
                        lab.server(),
                        run.resolve("live.tfdb"),
                        "-i",
                        "veth0",
                        "--port",
                        PORT,
                        "--target",
                        target + ":" + PORT,
                        "--copies",
                        "" + copies,
                        "--metrics",
                        run.resolve("live.prom").toString(),
                        "--transport",
                        "socket")) {
            final ResidentCli.Result asking = client.run(
                    "replay",
                    Recorded.file(capture).toString(),
                    "--map",
                    PORT + "=" + asked + ":" + PORT,
                    "--transport",
                    "socket",
                    "--speed",
                    speed);
            assertThat(asking.exit()).as(asking.stderr() + asking.stdout()).isZero();
            final LiveProcess.Summary summary = live.end("INT");
            assertThat(summary.exit()).as(live.said() + summary.json()).isEqualTo(130);
            // How many conversations those are depends on the kernel, which may give two clients one port.
            final Map<String, Object> replay = TruthJson.map(summary.json().get("replay"));
            assertThat(TruthJson.map(TruthJson.map(replay.get("flows")).get("failed")))
                    .isEmpty();
            assertThat(TruthJson.map(replay.get("dropped"))).isEmpty();
            assertThat(summary.number("replay", "udp", "dns", "queries")).isEqualTo(UDP_QUERIES * copies);
            assertThat(summary.number("replay", "udp", "dns", "answered")).isEqualTo(UDP_QUERIES * copies);
            assertThat(summary.number("replay", "udp", "dns", "rcodeSame")).isEqualTo(UDP_QUERIES * copies);
            assertThat(sorted(replayed.queries(), 1)).isEqualTo(sorted(production.queries(), copies));
            final List<String> recorded = servers(live.database());
            assertThat(recorded).containsOnly(asked + ":" + PORT);
            assertThat(summary.number("replay", "flows", "total")).isEqualTo((long) recorded.size() * copies);
            assertCounted(Files.readString(run.resolve("live.prom")), summary);
            System.out.printf(
                    "live --target of %s at %s, %d copies: behind the capture p50 %.2f ms, p99 %.2f ms%n",
                    capture,
                    speed,
                    copies,
                    summary.number("replay", "behindNs", "p50") / 1e6,
                    summary.number("replay", "behindNs", "p99") / 1e6);
        }
    }

    /** Whom the recorded conversations are with: production and, if we captured what we replay, the target. */
    private static List<String> servers(final Path database) throws IOException {
        final List<String> servers = new ArrayList<>();
        try (FlowDb db = FlowDb.open(database)) {
            db.forEach(flow -> servers.add(flow.server().toString()));
        }
        return servers;
    }

    /** The counters are those of the summary, and the paper names all of them and no others. */
    private static void assertCounted(final String metrics, final LiveProcess.Summary summary) throws IOException {
        final Map<String, Double> counters = Prometheus.parse(metrics);
        for (final String count : List.of("answered", "timedOut", "cutOff")) {
            final String name = count.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            assertThat(counters.get(PREFIX + name + "_dns_queries_total"))
                    .as(count)
                    .isEqualTo((double) summary.number("replay", "udp", "dns", count));
        }
        assertThat(counters.get(PREFIX + "dns_queries_total"))
                .isEqualTo((double) summary.number("replay", "udp", "dns", "queries"));
        assertThat(counters.get(PREFIX + "sent_datagrams_total")).isPositive().isEqualTo((double)
                summary.number("replay", "udp", "datagrams", "sent"));
        for (final String count : List.of("sent", "answered")) {
            assertThat(counters.get(PREFIX + count + "_requests_total"))
                    .as(count)
                    .isPositive()
                    .isEqualTo((double) summary.number("replay", "requests", count));
        }
        assertThat(counters.get(PREFIX + "replayed_sessions_total")
                        + counters.get(PREFIX + "replayed_conversations_total"))
                .isEqualTo((double) summary.number("replay", "flows", "replayed"));
        final String paper = Files.readString(ProjectTree.root().resolve("docs/live.md"))
                .replaceFirst("(?s).*\n## Counters for Prometheus", "")
                .replaceFirst("(?s)\nAn alert worth having.*", "");
        final List<String> named = Pattern.compile("(?m)^\\| (`.*?`) \\|")
                .matcher(paper)
                .results()
                .flatMap(row -> Arrays.stream(row.group(1).split(", ")))
                .map(name -> PREFIX + name.replaceAll("`|\\{.*", ""))
                .sorted()
                .toList();
        assertThat(Pattern.compile("(?m)^# TYPE (\\S+)")
                        .matcher(metrics)
                        .results()
                        .map(type -> type.group(1))
                        .sorted()
                        .toList())
                .isEqualTo(named);
    }

    @Test
    void queriesToAnotherHost_areForwardedAndReplayed() throws Exception {
        final Path run = directory.resolve("forwarded");
        final String door = "unix:" + directory.resolve("door");
        try (Dnsmasq production = Dnsmasq.recorded(lab.server(), run.resolve("production"), 53);
                Dnsmasq replayed = Dnsmasq.recorded(lab.client(), run.resolve("target"), 53);
                LiveProcess listener = LiveProcess.launch(
                        lab.client(),
                        run.resolve("listener"),
                        List.of(
                                "--listen",
                                door,
                                "--sources",
                                "1",
                                "--record",
                                run.resolve("shop.tfdb").toString(),
                                "--target",
                                Lab.CLIENT_V4 + ":" + PORT,
                                "--transport",
                                "socket"))) {
            listener.says("listening at");
            try (LiveProcess source = LiveProcess.launch(
                    lab.server(),
                    run.resolve("source"),
                    List.of("-i", "veth0", "--port", PORT, "--forward", door, "--name", "dns1"))) {
                source.says("capturing on");
                final ResidentCli.Result asking = client.run(
                        "replay",
                        Recorded.file("dns4.pcap").toString(),
                        "--map",
                        PORT + "=" + lab.serverV4() + ":" + PORT,
                        "--transport",
                        "socket");
                assertThat(asking.exit()).as(asking.stderr() + asking.stdout()).isZero();
                listener.signal("USR1");
                listener.says("tcpreplay-j: replay: ");
                assertThat(source.end("INT").exit()).as(source.said()).isEqualTo(130);
            }
            final LiveProcess.Summary summary = listener.summary();
            assertThat(summary.exit()).as(listener.said() + summary.json()).isZero();
            for (final String count : List.of("queries", "answered", "rcodeSame")) {
                assertThat(summary.number("replay", "udp", "dns", count))
                        .as(count)
                        .isEqualTo(UDP_QUERIES);
            }
            assertThat(sorted(replayed.queries(), 1)).isEqualTo(sorted(production.queries(), 1));
        }
    }

    private static List<String> sorted(final List<String> queries, final int times) {
        final List<String> sorted = new ArrayList<>();
        queries.forEach(query -> sorted.addAll(Collections.nCopies(times, query)));
        Collections.sort(sorted);
        return sorted;
    }
}
