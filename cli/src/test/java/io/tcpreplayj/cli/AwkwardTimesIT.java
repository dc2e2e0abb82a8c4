package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.AcceptanceLab.Meanwhile;
import io.tcpreplayj.cli.AcceptanceLab.Recording;
import io.tcpreplayj.cli.AcceptanceLab.Row;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Faults;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.faultlab.PathMtu;
import io.tcpreplayj.faultlab.Way;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * AC-10, AC-11, AC-15 and AC-18: receivers that stall, sip or take back the window they offered, silence with keep-alive
 * probes, a path whose MTU falls while it is in use, and a replayer that is stopped, starved or out of memory again and again.
 * Nothing of it costs a byte.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class AwkwardTimesIT {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int ANSWER = 1_000;
    private static final int FIRST_PORT = 7000;
    private static final int BUSY_REQUEST = 2_500;
    private static final int BUSY_FLOWS = SOAK ? 2_000 : 100;
    /** RFC 6298 2.4 as Linux has it. */
    private static final long LEAST_RTO_MS = 200;

    /** 20 requests of 2,500 bytes each. */
    private static final int BUSY_FLOWS_A_MEGABYTE = 20;
    /** Some segments, by the shift of 7 that a Linux server's window has. */
    private static final int SMALL_WINDOW = 20;

    /** Uploads of so many bytes; the k-th of a lab's ports has the k-th manners. */
    private record Planned(
            String id,
            String name,
            int family,
            int requestBytes,
            Manners manners,
            FaultPlan plan,
            Shape shape,
            During during) {}

    /** What the replayer goes through, and how it shows; that all is whole is asked of every row. */
    private record During(Meanwhile meanwhile, Conditions conditions, AcceptanceRow.Criterion shows) {
        static final During NOTHING = of(pid -> {});

        static During of(final Meanwhile meanwhile) {
            return new During(meanwhile, Conditions.USUAL, replayed -> {});
        }
    }

    private record Shape(int flows, int exchanges, int thinkUs, String transport) {}

    private final List<AcceptanceRow> rows = new ArrayList<>();
    private final Map<Integer, Planned> planned = new LinkedHashMap<>();
    private AcceptanceLab lab;
    private volatile long resentOnWaking;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        Privileges.needRootAnd("ip", "ethtool", "nft", "taskset");
        receivers();
        paths();
        stops();
        final Map<Integer, Manners> ports = new LinkedHashMap<>();
        planned.forEach((port, row) -> ports.put(port, row.manners()));
        lab = AcceptanceLab.start(scratch, ports);
        for (final Map.Entry<Integer, Planned> each : planned.entrySet()) {
            begin(each.getKey(), each.getValue());
        }
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    private void receivers() {
        final int upload = 300_000;
        final Manners good = Manners.good(upload, ANSWER);
        final Shape few = new Shape(SOAK ? 500 : 20, 1, 2_000, "packet");
        add("AC-10", "stalled-3-s", upload, good.withReceiver(0, 65_536, 3_000), few);
        final int longS = SOAK ? 60 : 20;
        add("AC-10", "stalled-" + longS + "-s", upload, good.withReceiver(0, 65_536, longS * 1_000), few);
        planned.put(
                FIRST_PORT + planned.size(),
                new Planned(
                        "AC-10",
                        "window-shrinks",
                        family(),
                        upload,
                        good,
                        plan().fromServer(Faults.shrinkingWindow(SMALL_WINDOW)),
                        few,
                        During.NOTHING));
        add("AC-10", "least-receive-buffer", upload, good.withReceiver(2_304, 65_536, 0), few);
        final int sips = SOAK ? upload : 30_000;
        add("AC-10", "one-byte-reader", sips, Manners.good(sips, ANSWER).withReceiver(0, 1, 0), few);
        final int silenceUs = SOAK ? 300_000_000 : 12_000_000;
        final Shape silent = new Shape(SOAK ? 1_000 : 100, 1, silenceUs, "packet");
        add(
                "AC-11",
                "silence-with-keep-alive",
                2_500,
                Manners.good(2_500, ANSWER).probing(2),
                silent);
    }

    /** Rows take turns. */
    private int family() {
        return planned.size() % 2 == 0 ? 4 : 6;
    }

    private void paths() {
        path("path-mtu-falls", 4, true, 1280, 576);
        // No path of IPv6 may have less (RFC 8200 5).
        path("path-mtu-falls-to-the-least", 6, true, 1280);
        path("black-hole", 4, false, 1280, 576);
    }

    private void path(final String name, final int family, final boolean tells, final int... falls) {
        final int port = FIRST_PORT + planned.size();
        final int flows = SOAK ? 500 : 50;
        final PathMtu mtu = new PathMtu(1500, tells);
        planned.put(
                port,
                new Planned(
                        "AC-15",
                        name,
                        family,
                        2_500,
                        Manners.good(2_500, ANSWER),
                        plan().fromClient(Faults.pathMtu(mtu)),
                        new Shape(flows, 20, 100_000, "packet"),
                        new During(
                                pid -> {
                                    lab.awaitPackets(port, 10L * flows);
                                    for (final int bytes : falls) {
                                        mtu.change(bytes);
                                        TimeUnit.MILLISECONDS.sleep(500);
                                    }
                                },
                                Conditions.USUAL,
                                replayed -> isHeardOf(mtu, tells, 2L * flows * falls.length))));
    }

    /** No more is lost than was under way, two segments of each flow, when a router tells. */
    private static void isHeardOf(final PathMtu mtu, final boolean tells, final long underWay) {
        System.out.println("AC-15: " + mtu.refused() + " packets were too big");
        assertThat(mtu.refused()).isBetween(1L, tells ? underWay : Long.MAX_VALUE);
    }

    private void stops() {
        final int stopped = FIRST_PORT + planned.size();
        addBusy(
                "replayer-stopped-5-s",
                new During(
                        pid -> {
                            lab.awaitPackets(stopped, 10L * BUSY_FLOWS);
                            signal(pid, "STOP");
                            TimeUnit.SECONDS.sleep(5);
                            final long before = resentBytes(stopped);
                            signal(pid, "CONT");
                            TimeUnit.MILLISECONDS.sleep(LEAST_RTO_MS);
                            resentOnWaking = resentBytes(stopped) - before;
                        },
                        Conditions.USUAL,
                        replayed -> noTimerMadeUpForTheTime()));
        addBusy("one-busy-core", new During(pid -> {}, Conditions.ONE_BUSY_CORE, replayed -> {}));
        addBusy(
                "collecting-garbage",
                new During(pid -> {}, Conditions.collecting(BUSY_FLOWS / BUSY_FLOWS_A_MEGABYTE), replayed -> {}));
    }

    private long resentBytes(final int port) {
        return lab.bridge().traffic(port, Way.FROM_CLIENT).resentBytes();
    }

    /** R15: a flow had one request in flight at most, and no timer that fired on waking may fire again so soon. */
    private void noTimerMadeUpForTheTime() {
        System.out.println("AC-18 replayer-stopped-5-s: " + resentOnWaking + " bytes sent again on waking");
        assertThat(resentOnWaking).isLessThanOrEqualTo((long) BUSY_FLOWS * BUSY_REQUEST);
    }

    private void add(final String id, final String name, final int request, final Manners manners, final Shape shape) {
        planned.put(
                FIRST_PORT + planned.size(),
                new Planned(id, name, family(), request, manners, plan(), shape, During.NOTHING));
    }

    private void addBusy(final String name, final During during) {
        planned.put(
                FIRST_PORT + planned.size(),
                new Planned(
                        "AC-18",
                        name,
                        family(),
                        BUSY_REQUEST,
                        Manners.good(BUSY_REQUEST, ANSWER),
                        plan(),
                        new Shape(BUSY_FLOWS, 20, 100_000, "packet"),
                        during));
    }

    private static FaultPlan plan() {
        return FaultPlan.seeded(AcceptanceLab.SEED);
    }

    private void begin(final int port, final Planned row) throws IOException {
        if (!AcceptanceLab.wants(row.name())) {
            return;
        }
        final Shape shape = row.shape();
        final Recording recording = lab.record(
                row.name(),
                new FlowPcap.Shape(
                        shape.flows(), shape.exchanges(), row.requestBytes(), ANSWER, shape.thinkUs(), 1_000));
        final Row replay = new Row(
                row.name(), port, recording, row.plan(), row.family(), shape.transport(), "--response-timeout", "90s");
        final During during = row.during();
        rows.add(new AcceptanceRow(
                row.id(), replay, lab.begin(replay, during.meanwhile(), during.conditions()), replayed -> {
                    allWhole(replayed);
                    during.shows().holds(replayed);
                }));
    }

    private static void allWhole(final Replayed replayed) throws IOException {
        assertThat(replayed.someFailures()).isEmpty();
        assertThat(replayed.number("flows", "replayed")).isEqualTo(replayed.flows());
    }

    private static void signal(final long pid, final String name) {
        Exec.run("kill", "-" + name, Long.toString(pid)).orThrow();
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
