package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What happens to segments that the network loses, delays or doubles: TF-14 to TF-17, and TF-22's duplicates. */
class LossRecoveryTest {
    private static final byte[] NONE = Scene.NO_OPTIONS;
    private static final long MS = 1_000_000L;

    /** So many writes of one byte each, then an answer. */
    private static FlowScript writes(final int count) {
        final Scripts flow = Scripts.flow();
        for (int i = 0; i < count; i++) {
            flow.send(String.valueOf((char) ('a' + i % 26)));
        }
        return flow.answer(1).build();
    }

    /** Established with 10 ms of round trip, what was sent taken off the queue. */
    private static Scene afterSending(final FlowScript script) {
        final Scene scene = Scene.established(script);
        scene.sent.clear();
        return scene;
    }

    private static void ack(final Scene scene, final long ack, final byte[] options) {
        scene.arrive("A", 1, ack, 512, options, "");
    }

    @Test
    void tf15_threeSegmentsHeldBehindAHole_bringBackTheMissingOneAtOnce() {
        final Scene scene = afterSending(writes(5));
        scene.after(10);
        ack(scene, 1, SackOption.of(2, 3));
        ack(scene, 1, SackOption.of(2, 4));
        scene.expectNothing();
        ack(scene, 1, SackOption.of(2, 5));
        scene.expect("PA", 1, 1, "a");
        scene.expectNothing();
        assertThat(scene.session.retransmits()).isEqualTo(1);
    }

    @Test
    void tf15_onlyWhatIsMissing_isSentAgain() {
        final Scene scene = afterSending(writes(8));
        scene.after(10);
        ack(scene, 1, SackOption.of(8, 9, 5, 6, 2, 3));
        scene.expect("PA", 1, 1, "a");
        scene.expect("PA", 3, 1, "c");
        scene.expect("PA", 4, 1, "d");
        scene.expect("PA", 6, 1, "f");
        scene.expect("PA", 7, 1, "g");
        scene.expectNothing();
    }

    @Test
    void tf15_retransmissionLostAsWell_isFoundByTime() {
        final Scene scene = afterSending(writes(6));
        scene.after(10);
        ack(scene, 1, SackOption.of(3, 7));
        scene.expect("PA", 1, 1, "a");
        scene.expect("PA", 2, 1, "b");
        scene.after(10);
        // b's copy arrived, a's, sent before it, did not.
        ack(scene, 1, SackOption.of(2, 7));
        scene.expect("PA", 1, 1, "a");
        ack(scene, 7, NONE);
        scene.expectNothing();
    }

    @Test
    void tf15_sackOfWhatWasNeverSent_orOfNothing_isPassedOver() {
        final Scene scene = afterSending(writes(4));
        scene.after(10);
        ack(scene, 1, SackOption.of(100, 200));
        ack(scene, 1, SackOption.of(4, 2));
        ack(scene, 1, SackOption.of(-50_000, -40_000));
        ack(scene, 1, SackOption.of(3, 3));
        scene.expectNothing();
        ack(scene, 5, NONE);
        assertThat(scene.session.retransmits()).isZero();
    }

    @Test
    void tf15_targetThatForgetsWhatItHeld_getsItAgain() {
        final Scene scene = afterSending(writes(4));
        scene.after(10);
        ack(scene, 1, SackOption.of(2, 5));
        scene.expect("PA", 1, 1, "a");
        // It took a, and dropped the rest that it had promised to hold.
        ack(scene, 2, NONE);
        scene.after(210);
        scene.expect("PA", 2, 1, "b");
        ack(scene, 3, NONE);
        scene.expect("PA", 3, 1, "c");
        scene.expect("PA", 4, 1, "d");
    }

    @Test
    void tf15_limitedTransmit_newDataLeaveForWhatArrived() {
        final Scene scene = afterSending(
                Scripts.flow().send("x".repeat(20 * 1460)).answer(1).build());
        scene.after(10);
        final long flight = 1 + 10 * 1460;
        ack(scene, 1, SackOption.of(1461, 2921));
        assertThat(scene.expect("A", flight, 1).payload()).hasSize(1460);
        scene.expectNothing();
    }

