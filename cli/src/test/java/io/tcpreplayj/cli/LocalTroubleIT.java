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
    private static final FlowPcap.Shape SHAPE =
            new FlowPcap.Shape(SOAK ? 1_000 : 100, EXCHANGES, REQUEST, ANSWER, 100_000, 1_000);
    /** Packets of clients when all connections stand and most requests are still to come. */
    private static final long UNDER_WAY = 10L * SHAPE.flows();

    /** What goes wrong on the client's machine, and how it is mended: commands in its namespace. */
    private record Trouble(String name, String transport, String begin, String end) {}

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
        both("queue-full", queue, "tc qdisc delete dev veth0 root");
        both("link-down", "ip link set veth0 down", "ip link set veth0 up");
        both("smaller-mtu", "ip link set veth0 mtu 1280", "ip link set veth0 mtu 1500");
        begin(new Trouble("host-unreachable", "raw", "ip route add unreachable SERVER", "ip route delete SERVER"));
        final String route = "10.91.1.0/24 dev veth0";
        begin(new Trouble("no-route", "raw", "ip route delete " + route, "ip route add " + route));
        final String rule = "OUTPUT -p tcp --dport " + PORT + " -j DROP";
        begin(new Trouble("not-permitted", "raw", "iptables -I " + rule, "iptables -D " + rule));
        begin("R10", "neighbour-moves-and-says-so", "packet", lab -> {
            // As whoever takes over an address does: a gratuitous ARP (RFC 5227 3).
            in(lab.lab().server(), "echo 1 >/proc/sys/net/ipv4/conf/veth0/arp_notify");
            moveNeighbour(lab);
        });
        begin("R10", "neighbour-moves-in-silence", "packet", lab -> {
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

    private void both(final String name, final String begin, final String end) {
        begin(new Trouble(name, "packet", begin, end));
        begin(new Trouble(name, "raw", begin, end));
    }

    private void begin(final Trouble trouble) {
        begin("AC-19", trouble.name(), trouble.transport(), lab -> {
            lab.awaitPackets(PORT, UNDER_WAY);
            for (final long ms : new long[] {300, LONG_MS}) {
                in(
                        lab.lab().client(),
                        trouble.begin().replace("SERVER", lab.lab().serverV4()));
                TimeUnit.MILLISECONDS.sleep(ms);
                in(lab.lab().client(), trouble.end().replace("SERVER", lab.lab().serverV4()));
                TimeUnit.MILLISECONDS.sleep(500);
            }
        });
    }

    private static void moveNeighbour(final AcceptanceLab lab) throws InterruptedException {
        lab.awaitPackets(PORT, UNDER_WAY);
        in(lab.lab().server(), "ip link set veth0 address 02:00:00:00:00:10");
    }

    private static void in(final Netns netns, final String command) {
        netns.exec("sh", "-c", command).orThrow();
    }

    /** Something that happens to a network in the middle of a replay. */
    @FunctionalInterface
    private interface Event {
        void happensTo(AcceptanceLab lab) throws InterruptedException;
    }

    private void begin(final String id, final String what, final String transport, final Event event) {
        final String name = what + "-" + transport;
        if (!AcceptanceLab.wants(name)) {
            return;
        }
        final Row row = new Row(name, PORT, recording, FaultPlan.seeded(AcceptanceLab.SEED), 4, transport);
        rows.add(new AcceptanceRow(id, row, workers.submit(() -> run(row, event)), LocalTroubleIT::allWhole));
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
