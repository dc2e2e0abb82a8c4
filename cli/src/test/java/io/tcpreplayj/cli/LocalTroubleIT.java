package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.AcceptanceLab.Recording;
import io.tcpreplayj.cli.AcceptanceLab.Row;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * AC-19, and a neighbour that moves: the replayer's own machine refuses to send, for a third of a second, and then again for
 * long. The process lives, and no byte is lost. Each row has a network of its own, because what it breaks is everybody's.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class LocalTroubleIT {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int PORT = 7000;
    private static final int REQUEST = 2_500;
    private static final int ANSWER = 1_000;
    private static final int EXCHANGES = 20;
    private static final int AT_A_TIME = 5;
    private static final long LONG_MS = SOAK ? 10_000 : 3_000;
    /**
     * A timer that doubled all along the trouble may run as long again; then come the two seconds of the capture that are left at
     * most, and what a busy machine makes of them.
     */
    private static final long CATCHING_UP_MS = 12_000;

    private static final FlowPcap.Shape SHAPE =
            new FlowPcap.Shape(SOAK ? 1_000 : 100, EXCHANGES, REQUEST, ANSWER, 100_000, 1_000);
    /** Packets of clients when all connections stand and most requests are still to come. */
    private static final long UNDER_WAY = 10L * SHAPE.flows();

    /** What goes wrong on the client's machine, and how it is mended: commands in its namespace. */
    private record Trouble(String name, String transport, int family, String begin, String end) {
        /** By an error; what a full queue has no room for is held back instead, and none of it is lost. */
        boolean refuses() {
            return !name.equals("queue-full");
        }
    }

    /** When a row's trouble was over, by the clock that its report has. */
    private final Map<String, Long> mendedMs = new ConcurrentHashMap<>();

    private final List<AcceptanceLab> labs = new CopyOnWriteArrayList<>();
    private final ExecutorService workers = Executors.newFixedThreadPool(AT_A_TIME);
    private final List<AcceptanceRow> rows = new ArrayList<>();
    private Path directory;
    private Recording recording;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        Privileges.needRootAnd("ip", "ethtool", "nft", "iptables", "tc");
        directory = scratch;
        recording = AcceptanceLab.record(scratch, "all-rows", SHAPE);
        final String queue = "tc qdisc replace dev veth0 root tbf rate 2mbit burst 3200 limit 6400";
        both("queue-full", 6, queue, "tc qdisc delete dev veth0 root");
        // A link that goes down takes its IPv6 addresses with it.
        both("link-down", 4, "ip link set veth0 down", "ip link set veth0 up");
        both("smaller-mtu", 6, "ip link set veth0 mtu 1280", "ip link set veth0 mtu 1500");
        begin(new Trouble(
                "host-unreachable", "raw", 6, "ip route add unreachable SERVER", "ip route delete unreachable SERVER"));
        final String route = "10.91.1.0/24 dev veth0";
        begin(new Trouble("no-route", "raw", 4, "ip route delete " + route, "ip route add " + route));
        final String rule = "OUTPUT -p tcp --dport " + PORT + " -j DROP";
        begin(new Trouble("not-permitted", "raw", 4, "iptables -I " + rule, "iptables -D " + rule));
        begin("R10", row("neighbour-moves-and-says-so", "packet", 4), LocalTroubleIT::allWhole, lab -> {
            // As whoever takes over an address does: a gratuitous ARP (RFC 5227 3).
            in(lab.lab().server(), "echo 1 >/proc/sys/net/ipv4/conf/veth0/arp_notify");
            moveNeighbour(lab);
        });
        begin("R10", row("neighbour-moves-in-silence", "packet", 4), LocalTroubleIT::allWhole, lab -> {
            // Found out by probes, and not after the usual half minute.
            in(
                    lab.lab().client(),
                    "cd /proc/sys/net/ipv4/neigh/veth0 && echo 2000 >base_reachable_time_ms"
                            + " && echo 1 >delay_first_probe_time && ip neigh flush all");
            moveNeighbour(lab);
        });
    }

    @AfterAll
    void stop() throws IOException {
        workers.shutdownNow();
        for (final AcceptanceLab lab : labs) {
            lab.close();
        }
    }

    private void both(final String name, final int rawFamily, final String begin, final String end) {
        begin(new Trouble(name, "packet", 4, begin, end));
        begin(new Trouble(name, "raw", rawFamily, begin, end));
    }

    private void begin(final Trouble trouble) {
        final Row row = row(trouble.name(), trouble.transport(), trouble.family());
        begin("AC-19", row, replayed -> struckAndMended(trouble, replayed), lab -> {
            final String server =
                    trouble.family() == 4 ? lab.lab().serverV4() : lab.lab().serverV6();
            lab.awaitPackets(PORT, UNDER_WAY);
            for (final long ms : new long[] {300, LONG_MS}) {
                in(lab.lab().client(), trouble.begin().replace("SERVER", server));
                TimeUnit.MILLISECONDS.sleep(ms);
                in(lab.lab().client(), trouble.end().replace("SERVER", server));
                mendedMs.put(row.name(), System.currentTimeMillis());
                TimeUnit.MILLISECONDS.sleep(500);
            }
        });
    }

    private void struckAndMended(final Trouble trouble, final Replayed replayed) {
        allWhole(replayed);
        if (trouble.refuses()) {
            assertThat(replayed.number("packets", "sendDropped"))
                    .as("packets that the kernel refused")
                    .isPositive();
        }
        assertThat(replayed.time("endedNs") / 1_000_000
                        - mendedMs.get(replayed.row().name()))
                .as("ms from the repair to the end")
                .isLessThan(LONG_MS + CATCHING_UP_MS);
    }

    private static void moveNeighbour(final AcceptanceLab lab) throws IOException, InterruptedException {
        lab.awaitPackets(PORT, UNDER_WAY);
        in(lab.lab().server(), "ip link set veth0 address 02:00:00:00:00:10");
    }

    private static void in(final Netns netns, final String command) {
        netns.exec("sh", "-c", command).orThrow();
    }

    /** Something that happens to a network in the middle of a replay. */
    @FunctionalInterface
    private interface Event {
        void happensTo(AcceptanceLab lab) throws IOException, InterruptedException;
    }

    private Row row(final String what, final String transport, final int family) {
        final FaultPlan plan = FaultPlan.seeded(AcceptanceLab.SEED);
        return new Row(what + "-" + transport, PORT, recording, plan, family, transport);
    }

    private void begin(final String id, final Row row, final AcceptanceRow.Criterion criterion, final Event event) {
        if (AcceptanceLab.wants(row.name())) {
            rows.add(new AcceptanceRow(id, row, workers.submit(() -> run(row, event)), criterion));
        }
    }

    private Replayed run(final Row row, final Event event) throws IOException, InterruptedException {
        final AcceptanceLab lab = AcceptanceLab.start(
                Files.createDirectory(directory.resolve(row.name())), Map.of(PORT, Manners.good(REQUEST, ANSWER)));
        labs.add(lab);
        return lab.replay(row, pid -> event.happensTo(lab));
    }

    private static void allWhole(final Replayed replayed) {
        assertThat(replayed.someFailures()).isEmpty();
        assertThat(replayed.result().exit()).as(replayed.result().stderr()).isZero();
        assertThat(replayed.number("flows", "replayed")).isEqualTo(replayed.flows());
        assertThat(replayed.number("responses", "matched")).isEqualTo((long) replayed.flows() * EXCHANGES);
    }

    List<AcceptanceRow> rows() {
        return rows;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void noByteIsLost(final AcceptanceRow row) throws Exception {
        row.judge();
    }
}