    @Test
    void tf16_reorderedSegments_areNotTakenForLost() {
        final Scene scene = afterSending(writes(9));
        scene.after(10);
        // The window of a quarter of the round trip holds until the third one; then a late arrival shows that the path
        // reorders.
        ack(scene, 1, SackOption.of(2, 4));
        ack(scene, 4, NONE);
        ack(scene, 4, SackOption.of(5, 10));
        scene.expectNothing();
        scene.after(2);
        scene.expectNothing();
        scene.after(1);
        scene.expect("PA", 4, 1, "d");
    }

    @Test
    void tf16_lastSegmentLost_isProbedLongBeforeTheTimeout() {
        final Scene scene = Scene.established(writes(1));
        final long sentNs = scene.expect("PA", 1, 1, "a").atNs();
        scene.after(150);
        // Two round trips of 10 ms and 80 ms that the target may delay its ACK.
        assertThat(scene.expect("PA", 1, 1, "a").atNs() - sentNs).isEqualTo(100 * MS);
        scene.expectNothing();
        scene.after(200);
        assertThat(scene.expect("PA", 1, 1, "a").atNs() - sentNs)
                .as("the timeout counts from the probe")
                .isEqualTo(310 * MS);
    }

    @Test
    void tf16_probeCarriesNewData_ifThereAreSome() {
        final Scene scene = afterSending(
                Scripts.flow().send("x".repeat(12 * 1460)).answer(1).build());
        scene.after(25);
        assertThat(scene.expect("A", 1 + 10 * 1460, 1).payload()).hasSize(1460);
        scene.expectNothing();
        assertThat(scene.session.retransmits()).isZero();
    }

    @Test
    void tf16_lossThatTheProbeRepaired_countsAsCongestion_aNeedlessProbeDoesNot() {
        final CongestionWindow repaired = new CongestionWindow(true);
        repaired.start(1000, false, 0);
        final TailLossProbe probe = new TailLossProbe();
        probe.schedule(10 * MS, false, Long.MAX_VALUE, 0);
        probe.onTimer(20 * MS);
        assertThat(probe.due()).isTrue();
        probe.onCopySent(500, 0);
        assertThat(probe.onAck(499, false)).isFalse();
        assertThat(probe.onAck(500, false)).isTrue();
        assertThat(probe.onAck(501, false)).as("told once").isFalse();

        probe.schedule(10 * MS, false, Long.MAX_VALUE, 0);
        probe.onTimer(20 * MS);
        probe.onCopySent(900, 0);
        assertThat(probe.onAck(900, true)).as("the target had it twice").isFalse();
    }

    @Test
    void tf16_probeWaitsTwoRoundTrips_andForADelayedAck_unlessATimeoutComesFirst() {
        final TailLossProbe probe = new TailLossProbe();
        probe.schedule(20 * MS, false, 541 * MS, 500 * MS);
        assertThat(probe.deadlineNs()).isEqualTo(540 * MS);
        probe.schedule(20 * MS, true, 621 * MS, 500 * MS);
        assertThat(probe.deadlineNs()).isEqualTo(620 * MS);
        probe.schedule(MS, false, Long.MAX_VALUE, 500 * MS);
        assertThat(probe.deadlineNs()).as("no less than two ticks").isEqualTo(510 * MS);
        probe.schedule(0, false, Long.MAX_VALUE, 500 * MS);
        assertThat(probe.deadlineNs()).as("a round trip of nothing").isEqualTo(510 * MS);
        probe.schedule(20 * MS, false, 540 * MS, 500 * MS);
        assertThat(probe.deadlineNs()).as("a timeout at the same time").isEqualTo(RetransmitTimer.NEVER);
    }

    @Test
    void tf16_onlyACopyOfWhatLeftOnceIsARoundTrip() {
        final TailLossProbe probe = new TailLossProbe();
        assertThat(probe.underWay()).isFalse();
        assertThat(probe.isAnsweredBy(500)).as("no probe").isFalse();
        probe.onCopySent(500, 7 * MS);
        assertThat(probe.underWay()).isTrue();
        assertThat(probe.isAnsweredBy(499)).isFalse();
        assertThat(probe.isAnsweredBy(500)).isTrue();
        assertThat(probe.firstCopyNs()).isEqualTo(7 * MS);
        probe.onAck(500, false);
        assertThat(probe.underWay()).isFalse();
        probe.onCopySent(900, RetransmitTimer.NEVER);
        assertThat(probe.isAnsweredBy(900)).as("it had left twice before").isFalse();
        probe.giveUp();
        assertThat(probe.underWay()).isFalse();
    }

