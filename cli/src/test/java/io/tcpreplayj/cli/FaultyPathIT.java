package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.cli.AcceptanceLab.Recording;
import io.tcpreplayj.cli.AcceptanceLab.Row;
import io.tcpreplayj.faultlab.Fault;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Faults;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.faultlab.Passing;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * AC-02 to AC-07: whatever the network does between the replayed clients and a server on the kernel's TCP, every byte of
 * every flow arrives, in order and once, every answer is acknowledged, and every connection is closed in order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
@Order(1)
final class FaultyPathIT {
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int REQUEST = 2_500;
    private static final int ANSWER = 4_000;
    private static final int EXCHANGES = 6;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int FIRST_PORT = 7000;
    private static final int LONG_PORT = 7100;
    /** More than a server sends before it hears of us (RFC 6928: ten segments). */
    private static final int LONG_ANSWER = 24_000;

    private final List<AcceptanceRow> rows = new ArrayList<>();
    private final Map<String, Recording> recordings = new HashMap<>();
    private AcceptanceLab lab;
    private int made;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        Privileges.needRootAnd("ip", "ethtool", "nft");
        final Map<Integer, Manners> ports = new HashMap<>();
        for (int port = FIRST_PORT; port < FIRST_PORT + 64; port++) {
            ports.put(port, Manners.good(REQUEST, ANSWER));
        }
        ports.put(LONG_PORT, Manners.good(REQUEST, LONG_ANSWER));
        lab = AcceptanceLab.start(scratch, ports);
        losses();
        bursts();
        order();
        targeted();
        keptBack();
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    /** The longest first: rows run at the same time. */
    private void losses() throws IOException {
        // Timeouts that double take minutes here, so few exchanges.
        final Recording fewer = recording(SOAK ? 2_000 : 30, 2);
        add("AC-03", "30-percent-lost", fewer, plan().both(Faults.loss(0.3)), FaultyPathIT::nearlyAllWhole);
        final Recording few = recording(SOAK ? 2_000 : 100, 2);
        add("AC-03", "20-percent-lost", few, plan().both(Faults.loss(0.2)), FaultyPathIT::allWhole);
        final FaultPlan lossy = plan().both(Faults.loss(0.05));
        add("AC-02", "5-percent-lost", SOAK ? 10_000 : 2_000, lossy, FaultyPathIT::allWholeAndSound);
        overSockets();
        for (final double loss : new double[] {0.001, 0.01, 0.1}) {
            add(
                    "AC-03",
                    loss * 100 + "-percent-lost",
                    SOAK ? 2_000 : 200,
                    plan().both(Faults.loss(loss)),
                    FaultyPathIT::allWholeAndSound);
        }
    }

    /**
     * The end of the first answer is late by more than the second that ends a short one. That the path does such things shows
     * in segments that overtake others.
     */
    private void overSockets() throws IOException {
        final FaultPlan plan = plan().fromServer(Faults.reorder(0.5, 1, 20))
                .fromServer(Faults.loseFirst(4, "first-answer", Faults.dataReaching(ANSWER)))
                .sparingTheFirst();
        final Recording flows = recording(SOAK ? 2_000 : 100, EXCHANGES);
        add("AC-07", "first-answer-lost-4-times-over-sockets", flows, plan, "socket", FaultyPathIT::allWholeAndSound);
    }

    private void bursts() throws IOException {
        // Shorter than the least timeout (RFC 6298 2.4 as Linux has it, 200 ms): each try finds another state of the
        // line.
        both("AC-04", "bursts-of-10", SOAK ? 2_000 : 200, Faults.bursts(0.03, 10, 100));
        for (final int seconds : SOAK ? new int[] {2, 10, 30} : new int[] {2, 10}) {
            both(
                    "AC-04",
                    "blackout-of-" + seconds + "-s",
                    SOAK ? 2_000 : 200,
                    Faults.blackout(SECOND_NS / 10, seconds * SECOND_NS));
        }
    }

    private void order() throws IOException {
        final FaultPlan shuffled = plan().both(Faults.reorder(0.25, 1, 50))
                .both(Faults.duplicates(0.1))
                .both(Faults.delay(0, 100));
        add("AC-05", "reordered-duplicated-jittered", SOAK ? 2_000 : 200, shuffled, FaultyPathIT::allWhole);
        final FaultPlan damaged = plan().both(Faults.corruption(0.02));
        add("AC-06", "2-percent-corrupted", SOAK ? 2_000 : 300, damaged, FaultyPathIT::allWholeAndSound);
    }

    private void targeted() throws IOException {
        final int flows = SOAK ? 500 : 25;
        final long clientBytes = (long) EXCHANGES * REQUEST;
        for (int times = 1; times <= 4; times++) {
            targeted(flows, times, "SYN", true, Faults::isSyn);
            targeted(flows, times, "SYN-ACK", false, Faults::isSyn);
            targeted(flows, times, "ACK", true, Faults::isBareAck);
            targeted(flows, times, "server-ACK", false, Faults::isBareAck);
            targeted(flows, times, "FIN", true, Faults::isFin);
            targeted(flows, times, "server-FIN", false, Faults::isFin);
            targeted(flows, times, "last-data", true, Faults.dataReaching(clientBytes));
            targeted(flows, times, "last-answer", false, Faults.dataReaching((long) EXCHANGES * ANSWER));
        }
    }

