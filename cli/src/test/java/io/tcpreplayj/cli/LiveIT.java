package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code live} beside a real nginx that answers real clients: what it records, and what it says when something goes wrong. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LiveIT {
    private static final int PORT = 8080;
    private static final int CONNECTIONS = 200;
    /** So many begin without filling a small ring, on a busy machine too. */
    private static final int FEW = 20;

    private static final int ROUNDS = 3;
    private static final String FILTER = "tcp port " + PORT;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    /** Two sockets read the clock for the same packet one behind the other, and a busy machine may come between them. */
    private static final long SKEW_NS = 20_000_000;

    private Path directory;
    private Lab lab;
    private Nginx nginx;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "ethtool", "tcpdump", "curl", "kill", "setpriv", "bash", "ss");
        lab = Lab.pair();
        // Behind a bridge, so that the server's host sees each packet on two interfaces.
        Netns.connect(lab.client(), "veth5", lab.server(), "veth5");
        lab.server().exec("ip", "link", "add", "br5", "type", "bridge").orThrow();
        lab.server().exec("ip", "link", "set", "br5", "up").orThrow();
        lab.server().exec("ip", "link", "set", "veth5", "master", "br5").orThrow();
        lab.client().address("veth5", "10.91.5.1/24");
        lab.server().address("br5", "10.91.5.2/24");
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

    /** Where packets are captured, and what they look like there. */
    private enum Place {
        /** As on a wire. */
        VETH("veth0", "10.91.1.2", false),
        /** Super-segments and checksums that nobody has computed yet. */
        OFFLOADED("veth0", "10.91.1.2", true),
        /** Twice each, on a bridge and on its port, behind headers that are no Ethernet's. */
        ANY("any", "10.91.5.2", true),
        /** Twice each, as sent and as received. */
        LOOPBACK("lo", "127.0.0.1", true);

        final String device;
        final String server;
        final boolean offloads;

        Place(final String device, final String server, final boolean offloads) {
            this.device = device;
            this.server = server;
            this.offloads = offloads;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "VETH, ring", "OFFLOADED, ring", "ANY, ring", "LOOPBACK, ring",
        "VETH, pcap", "OFFLOADED, pcap", "ANY, pcap", "LOOPBACK, pcap"
    })
    void recordsWhatAnIndexOfTcpdumpsCaptureHolds(final Place place, final String how) throws Exception {
        final String offloads = place.offloads ? "on" : "off";
        for (final Netns host : List.of(lab.client(), lab.server())) {
            host.exec("ethtool", "-K", "veth0", "tx", offloads, "sg", offloads, "tso", offloads, "gso", offloads)
                    .orThrow();
        }
        final String name = place + "-" + how;
        final Path capture = directory.resolve(name + ".pcap");
        final Process tcpdump = tcpdump(place.device, capture);
        final LiveProcess.Summary summary;
        final int answered;
        try (LiveProcess live = LiveProcess.start(
                lab.server(), directory.resolve(name + ".tfdb"), "-i", place.device, "--capture", how, FILTER)) {
            final Netns clients = place == Place.LOOPBACK ? lab.server() : lab.client();
            try (Crowd crowd = Crowd.open(clients, place.server, PORT, CONNECTIONS)) {
                for (int round = 0; round < ROUNDS; round++) {
                    crowd.ask();
                    // Packets that nobody asked for.
                    lab.client()
                            .exec("bash", "-c", "echo x >/dev/udp/" + lab.serverV4() + "/" + PORT)
                            .orThrow();
                }
                answered = crowd.requests();
            }
            assertThat(Eventually.holds(PATIENCE, () -> closed(place.server))).isTrue();
            summary = live.end("TERM");
            assertThat(summary.exit()).as(live.said()).isEqualTo(143);
        }
        // It throws away what it has not read yet when it is told to end. A file header, packets' headers, packets.
        final long size = 24 + 16 * summary.number("packets", "read") + summary.number("bytes");
        assertThat(Eventually.holds(PATIENCE, () -> Files.size(capture) >= size))
                .as("%d bytes of %d", Files.size(capture), size)
                .isTrue();
        tcpdump.destroy();
        assertThat(tcpdump.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        final Path indexed = directory.resolve(name + "-indexed.tfdb");
        final Run index = new Run().main("index", "--json", "--db", indexed, capture);
        assertThat(index.exit()).as(index.err()).isZero();
        final List<RecordedFlow> recorded = RecordedFlow.all(directory.resolve(name + ".tfdb"));
        final List<RecordedFlow> wanted = RecordedFlow.all(indexed);
        assertThat(recorded).hasSize(CONNECTIONS);
        for (int i = 0; i < CONNECTIONS; i++) {
            assertThat(text(recorded.get(i), place)).isEqualTo(text(wanted.get(i), place));
        }
        assertThat(RecordedFlow.skewNs(recorded, wanted)).isLessThan(SKEW_NS);

        assertThat(summary.json()).containsEntry("capture", how);
        assertThat(summary.number("kernel", "dropped")).isZero();
        assertThat(summary.number("kernel", "passed"))
                .as("only what the expression selects, and all of it")
                .isEqualTo(summary.number("packets", "read"))
                .isEqualTo(summary.number("packets", "indexed"));
        assertThat(index.out()).contains("\"read\":" + summary.number("packets", "read") + ",");
        assertThat(summary.number("flows", "replayable")).isEqualTo(CONNECTIONS);
        assertThat(requests(directory.resolve(name + ".tfdb"))).isEqualTo(answered);
        assertThat(new Run().main("verify", directory.resolve(name + ".tfdb")).exit())
                .isZero();
    }

    /** What is a copy is told by the time since the first one, and two processors hand packets to two sockets by turns. */
    private static String text(final RecordedFlow flow, final Place place) {
        return place == Place.ANY ? flow.text().replaceAll("duplicatePackets=\\d+, ", "") : flow.text();
    }

    private Process tcpdump(final String device, final Path capture) throws IOException, InterruptedException {
        final Path said = directory.resolve(capture.getFileName() + ".err");
        final Process tcpdump = Exec.start(
                null,
                Map.of(),
                lab.server()
                        .inside(
                                "tcpdump",
                                "-i",
                                device,
                                "-U",
                                "-B",
                                "65536",
                                "-Z",
                                "root",
                                "--time-stamp-precision=nano",
                                "-w",
                                capture.toString(),
                                FILTER),
                directory.resolve("tcpdump.out"),
                said);
        assertThat(Eventually.holds(PATIENCE, () -> Files.readString(said).contains("listening on")))
                .isTrue();
        return tcpdump;
    }

    /** Whether the server's last FINs are acknowledged. */
    private boolean closed(final String server) {
        return lab.server()
                .exec("sh", "-c", "ss -Htan src " + server + ":" + PORT + " | grep -Ev '^(LISTEN|TIME-WAIT)'")
                .stdout()
                .isBlank();
    }

    private static long requests(final Path database) throws IOException {
        final Run run = new Run().main("flows", database, "--json");
        long requests = 0;
        for (final String line : run.out().lines().toList()) {
            requests += Long.parseLong(line.replaceFirst(".*\"requests\":(\\d+).*", "$1"));
        }
        return requests;
    }

    @Test
    void closedFlowsAreThereMeanwhile_andThoseThatWereOpenBeforeAreToldApart() throws Exception {
        try (Crowd before = Crowd.open(lab.client(), lab.serverV4(), PORT, 1);
                LiveProcess live = LiveProcess.start(
                        lab.server(), directory.resolve("meanwhile.tfdb"), "-i", "veth0", "--port", "8080")) {
            before.ask();
            lab.client()
                    .exec("curl", "-sf", "-o", "/dev/null", "http://" + lab.serverV4() + ":" + PORT + "/page1.html")
                    .orThrow();
            assertThat(Eventually.holds(PATIENCE, () -> count(live.database()) == 1))
                    .as(live.said())
                    .isTrue();
            live.signal("USR1");
            live.says("0 dropped by the kernel; 1 flow written, 0 waiting, 1 replayable, 1 open");
            live.signal("HUP");
            live.says("nothing to reload");
            final LiveProcess.Summary summary = live.end("TERM");
            assertThat(summary.exit()).isEqualTo(143);
            assertThat(summary.number("flows", "found")).isEqualTo(2);
            assertThat(summary.number("flows", "notReplayable", "midstream")).isEqualTo(1);
            assertThat(summary.json()).containsEntry("ended", "signal").containsEntry("interface", "veth0");
            assertThat(new Run().main("flows", live.database(), "--json").out())
                    .contains("\"capture\":\"live:veth0\"", "\"midstream\":true");
        }
    }

    private static int count(final Path database) {
        final Run run = new Run().main("flows", database, "--count", "-q");
        return run.exit() == 0 ? Integer.parseInt(run.out().strip()) : 0;
    }

    @Test
    void filterFile_isReadAgainAtSighup_andOneThatIsWrongChangesNothing_whileCountersAreWritten() throws Exception {
        final Path filter = directory.resolve("live.filter");
        final Path metrics = directory.resolve("live.prom");
        Files.writeString(filter, "# Nobody is there.\ntcp port 9\n");
        try (LiveProcess live = LiveProcess.start(
                lab.server(),
                directory.resolve("reload.tfdb"),
                "-i",
                "veth0",
                "--filter-file",
                filter.toString(),
                "--metrics",
                metrics.toString())) {
            getPage();
            Files.writeString(filter, "tcp # or udp\n  port " + PORT + "\n");
            live.signal("HUP");
            live.says("captures from now on: " + FILTER);
            getPage();
            Files.writeString(filter, "tcp prot 80\n");
            live.signal("HUP");
            live.says("the filter stays as it was, for that in " + filter + " is refused: ");
            getPage();
            Files.delete(filter);
            live.signal("HUP");
            live.says("is refused: cannot read the filter");
            final LiveProcess.Summary summary = live.end("TERM");
            assertThat(summary.exit()).as(live.said()).isEqualTo(143);
            assertThat(summary.number("flows", "found")).isEqualTo(2);
            final Map<String, Double> counters = Prometheus.parse(Files.readString(metrics));
            assertThat(counters.get("tcpreplayj_live_read_packets_total"))
                    .isEqualTo((double) summary.number("packets", "read"))
                    .isEqualTo(sum(counters, "tcpreplayj_live_indexed_packets_total", "skipped_packets_total{"));
            assertThat(counters.get("tcpreplayj_live_waiting_flows")).isZero();
            assertThat(counters.get("tcpreplayj_live_written_flows_total"))
                    .isEqualTo(2)
                    .isEqualTo(counters.get("tcpreplayj_live_begun_flows_total"))
                    .isEqualTo(sum(counters, "tcpreplayj_live_replayable_flows_total", "not_replayable_flows_total{"));
            assertThat(directory.resolve("live.prom.tmp")).doesNotExist();
        }
    }

    private void getPage() {
        lab.client()
                .exec("curl", "-sf", "-o", "/dev/null", "http://" + lab.serverV4() + ":" + PORT + "/page1.html")
                .orThrow();
    }

    private static double sum(final Map<String, Double> counters, final String one, final String others) {
        return counters.get(one)
                + counters.entrySet().stream()
                        .filter(counter -> counter.getKey().startsWith("tcpreplayj_live_" + others))
                        .mapToDouble(Map.Entry::getValue)
                        .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "pcap", "raw"})
    void readerThatIsHeldUp_losesPackets_andSaysSo(final String how) throws Exception {
        try (LiveProcess live = LiveProcess.start(
                        lab.server(),
                        directory.resolve("full-" + how + ".tfdb"),
                        "-i",
                        "veth0",
                        "--capture",
                        how,
                        "--ring-bytes",
                        "1m",
                        "--duration",
                        "6s",
                        FILTER);
                Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, FEW)) {
            // Only what it knows from its beginning can have a hole.
            assertThat(Eventually.holds(Duration.ofSeconds(3), () -> {
                        live.signal("USR1");
                        return live.said().matches("(?s).*, [1-9]\\d* open.*");
                    }))
                    .as(live.said())
                    .isTrue();
            live.signal("STOP");
            // Of requests alone more find room.
            for (int round = 0; round < (how.equals("raw") ? 120 : 20); round++) {
                crowd.ask();
            }
            live.signal("CONT");
            live.says("the kernel dropped");
            // A hole shows by what is behind it.
            live.readsAll();
            crowd.ask();
            final LiveProcess.Summary summary = live.summary();
            assertThat(summary.exit()).as(live.said()).isEqualTo(8);
            assertThat(live.said()).contains("the kernel dropped", "hint: capture less", "--ring-bytes");
            assertThat(summary.number("kernel", "dropped")).isPositive();
            assertThat(summary.number("kernel", "passed"))
                    .isEqualTo(summary.number("packets", "read") + summary.number("kernel", "dropped"));
            assertThat(new Run().main("flows", live.database(), "--json").out())
                    .as("a hole")
                    .containsPattern("\"(client|server)GapBytes\":[1-9]");
        }
    }

    @Test
    void databasesFollowOneAnother_andOldOnesGo_butNoneThatIsOpen() throws Exception {
        final Path folder = Files.createDirectory(directory.resolve("rotated"));
        // One that another process writes, and one that somebody else named.
        final Path others = Files.createFile(folder.resolve("shop-20200101T000000.000Z.tfdb"));
        Files.createFile(folder.resolve("shop-20200101T000000.000Z.tfdb.lock"));
        final Path mine = Files.createFile(folder.resolve("shop-mine.tfdb"));
        try (LiveProcess live = LiveProcess.start(
                        lab.server(),
                        folder.resolve("shop.tfdb"),
                        "-i",
                        "veth0",
                        "--rotate-every",
                        "1ms",
                        "--keep-size",
                        "1000",
                        FILTER);
                Crowd open = Crowd.open(lab.client(), lab.serverV4(), PORT, 1)) {
            for (int request = 1; request <= 2; request++) {
                lab.client()
                        .exec("curl", "-sf", "-o", "/dev/null", "http://" + lab.serverV4() + ":" + PORT + "/page1.html")
                        .orThrow();
                final String written = Human.count(request, "flow") + " written";
                assertThat(Eventually.holds(PATIENCE, () -> {
                            live.signal("USR1");
                            return live.said().contains(written);
                        }))
                        .as(live.said())
                        .isTrue();
            }
            open.ask();
            final LiveProcess.Summary summary = live.end("TERM");
            assertThat(summary.exit()).as(live.said()).isEqualTo(143);
            final Path last = Path.of(String.valueOf(summary.json().get("database")));
            // The second commit may be the last one, behind which nothing begins.
            final long before = summary.number("databasesBefore");
            assertThat(before).isBetween(1L, 2L);
            final List<Path> closed = stamped(folder, others, last);
            assertThat(closed.size()).isEqualTo(before - summary.number("databasesDeleted"));
            assertThat(closed.stream().mapToLong(file -> file.toFile().length()).sum())
                    .isLessThanOrEqualTo(1000);
            assertThat(summary.number("flows", "found")).isEqualTo(3);
            assertThat(new Run().main("flows", last, "--count").out().strip()).isEqualTo(Long.toString(3 - before));
            assertThat(new Run().main("verify", last).exit()).isZero();
            assertThat(others).exists();
            assertThat(mine).exists();
        }
    }

    /** Those that have a time in their names, but for these. */
    private static List<Path> stamped(final Path folder, final Path... without) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith("Z.tfdb"))
                    .filter(file -> !List.of(without).contains(file))
                    .toList();
        }
    }

    @Test
    void readerThatIsBehind_givesUpFlowsThatBegin_whole() throws Exception {
        try (LiveProcess live = LiveProcess.start(
                lab.server(), directory.resolve("behind.tfdb"), "-i", "veth0", "--ring-bytes", "8m", FILTER)) {
            live.signal("STOP");
            try (Crowd crowd = Crowd.open(lab.client(), lab.serverV4(), PORT, CONNECTIONS)) {
                for (int round = 0; round < 7; round++) {
                    crowd.ask();
                }
                live.signal("CONT");
                final LiveProcess.Summary summary = live.end("TERM");
                final long shed = summary.number("flowsShed");
                assertThat(shed).as("the ring was more than half full").isBetween(1L, (long) CONNECTIONS);
                assertThat(summary.number("flows", "found")).isEqualTo(CONNECTIONS - shed);
                assertThat(summary.number("packets", "skipped", "shed"))
                        .as("handshake and requests")
                        .isGreaterThan(3 * shed);
                assertThat(new Run()
                                .main("flows", live.database(), "--count", "--where", "handshake == full")
                                .out()
                                .strip())
                        .isEqualTo(Long.toString(CONNECTIONS - shed));
            }
        }
    }

    @Test
    void sample_isOfClients_eachWithAllItsFlows_asOfReplay() throws Exception {
        for (int host = 20; host < 40; host++) {
            lab.client().address("veth0", "10.91.1." + host + "/24");
        }
        try (LiveProcess all = LiveProcess.start(
                        lab.server(), directory.resolve("all.tfdb"), "-i", "veth0", "--port", "8080");
                LiveProcess some = LiveProcess.start(
                        lab.server(),
                        directory.resolve("some.tfdb"),
                        "-i",
                        "veth0",
                        "--port",
                        "8080",
                        "--sample",
                        "50%")) {
            for (int host = 20; host < 40; host++) {
                final String[] curl = {"curl", "-sf", "--interface", "10.91.1." + host, "-o", "/dev/null"};
                final List<String> line = new ArrayList<>(List.of(curl));
                line.add("http://" + lab.serverV4() + ":" + PORT + "/page1.html");
                lab.client().exec(line.toArray(String[]::new)).orThrow();
            }
            assertThat(Eventually.holds(PATIENCE, () -> count(all.database()) == 20))
                    .isTrue();
            assertThat(all.end("TERM").exit()).isEqualTo(143);
            assertThat(some.end("TERM").exit()).isEqualTo(143);
            final String sampled = clients(all.database(), "--sample", "50%");
            assertThat(sampled.lines().count()).isBetween(4L, 16L);
            assertThat(clients(some.database())).isEqualTo(sampled);
        }
    }

    private static String clients(final Path database, final String... more) {
        final List<Object> words = new ArrayList<>(List.of("flows", database, "--json", "--fields", "client,requests"));
        words.addAll(List.of(more));
        return new Run().main(words.toArray()).out();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "pcap", "raw"})
    void interfaceThatGoesDownAndAway_isNamed_andItsFlowsAreKept(final String how) throws Exception {
        lab.server()
                .exec("ip", "link", "add", "spare0", "type", "veth", "peer", "name", "spare1")
                .orThrow();
        lab.server().exec("ip", "link", "set", "spare0", "up").orThrow();
        lab.server().exec("ip", "link", "set", "spare1", "up").orThrow();
        try (LiveProcess live = LiveProcess.start(
                lab.server(),
                directory.resolve("away-" + how + ".tfdb"),
                "-i",
                "spare0",
                "--capture",
                how,
                how.equals("raw") ? "--head=256" : "--promiscuous",
                "udp")) {
            assertThat(promiscuity()).isEqualTo(how.equals("raw") ? "promiscuity 0" : "promiscuity 1");
            lab.server().exec("ip", "link", "set", "spare0", "down").orThrow();
            live.says("spare0 went down; its packets are captured again when it is up");
            lab.server().exec("ip", "link", "set", "spare0", "up").orThrow();
            // The kernel takes up the carrier some time after the interface; what is sent before is lost.
            assertThat(Eventually.holds(PATIENCE, () -> {
                        lab.server().exec("bash", "-c", "echo x >/dev/udp/ff02::1%spare1/9");
                        live.signal("USR1");
                        return live.said().matches("(?s).*spare0: [1-9]\\d* packets? read.*");
                    }))
                    .as(live.said())
                    .isTrue();
            lab.server().exec("ip", "link", "delete", "spare0").orThrow();
            live.says("spare0 is gone; what came of it is kept\nhint: see the interfaces with: ip -brief link");
            final LiveProcess.Summary summary = live.summary();
            assertThat(summary.exit()).isEqualTo(8);
            assertThat(summary.json()).containsEntry("ended", "interface");
            assertThat(summary.number("packets", "read")).isPositive();
            assertThat(new Run().main("verify", live.database()).exit()).isZero();
        }
    }

    private String promiscuity() {
        final String link =
                lab.server().exec("ip", "-d", "link", "show", "spare0").stdout();
        return link.replaceFirst("(?s).*(promiscuity \\d+).*", "$1");
    }

    /** The kernel takes 4,096 instructions (BPF_MAXINSNS). */
    @ParameterizedTest
    @ValueSource(strings = {"ring", "pcap", "raw"})
    void filterThatTheKernelDoesNotTake_isTheMistake_notTheWayOfCapturing(final String how) {
        final String bytes = IntStream.range(0, 2500)
                .mapToObj(at -> "ip[" + at + "] = " + at % 251)
                .collect(Collectors.joining(" or "));
        final List<String> line = new ArrayList<>(Commands.java());
        line.addAll(List.of("io.tcpreplayj.cli.Main", "live", "-i", "veth0", "--capture", how));
        line.addAll(List.of("--record", directory.resolve("long.tfdb").toString(), bytes));
        final Exec.Result result = lab.server().exec(line.toArray(String[]::new));
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr())
                .startsWith("tcpreplay-j: the kernel does not take the filter for veth0: setsockopt(SO_ATTACH_FILTER)")
                .contains("\nhint: give a shorter expression");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "pcap", "raw"})
    void withoutPrivilege_theCureIsNamed(final String how) {
        final List<String> line = new ArrayList<>(List.of("setpriv", "--inh-caps=-net_raw", "--bounding-set=-net_raw"));
        line.addAll(Commands.java());
        line.addAll(List.of("io.tcpreplayj.cli.Main", "live", "-i", "veth0", "--capture", how));
        line.addAll(List.of("--record", directory.resolve("none.tfdb").toString()));
        final Exec.Result result = lab.server().exec(line.toArray(String[]::new));
        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.stderr())
                .startsWith("tcpreplay-j: capturing on veth0 needs CAP_NET_RAW\nhint: run as root, or: sudo setpriv ");
        assertThat(directory.resolve("none.tfdb")).doesNotExist();
    }
}