    @Test
    void tf16_withoutSack_noProbe() {
        final Scene scene = Scene.establishedWithoutSack(writes(1));
        scene.expect("PA", 1, 1, "a");
        scene.after(209);
        scene.expectNothing();
        scene.after(1);
        scene.expect("PA", 1, 1, "a");
    }

    @Test
    void tf17_initialWindowIsTenSegments_thenTwoForEachAcknowledgedOne() {
        final Scene scene = Scene.established(
                Scripts.flow().send("x".repeat(100 * 1460)).answer(1).build());
        assertThat(scene.sent).hasSize(10);
        scene.sent.clear();
        scene.after(10);
        ack(scene, 1 + 2 * 1460, NONE);
        assertThat(scene.sent).hasSize(4);
    }

    @Test
    void tf17_lossHalvesTheWindow_aTimeoutLeavesOneSegment() {
        final CongestionWindow window = new CongestionWindow(true);
        window.start(1000, false, 0);
        assertThat(window.bytes()).isEqualTo(10_000);
        window.onLoss(10_000);
        assertThat(window.bytes()).isEqualTo(5000);
        for (int i = 0; i < 5; i++) {
            window.onLimited();
            window.onAcked(1000);
        }
        assertThat(window.bytes())
                .as("congestion avoidance: a segment a round trip")
                .isEqualTo(6000);
        window.onTimeout(6000);
        assertThat(window.bytes()).isEqualTo(1000);
        window.onAcked(1000);
        assertThat(window.bytes()).as("slow start").isEqualTo(2000);
        window.onAcked(1000);
        assertThat(window.bytes()).as("was not what held data back").isEqualTo(2000);
    }

    @Test
    void tf17_whatWasOnlyLate_isGivenBackWithoutABurst() {
        final CongestionWindow window = new CongestionWindow(true);
        window.start(1000, false, 0);
        assertThat(window.undo(0, 1000)).as("nothing was taken for lost").isFalse();
        for (int i = 0; i < 15; i++) {
            window.onLimited();
            window.onAcked(2000);
        }
        window.onTimeout(40_000);
        window.onTimeout(40_000);
        assertThat(window.undo(0, 40_000)).isTrue();
        assertThat(window.bytes()).as("an initial window").isEqualTo(10_000);
        for (int i = 0; i < 15; i++) {
            window.onLimited();
            window.onAcked(2000);
        }
        assertThat(window.bytes()).as("slow start").isEqualTo(40_000);

        window.onLoss(40_000);
        assertThat(window.undo(39_000, 1000)).isTrue();
        assertThat(window.bytes()).as("what was in flight").isEqualTo(40_000);
        assertThat(window.undo(39_000, 1000)).as("once").isFalse();
    }

    @Test
    void tf17_afterAnIdleTime_theWindowIsTheInitialOne() {
        final CongestionWindow window = new CongestionWindow(true);
        window.start(1000, false, 0);
        for (int i = 0; i < 10; i++) {
            window.onLimited();
            window.onAcked(2000);
        }
        assertThat(window.bytes()).isEqualTo(30_000);
        window.onSent(500 * MS);
        window.onIdle(200 * MS, 700 * MS);
        assertThat(window.bytes()).isEqualTo(30_000);
        window.onIdle(200 * MS, 701 * MS);
        assertThat(window.bytes()).isEqualTo(10_000);
    }

    @Test
    void tf17_switchedOff_onlyTheTargetsWindowCounts() {
        final CongestionWindow window = new CongestionWindow(false);
        window.start(1000, true, 0);
        window.onTimeout(100);
        window.onLoss(100);
        assertThat(window.room(1L << 40)).isPositive();
    }