    private void targeted(
            final int flows, final int times, final String what, final boolean ofClient, final Predicate<Passing> kind)
            throws IOException {
        // The first flow is spared: a target that answers nobody for three seconds is given up, and rightly.
        final Supplier<Fault> fault = Faults.loseFirst(times, what, kind);
        final FaultPlan plan = ofClient ? plan().fromClient(fault) : plan().fromServer(fault);
        plan.sparingTheFirst();
        add("AC-07", what + "-lost-" + times + "-times", flows, plan, FaultyPathIT::allWhole);
    }

    private void both(final String id, final String name, final int flows, final Supplier<Fault> fault)
            throws IOException {
        add(id, name, flows, plan().both(fault), FaultyPathIT::allWhole);
    }

    private static FaultPlan plan() {
        return FaultPlan.seeded(AcceptanceLab.SEED);
    }

    /** Rows take turns with the families, and some go by a raw socket instead of frames. */
    private void add(
            final String id,
            final String name,
            final int flows,
            final FaultPlan plan,
            final AcceptanceRow.Criterion criterion)
            throws IOException {
        add(id, name, recording(flows, EXCHANGES), plan, criterion);
    }

    private Recording recording(final int flows, final int exchanges) throws IOException {
        final String name = flows + "-flows-of-" + exchanges;
        Recording recording = recordings.get(name);
        if (recording == null) {
            recording = lab.record(name, new FlowPcap.Shape(flows, exchanges, REQUEST, ANSWER, 2_000, 1_000));
            recordings.put(name, recording);
        }
        return recording;
    }

    private void add(
            final String id,
            final String name,
            final Recording recording,
            final FaultPlan plan,
            final AcceptanceRow.Criterion criterion) {
        add(id, name, recording, plan, made % 5 == 4 ? "raw" : "packet", criterion);
    }

    private void add(
            final String id,
            final String name,
            final Recording recording,
            final FaultPlan plan,
            final String transport,
            final AcceptanceRow.Criterion criterion) {
        final int number = made++;
        if (!AcceptanceLab.wants(name)) {
            return;
        }
        final Row row = new Row(name, FIRST_PORT + number, recording, plan, number % 2 == 0 ? 4 : 6, transport);
        rows.add(new AcceptanceRow(id, row, lab.begin(row, pid -> {}), criterion));
    }

    private static void allWhole(final Replayed replayed) throws IOException {
        assertThat(replayed.someFailures()).isEmpty();
        assertThat(replayed.number("flows", "replayed")).isEqualTo(replayed.flows());
        assertThat(replayed.map("flows", "failed")).isEmpty();
    }

    /**
     * 99.9 %; the server's own timeouts outlast our patience with an answer, or of two thousand handshakes one fails seven times,
     * and then the session says so.
     */
    private static void nearlyAllWhole(final Replayed replayed) throws IOException {
        final int most = Math.max(2, replayed.flows() / 1000);
        assertThat(replayed.failures()).hasSizeLessThanOrEqualTo(most);
        assertThat(replayed.failures()).allMatch(FaultyPathIT::isOurPatience);
    }

    /** A target's RST is none: it gave the connection up before us, for it had not heard what we had, or not often enough. */
    private static boolean isOurPatience(final String failure) {
        return Stream.of("completed-diverged", "timeout", "syn-timeout")
                .anyMatch(state -> failure.contains("state=" + state + ','));
    }

    /** No answer is damaged, or taken for two because its end came late. */
    private static void allWholeAndSound(final Replayed replayed) throws IOException {
        allWhole(replayed);
        assertThat(replayed.number("responses", "different")).isZero();
    }

    /**
     * For longer than a short answer is waited for, the server does not hear that its first ten segments came, and has nothing
     * under way. Only the questions pass, which it drops unread: they begin a byte before what it expects.
     */
    private void keptBack() throws IOException {
        final FaultPlan plan = plan().fromClient(Faults.loseFor(
                        5 * SECOND_NS, "ACK", frame -> Faults.isBareAck(frame) && frame.streamEnd() % REQUEST == 0))
                .sparingTheFirst();
        final FlowPcap.Shape shape = new FlowPcap.Shape(SOAK ? 500 : 25, 2, REQUEST, LONG_ANSWER, 2_000, 1_000);
        final String name = "ACKs-of-half-an-answer-lost";
        final Row row = new Row(name, LONG_PORT, lab.record(name, shape), plan, 4, "packet");
        if (AcceptanceLab.wants(name)) {
            rows.add(new AcceptanceRow("AC-07", row, lab.begin(row, pid -> {}), FaultyPathIT::allWholeAndSound));
        }
    }

    List<AcceptanceRow> rows() {
        return rows;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void everyByteArrivesOnce(final AcceptanceRow row) throws Exception {
        row.judge();
    }
}
