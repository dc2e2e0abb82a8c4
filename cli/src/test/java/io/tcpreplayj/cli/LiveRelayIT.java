package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code live --forward} on two production hosts, {@code live --listen} on a third: what clients ask the two arrives at one
 * target, over a network of their own that is cut meanwhile.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class LiveRelayIT {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int PORT = 8080;
    private static final int CONNECTIONS = 40;
    /** At full size longer than either end waits for a word. */
    private static final int CUT_ROUNDS = SOAK ? 31 : 2;

    private static final long CUT_MS = 1_000;
    private static final Duration PATIENCE = Duration.ofSeconds(SOAK ? 60 : 20);

    /** As in {@link LiveIT}. */
    private static final long SKEW_NS = 20_000_000;

    /** Hosts by their last number on the network of the clients, 10.92.1, and of the relay, 10.92.2. */
    private final Map<String, Integer> numbers = new LinkedHashMap<>();

    private final Map<String, Netns> hosts = new LinkedHashMap<>();
    private final Map<String, Nginx> servers = new LinkedHashMap<>();
    private Path directory;
    private Netns plug;
    private int sources;
    private String keys;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "ethtool", "tcpdump", "kill", "ss");
        plug = Netns.create("plug");
        for (final String bridge : List.of("br1", "br2")) {
            plug.exec("ip", "link", "add", bridge, "type", "bridge").orThrow();
            plug.exec("ip", "link", "set", bridge, "up").orThrow();
        }
        for (final String name : List.of("client", "web1", "web2", "replay", "target")) {
            final int number = numbers.size() + 1;
            final Netns host = Netns.create(name);
            numbers.put(name, number);
            hosts.put(name, host);
            for (int network = 1; network <= 2; network++) {
                final String port = "port" + network + number;
                Netns.connect(host, "eth" + network, plug, port);
                plug.exec("ip", "link", "set", port, "master", "br" + network).orThrow();
                host.address("eth" + network, address(name, network) + "/24");
            }
        }
        for (final String name : List.of("web1", "web2", "target")) {
            servers.put(name, Nginx.small(hosts.get(name), directory.resolve(name), PORT));
            // Or their answers would differ.
            try (Stream<Path> pages = Files.list(directory.resolve(name).resolve("www"))) {
                for (final Path page : pages.toList()) {
                    Files.setLastModifiedTime(page, FileTime.from(Instant.EPOCH));
                }
            }
        }
        keys = directory.resolve("lab.p12").toString();
        AnyKeys.writeTo(Path.of(keys));
    }

    @AfterAll
    void stop() {
        servers.values().forEach(Nginx::close);
        hosts.values().forEach(Netns::close);
        if (plug != null) {
            plug.close();
        }
    }

    private String address(final String host, final int network) {
        return "10.92." + network + "." + numbers.get(host);
    }

    private LiveProcess listener(final String name, final int port, final String... more)
            throws IOException, InterruptedException {
        final Path database = directory.resolve(name + ".tfdb");
        final List<String> words = new ArrayList<>(List.of("--listen", address("replay", 2) + ":" + port));
        words.addAll(List.of("--keys", keys, "--record", database.toString()));
        words.addAll(List.of(more));
        final LiveProcess listener = LiveProcess.launch(hosts.get("replay"), database, words);
        listener.says("listening at");
        return listener;
    }

    /** Returns before it captures. */
    private LiveProcess source(final String host, final String name, final String... more) throws IOException {
        final List<String> words = new ArrayList<>(List.of("-i", "eth1", "--port", String.valueOf(PORT)));
        words.addAll(List.of("--keys", keys, "--name", name, "--spool", directory.toString()));
        words.addAll(List.of("--forward", address("replay", 2)));
        words.addAll(List.of(more));
        return LiveProcess.launch(hosts.get(host), directory.resolve("source" + ++sources), words);
    }

    @Test
    void twoHosts_oneTarget_andNothingIsLostWhileTheLineIsCut() throws Exception {
        final Process first = tcpdump("web1");
        final Process second = tcpdump("web2");
        final LiveProcess.Summary summary;
        final int[] before = {
            requests("web1").size(), requests("web2").size(), requests("target").size()
        };
        final Path forwarded = directory.resolve("forward.prom");
        final Path listened = directory.resolve("listen.prom");
        try (LiveProcess listener = listener(
                        "both",
                        36524,
                        "--sources",
                        "2",
                        "--metrics",
                        listened.toString(),
                        "--target",
                        address("target", 1) + ":" + PORT);
                LiveProcess web1 = source("web1", "web1", "--metrics", forwarded.toString());
                LiveProcess web2 = source("web2", "web 2/eth1")) {
            web1.says("capturing on");
            web2.says("capturing on");
            try (Crowd one = Crowd.open(hosts.get("client"), address("web1", 1), PORT, CONNECTIONS);
                    Crowd two = Crowd.open(hosts.get("client"), address("web2", 1), PORT, CONNECTIONS)) {
                one.ask();
                two.ask();
                awaitAtTarget(before[2] + 2 * CONNECTIONS, listener);
                plug.exec("ip", "link", "set", "port2" + numbers.get("replay"), "down")
                        .orThrow();
                for (int round = 0; round < CUT_ROUNDS; round++) {
                    one.ask();
                    two.ask();
                    TimeUnit.MILLISECONDS.sleep(CUT_MS);
                }
                if (SOAK) {
                    web1.says("is away (nothing came for 5 s); its packets are spooled");
                }
                assertThat(requests("target")).as("cut").hasSize(before[2] + 2 * CONNECTIONS);
                plug.exec("ip", "link", "set", "port2" + numbers.get("replay"), "up")
                        .orThrow();
                one.ask();
                two.ask();
                awaitAtTarget(before[2] + (2 + CUT_ROUNDS) * 2 * CONNECTIONS, listener);
            }
            assertThat(Eventually.holds(PATIENCE, () -> closed("web1") && closed("web2")))
                    .isTrue();
            for (final LiveProcess source : List.of(web1, web2)) {
                final LiveProcess.Summary sent = source.end("TERM");
                assertThat(sent.exit()).as(source.said()).isEqualTo(143);
                assertThat(sent.number("packets", "selected"))
                        .isEqualTo(receiver(sent, 0, "taken"))
                        .isEqualTo(sent.number("kernel", "passed"));
            }
            final Map<String, Double> counted = Prometheus.parse(Files.readString(forwarded));
            assertThat(counted)
                    .containsEntry(
                            "tcpreplayj_live_taken_packets_total{receiver=\"" + address("replay", 2) + ":36524\"}",
                            counted.get("tcpreplayj_live_read_packets_total"))
                    .containsEntry("tcpreplayj_live_away{receiver=\"" + address("replay", 2) + ":36524\"}", 0.0)
                    .containsEntry("tcpreplayj_live_filtered_packets_total", 0.0);
            summary = listener.summary();
            assertThat(summary.exit()).as(listener.said()).isZero();
            assertThat(summary.json()).containsEntry("ended", "sources");
            final long asked = (2L + CUT_ROUNDS) * 2 * CONNECTIONS;
            assertThat(summary.number("loss", "requestsCaptured")).isEqualTo(asked);
            assertThat(summary.number("loss", "requestsReplayed")).isEqualTo(asked);
            assertThat(summary.number("loss", "packetsCaptured"))
                    .isEqualTo(summary.number("loss", "packetsReceived"))
                    .isPositive();
            assertThat(summary.number("replay", "responses", "matched")).isEqualTo(asked);
            assertThat(Prometheus.parse(Files.readString(listened)))
                    .containsEntry(
                            "tcpreplayj_live_sent_packets_total{source=\"web1\"}",
                            ((Number) source(summary, "web1").get("received")).doubleValue())
                    .containsEntry("tcpreplayj_live_here{source=\"web 2/eth1\"}", 0.0)
                    .containsEntry("tcpreplayj_live_answered_requests_total", (double) asked);
        }
        final List<AccessLog.Entry> production = new ArrayList<>(since("web1", before[0]));
        final List<String> wanted = new ArrayList<>(byConnection(production));
        wanted.addAll(byConnection(since("web2", before[1])));
        assertThat(byConnection(since("target", before[2])))
                .isEqualTo(wanted.stream().sorted().toList());
        assertSameAsTcpdump(first, "web1", source(summary, "web1"));
        assertSameAsTcpdump(second, "web2", source(summary, "web 2/eth1"));
    }

    @Test
    void sameTrafficTwice_isTwiceTheLoad_andAlsoGoesElsewhere() throws Exception {
        final int before = requests("target").size();
        try (LiveProcess listener = listener(
                        "twice",
                        36524,
                        "--sources",
                        "2",
                        "--copies",
                        "2",
                        "--target",
                        address("target", 1) + ":" + PORT);
                LiveProcess elsewhere =
                        listener("elsewhere", 36525, "--sources", "1", "--target", address("target", 1) + ":" + PORT);
                LiveProcess one = source("web1", "web1", "--also", address("replay", 2) + ":36525");
                LiveProcess two = source("web1", "web1")) {
            one.says("capturing on");
            two.says("capturing on");
            try (Crowd crowd = Crowd.open(hosts.get("client"), address("web1", 1), PORT, CONNECTIONS)) {
                crowd.ask();
                awaitAtTarget(before + 5 * CONNECTIONS, listener);
            }
            // Both have seen the same only when there is nothing more to see.
            assertThat(Eventually.holds(PATIENCE, () -> closed("web1"))).isTrue();
            for (final LiveProcess source : List.of(one, two)) {
                final LiveProcess.Summary sent = source.end("INT");
                assertThat(sent.exit()).as(source.said()).isEqualTo(130);
                assertThat(receiver(sent, 0, "taken")).isEqualTo(sent.number("packets", "selected"));
                if (source == one) {
                    assertThat(receiver(sent, 1, "taken")).isEqualTo(sent.number("packets", "selected"));
                }
            }
            final LiveProcess.Summary summary = listener.summary();
            assertThat(summary.exit()).as(listener.said()).isZero();
            assertThat(summary.number("loss", "requestsReplayed")).isEqualTo(4L * CONNECTIONS);
            assertThat(summary.number("replay", "sessions")).isEqualTo(4L * CONNECTIONS);
            final LiveProcess.Summary other = elsewhere.summary();
            assertThat(other.exit()).as(elsewhere.said()).isZero();
            assertThat(other.number("loss", "packetsReceived") * 2)
                    .isEqualTo(summary.number("loss", "packetsReceived"));
            assertThat(other.number("loss", "requestsReplayed")).isEqualTo(CONNECTIONS);
            assertThat(other.number("replay", "sessions")).isEqualTo(CONNECTIONS);
            assertThat(other.number("replay", "responses", "matched")).isEqualTo(CONNECTIONS);
        }
        assertThat(requests("target")).hasSize(before + 5 * CONNECTIONS);
        // By one name, at the same time: the second one has a database of its own.
        final List<String> databases = List.of("twice-web1", "twice-web1-2", "elsewhere-web1");
        for (final String database : databases) {
            assertThat(RecordedFlow.all(directory.resolve(database + ".tfdb")))
                    .as(database)
                    .hasSize(CONNECTIONS);
        }
    }

    @Test
    void listenerThatWasStartedAnew_goesOnInTheSameDatabase_andNothingIsLostOrThereTwice() throws Exception {
        final int before = requests("target").size();
        final String[] target = {"--sources", "1", "--target", address("target", 1) + ":" + PORT};
        try (LiveProcess listener = listener("anew", 36524, target);
                LiveProcess source = source("web1", "anew")) {
            source.says("capturing on");
            final LiveProcess.Summary first;
            try (Crowd crowd = Crowd.open(hosts.get("client"), address("web1", 1), PORT, CONNECTIONS)) {
                crowd.ask();
                awaitAtTarget(before + CONNECTIONS, listener);
                first = listener.end("TERM");
                assertThat(first.exit()).isEqualTo(143);
                source.says("is away");
                crowd.ask();
            }
            try (LiveProcess again = listener("anew", 36524, target)) {
                source.says("is there again");
                try (Crowd crowd = Crowd.open(hosts.get("client"), address("web1", 1), PORT, CONNECTIONS)) {
                    crowd.ask();
                    awaitAtTarget(before + 2 * CONNECTIONS, again);
                }
                assertThat(Eventually.holds(PATIENCE, () -> closed("web1"))).isTrue();
                final LiveProcess.Summary sent = source.end("INT");
                final LiveProcess.Summary second = again.summary();
                assertThat(second.exit()).as(again.said()).isZero();
                final Map<?, ?> one = source(first, "anew");
                final Map<?, ?> two = source(second, "anew");
                assertThat(two.get("database")).isEqualTo(one.get("database"));
                assertThat(number(one, "received") + number(two, "received"))
                        .isEqualTo(sent.number("packets", "selected"))
                        .isEqualTo(receiver(sent, 0, "taken"));
                assertThat(number(two, "missing")).isZero();
            }
        }
        assertThat(directory.resolve("anew-anew-2.tfdb")).doesNotExist();
        // Those that were open meanwhile are there in two parts; the others whole, each once.
        final List<RecordedFlow> recorded = RecordedFlow.all(directory.resolve("anew-anew.tfdb"));
        assertThat(recorded).hasSize(3 * CONNECTIONS);
        assertThat(new Run().main("verify", directory.resolve("anew-anew.tfdb")).exit())
                .isZero();
    }

    @Test
    void sighup_endsNobody_andOneThatForwardsReadsItsFilterAgain() throws Exception {
        final Path filter = directory.resolve("forward.filter");
        Files.writeString(filter, "# Nobody is there.\ntcp port 9\n");
        try (LiveProcess listener = listener("reloaded", 36524, "--sources", "2");
                LiveProcess reloading = source("web1", "reloading", "--filter-file", filter.toString());
                LiveProcess other = source("web2", "other")) {
            for (final LiveProcess source : List.of(reloading, other)) {
                source.says("capturing on");
            }
            for (final LiveProcess live : List.of(listener, other)) {
                live.signal("HUP");
                live.says("nothing to reload");
            }
            askOnce("web1");
            Files.writeString(filter, "tcp port " + PORT + "\n");
            reloading.signal("HUP");
            reloading.says("captures from now on: tcp port " + PORT);
            askOnce("web1");
            for (final LiveProcess source : List.of(reloading, other)) {
                assertThat(source.end("INT").exit()).as(source.said()).isEqualTo(130);
            }
            final LiveProcess.Summary summary = listener.summary();
            assertThat(summary.exit()).as(listener.said()).isZero();
            assertThat(summary.number("loss", "requestsCaptured")).isEqualTo(CONNECTIONS);
        }
    }

    /** On connections that are over when it returns. */
    private void askOnce(final String host) throws Exception {
        try (Crowd crowd = Crowd.open(hosts.get("client"), address(host, 1), PORT, CONNECTIONS)) {
            crowd.ask();
        }
        assertThat(Eventually.holds(PATIENCE, () -> closed(host))).isTrue();
    }

    private static long receiver(final LiveProcess.Summary summary, final int index, final String name) {
        final Map<?, ?> receiver = (Map<?, ?>) ((List<?>) summary.json().get("receivers")).get(index);
        return ((Number) receiver.get(name)).longValue();
    }

    private static long number(final Map<?, ?> source, final String name) {
        return ((Number) source.get(name)).longValue();
    }

    private List<AccessLog.Entry> requests(final String host) {
        return servers.get(host).requests();
    }

    private List<AccessLog.Entry> since(final String host, final int before) {
        final List<AccessLog.Entry> all = requests(host);
        return all.subList(before, all.size());
    }

    private void awaitAtTarget(final int count, final LiveProcess listener) throws IOException, InterruptedException {
        assertThat(Eventually.holds(PATIENCE, () -> requests("target").size() == count))
                .as("%d of %d have arrived: %s", requests("target").size(), count, listener.said())
                .isTrue();
    }

    /** What was asked on each connection, in its order. */
    private static List<String> byConnection(final List<AccessLog.Entry> entries) {
        final Map<Long, String> asked = entries.stream()
                .collect(Collectors.groupingBy(
                        AccessLog.Entry::connection,
                        Collectors.mapping(AccessLog.Entry::request, Collectors.joining(", "))));
        return asked.values().stream().sorted().toList();
    }

    private boolean closed(final String host) {
        return hosts.get(host)
                .exec("sh", "-c", "ss -Htan src " + address(host, 1) + ":" + PORT + " | grep -Ev '^(LISTEN|TIME-WAIT)'")
                .stdout()
                .isBlank();
    }

    private Process tcpdump(final String host) throws IOException, InterruptedException {
        final Path said = directory.resolve(host + ".pcap.err");
        final List<String> line = hosts.get(host)
                .inside("tcpdump", "-i", "eth1", "-U", "-B", "65536", "-Z", "root", "--time-stamp-precision=nano");
        final List<String> words = new ArrayList<>(line);
        words.addAll(List.of("-w", directory.resolve(host + ".pcap").toString(), "tcp port " + PORT));
        final Process tcpdump = Exec.start(null, Map.of(), words, directory.resolve("tcpdump.out"), said);
        assertThat(Eventually.holds(PATIENCE, () -> Files.readString(said).contains("listening on")))
                .isTrue();
        return tcpdump;
    }

    private static Map<?, ?> source(final LiveProcess.Summary summary, final String name) {
        return ((List<?>) summary.json().get("sources"))
                .stream()
                        .map(source -> (Map<?, ?>) source)
                        .filter(source -> name.equals(source.get("name")))
                        .findFirst()
                        .orElseThrow();
    }

    private void assertSameAsTcpdump(final Process tcpdump, final String host, final Map<?, ?> source)
            throws Exception {
        // As in LiveIT: it throws away what it has not read yet when it is told to end.
        final long size =
                24 + 16 * ((Number) source.get("received")).longValue() + ((Number) source.get("bytes")).longValue();
        final Path capture = directory.resolve(host + ".pcap");
        assertThat(Eventually.holds(PATIENCE, () -> Files.size(capture) >= size))
                .as("%d bytes of %d", Files.size(capture), size)
                .isTrue();
        final Path database = Path.of(String.valueOf(source.get("database")));
        tcpdump.destroy();
        assertThat(tcpdump.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        final Path indexed = directory.resolve(host + "-indexed.tfdb");
        final Run index = new Run().main("index", "--db", indexed, capture);
        assertThat(index.exit()).as(index.err()).isZero();
        final List<RecordedFlow> recorded = RecordedFlow.all(database);
        final List<RecordedFlow> wanted = RecordedFlow.all(indexed);
        assertThat(recorded).hasSize(CONNECTIONS);
        assertThat(recorded.stream().map(RecordedFlow::text).toList())
                .isEqualTo(wanted.stream().map(RecordedFlow::text).toList());
        assertThat(RecordedFlow.skewNs(recorded, wanted)).isLessThan(SKEW_NS);
        assertThat(new Run().main("verify", database).exit()).isZero();
    }
}