    @Test
    void tf14_pathThatWasDownHere_isUsedAtOnceWhenItIsUp() {
        final Scene scene = afterSending(writes(2));
        scene.after(5_000);
        scene.sent.clear();
        assertThat(scene.session.resendNow()).isTrue();
        scene.poll();
        scene.expect("PA", 1, 1, "a");
        scene.expectNothing();
        ack(scene, 3, NONE);
        assertThat(scene.session.resendNow()).as("nothing is in flight").isFalse();
    }

    @Test
    void tf05_synOfAPathThatWasDown_leavesAtOnceWhenItIsUp() {
        final Scene scene = new Scene(writes(1)).connect();
        scene.expect("S", 0, 0);
        scene.after(500);
        assertThat(scene.session.resendNow()).isTrue();
        scene.poll();
        scene.expect("S", 0, 0);
    }

    @Test
    void tf22_answerThatCameTwice_isReportedOnceAsDuplicate() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").answer(50).build());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("PA", 1, 6, "r".repeat(10));
        scene.expect("A", 6, 11);
        scene.arrive("PA", 1, 6, "r".repeat(10));
        final Sent duplicate = scene.expect("A", 6, 11);
        assertThat(blocks(duplicate)).containsExactly(1, 11);
        scene.arrive("PA", 11, 6, "r");
        assertThat(scene.expect("A", 6, 12).options()).isEmpty();
    }

    /** TF-31: whose packets come twice or behind holes loses ACKs as well, and a run must not end at once. */
    @Test
    void tf31_lossesOfTheTargets_areLosses() {
        final Scene twice =
                Scene.established(Scripts.flow().send("hello").answer(50).build());
        twice.arrive("PA", 1, 6, "r".repeat(10));
        assertThat(twice.session.sawLosses()).isFalse();
        twice.arrive("PA", 1, 6, "r".repeat(10));
        assertThat(twice.session.sawLosses()).isTrue();
        final Scene hole =
                Scene.established(Scripts.flow().send("hello").answer(50).build());
        hole.arrive("PA", 11, 6, "r".repeat(10));
        assertThat(hole.session.sawLosses()).isTrue();
    }

    @Test
    void tf22_duplicateBehindAHole_isReportedBeforeTheRangeThatHoldsIt() {
        final Scene scene =
                Scene.established(Scripts.flow().send("hello").answer(90).build());
        scene.expect("PA", 1, 1, "hello");
        scene.arrive("A", 11, 6, "r".repeat(20));
        scene.expect("A", 6, 1);
        scene.arrive("A", 51, 6, "r".repeat(10));
        scene.expect("A", 6, 1);
        scene.arrive("A", 16, 6, "r".repeat(5));
        assertThat(blocks(scene.expect("A", 6, 1))).containsExactly(16, 21, 11, 31, 51, 61);
    }

    @Test
    void tf22_moreHolesThanAreKept_theBytesBehindThemMustComeAgain() {
        final OutOfOrderRanges ranges = new OutOfOrderRanges();
        for (int i = 0; i < OutOfOrderRanges.MAX_RANGES; i++) {
            assertThat(ranges.add(10L * i + 5, 10L * i + 6)).isTrue();
        }
        assertThat(ranges.add(5_000, 5_001)).isFalse();
        assertThat(ranges.add(6, 15)).as("closes a hole").isTrue();
        assertThat(ranges.count()).isEqualTo(OutOfOrderRanges.MAX_RANGES - 1);
        assertThat(ranges.add(5_000, 5_001)).isTrue();
    }

    @Test
    void tf17_moreTinySegmentsThanMayBeInFlight_waitForAcks() {
        final Scene scene = new Scene(
                writes(Flight.MAX_SEGMENTS + 5), TcpConfig.defaults(1500).withoutCongestionControl(), false);
        scene.establish(Scene.SYN_ACK_OPTIONS, 65535);
        assertThat(scene.sent).hasSize(Flight.MAX_SEGMENTS);
        scene.sent.clear();
        ack(scene, 4, NONE);
        assertThat(scene.sent).hasSize(3);
    }

    private static long[] blocks(final Sent segment) {
        final ByteBuffer options = ByteBuffer.wrap(segment.options());
        final long[] edges = new long[2 * segment.parsed().sackBlocks()];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = options.getInt(segment.parsed().sackOffset() + 4 * i) - Scene.TARGET_ISS;
        }
        return edges;
    }
}
