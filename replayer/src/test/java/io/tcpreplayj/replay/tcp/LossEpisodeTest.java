package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpOptions;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/**
 * TF-15 to TF-17: what an episode of loss does to the congestion window, when it ends, and what of it is taken back. Segments of
 * a thousand bytes, a millisecond apart, the first at 1,000 ms; a round trip of 10 ms.
 */
final class LossEpisodeTest {
    private static final int MSS = 1000;
    private static final long MS = 1_000_000L;
    private static final long SRTT_NS = 10 * MS;

    private final SendSequence send = new SendSequence();
    private final Flight flight = new Flight();
    private final CongestionWindow congestion = new CongestionWindow(true);
    private final Timestamps timestamps = new Timestamps();
    private final LossRecovery recovery = new LossRecovery(send, flight, congestion, timestamps);
    private final TcpOptions options = new TcpOptions();
    private int sent;

    private LossEpisodeTest established(final boolean sack) {
        send.init(Scene.ISS);
        send.sentUpTo(1);
        send.ackedUpTo(1);
        send.setWindow(0, 0, 1 << 20);
        flight.startAt(1);
        timestamps.init(0);
        timestamps.confirm(700, 1, 0);
        congestion.start(MSS, false, 0);
        recovery.negotiated(sack, MSS, SRTT_NS, 0);
        return this;
    }

    private static long at(final int segment) {
        return (1_000 + segment) * MS;
    }

    private static long position(final int segment) {
        return 1 + (long) segment * MSS;
    }

    private void send(final int count) {
        for (int i = 0; i < count; i++) {
            final long nowNs = at(sent++);
            send.sentUpTo(position(sent));
            flight.add(position(sent), nowNs);
            congestion.onSent(nowNs);
        }
    }

    /** The clock goes on: one large segment leaves up to where that one would have begun, a millisecond before it. */
    private void sendOneUpTo(final int segment) {
        sent = segment;
        send.sentUpTo(position(segment));
        flight.add(position(segment), at(segment - 1));
    }

    /** All below segment {@code to} is acknowledged, and the target holds those in {@code held}, in pairs. */
    private void ack(final int to, final long echoMs, final long nowNs, final int... held) {
        final long[] edges = new long[held.length];
        for (int i = 0; i < held.length; i++) {
            edges[i] = position(held[i]);
        }
        final ByteBuffer bytes = ByteBuffer.allocate(64);
        bytes.put(new byte[] {1, 1, 8, 10}).putInt(700).putInt((int) echoMs);
        final byte[] sack = edges.length == 0 ? new byte[0] : SackOption.of(edges);
        bytes.put(sack);
        final PacketView segment = SackOption.carrying(bytes.array(), bytes.position());
        options.parse(segment.buffer(), segment.optionsOffset(), segment.optionsLength());
        final long acked = position(to) - send.una();
        recovery.onDelivery(segment, options, position(to), nowNs);
        recovery.onAck(acked, acked == 0, SRTT_NS, nowNs);
    }

    private void resend(final int i, final long nowNs) {
        flight.onRetransmitted(i, nowNs);
        recovery.onRepair();
        recovery.onResent(nowNs);
    }

    @Test
    void tf17_lossHalvesWhatIsInFlight_onceAnEpisode() {
        established(true).send(8);
        ack(0, 1_007, at(17), 1, 8);
        assertThat(flight.isLost(0)).isTrue();
        assertThat(congestion.bytes()).isEqualTo(4 * MSS);
        resend(0, at(17));
        send(2);
        ack(0, 1_009, at(19), 1, 10);
        assertThat(congestion.bytes()).as("the same episode").isEqualTo(4 * MSS);
        ack(10, 1_017, at(27));
        sendOneUpTo(30);
        send(6);
        ack(30, 1_029, at(39), 31, 36);
        assertThat(flight.isLost(0)).isTrue();
        assertThat(congestion.bytes()).as("another one").isEqualTo(3 * MSS);
    }

    /** An ACK of all that was in flight when it began ends it, to the byte. */
    @Test
    void tf15_episodeEnds_whereItBegan() {
        established(true).send(6);
        ack(0, 1_005, at(15), 1, 6);
        resend(0, at(15));
        send(6);
        ack(6, 1_015, at(25));
        ack(6, 1_011, at(25), 7, 12);
        assertThat(flight.isLost(0)).isTrue();
        assertThat(congestion.bytes()).as("of the six behind it").isEqualTo(3 * MSS);
    }

    @Test
    void tf17_windowGrowsOutsideOfEpisodes_andBehindTimeouts_notWithinARecovery() {
        established(true).send(8);
        ack(0, 1_007, at(17), 1, 2, 3, 8);
        final long halved = congestion.bytes();
        resend(0, at(17));
        congestion.onLimited();
        ack(2, 1_017, at(27), 3, 8);
        assertThat(congestion.bytes()).as("partly repaired").isEqualTo(halved);
        recovery.onTimeout(SRTT_NS, at(300));
        assertThat(congestion.bytes()).isEqualTo(MSS);
        resend(0, at(300));
        congestion.onLimited();
        ack(8, 1_300, at(310));
        assertThat(congestion.bytes()).as("slow start").isGreaterThan(MSS);
    }

    @Test
    void tf17_timeoutRemembersHalfOfWhatWasInFlight() {
        established(true).send(8);
        ack(2, 1_001, at(17));
        recovery.onTimeout(SRTT_NS, at(300));
        resend(0, at(300));
        for (int i = 3; i <= 8; i++) {
            congestion.onLimited();
            ack(i, 1_300, at(310 + i));
        }
        assertThat(congestion.bytes())
                .as("slow start up to half of the six, then a segment a window")
                .isLessThan(4 * MSS + MSS);
    }

    /** RFC 4015: the echo of what left first says that the copy was needless. */
    @Test
    void tf17_whatWasOnlyLate_isLostNoMore_andTheEpisodeIsOver() {
        established(true).send(8);
        ack(0, 1_007, at(17), 2, 8);
        assertThat(flight.isLost(0)).isTrue();
        assertThat(flight.isLost(1)).isTrue();
        resend(0, at(17));
        ack(1, 1_000, at(18), 2, 8);
        assertThat(flight.hasLost()).as("the second is only late, too").isFalse();
        assertThat(congestion.bytes()).isGreaterThanOrEqualTo(8 * MSS);
        recovery.scheduleProbe(SRTT_NS, RetransmitTimer.NEVER, at(18));
        ack(8, 1_001, at(19));
        send(4);
        recovery.scheduleProbe(SRTT_NS, RetransmitTimer.NEVER, at(19));
        assertThat(recovery.probe().deadlineNs()).as("no episode holds it back").isNotEqualTo(RetransmitTimer.NEVER);
    }

    /** ACKs that were under way when the copy left echo what left before it, too. */
    @Test
    void tf17_duplicateAckOfBefore_takesNothingBack() {
        established(true).send(8);
        ack(0, 1_006, at(16), 2, 7);
        resend(0, at(16));
        ack(0, 1_007, at(17), 2, 8);
        assertThat(congestion.bytes()).isEqualTo(4 * MSS);
        assertThat(flight.isLost(1)).isTrue();
        ack(1, 1_016, at(26), 2, 8);
        assertThat(congestion.bytes()).as("the copy was what came").isEqualTo(4 * MSS);
    }

    /** What an episode halved for stays halved when a later one is taken back. */
    @Test
    void tf17_laterEpisodeIsTakenBack_toWhatItFound() {
        established(true).send(10);
        ack(0, 1_009, at(19), 1, 10);
        resend(0, at(19));
        ack(10, 1_019, at(29));
        assertThat(congestion.bytes()).isEqualTo(5 * MSS);
        sendOneUpTo(40);
        send(4);
        ack(40, 1_039, at(49), 41, 44);
        assertThat(congestion.bytes()).isEqualTo(2 * MSS);
        resend(0, at(49));
        ack(44, 1_040, at(50));
        for (int i = 0; i < 20; i++) {
            congestion.onLimited();
            congestion.onAcked(MSS);
        }
        assertThat(congestion.bytes())
                .as("slow start to 5,000, then a segment a window")
                .isLessThan(9 * MSS);
    }

    /** RFC 8985 7.4: a loss that the probe repaired is congestion; nothing of that is taken back later. */
    @Test
    void tf16_lossThatAProbeRepaired_halves() {
        established(true).send(8);
        ack(4, 1_003, at(17));
        recovery.onResent(at(60));
        flight.onRetransmitted(3, at(60));
        recovery.probe().onCopySent(send.nxt(), at(7));
        ack(7, 1_006, at(61));
        assertThat(congestion.bytes()).isEqualTo(10 * MSS);
        ack(8, 1_060, at(70));
        assertThat(congestion.bytes())
                .as("half of nothing, but no less than two")
                .isEqualTo(2 * MSS);
        assertThat(congestion.undo(0, MSS)).isFalse();
    }

    /** A probe of before says nothing about whether this episode's copies were needless. */
    @Test
    void tf16_probeOfLongAgo_doesNotHideThatALossWasNone() {
        established(true).send(1);
        flight.onRetransmitted(0, at(50));
        recovery.onResent(at(50));
        recovery.probe().onCopySent(send.nxt(), at(0));
        ack(1, 1_050, at(60));
        sendOneUpTo(100);
        send(6);
        ack(100, 1_099, at(109), 102, 106);
        assertThat(flight.isLost(0)).isTrue();
        resend(0, at(110));
        ack(101, 1_100, at(111), 102, 106);
        assertThat(flight.hasLost()).isFalse();
        assertThat(congestion.bytes()).as("taken back").isGreaterThan(3 * MSS);
    }

    /** RFC 8985 6.2: the copy of one segment shows that another, sent before it, is lost; no new block is needed. */
    @Test
    void tf16_acknowledgedCopyShowsWhatElseIsLost() {
        established(true).send(1);
        ack(1, 1_000, at(10));
        sendOneUpTo(100);
        sendOneUpTo(290);
        recovery.onTimeout(SRTT_NS, at(299) - 1);
        assertThat(flight.isLost(1)).as("too young").isFalse();
        resend(0, at(299));
        ack(100, 1_299, at(309));
        assertThat(flight.isLost(0)).isTrue();
    }

    @Test
    void tf16_lateSegmentsOfADoublingPath_areWaitedForLonger() {
        established(true).send(6);
        ack(2, 1_001, at(11), 1, 2);
        assertThat(options.sackBlocks()).isEqualTo(1);
        ack(2, 1_004, at(14), 4, 5);
        assertThat(recovery.deadlineNs())
                .as("two quarters of the round trip, for it showed a duplicate")
                .isEqualTo(at(2) + 10 * MS + 5 * MS);
    }

    /** RFC 8985 6.2 step 4: for sixteen episodes. */
    @Test
    void tf16_sixteenEpisodesLater_pathsAreJudgedAnew() {
        established(true).send(1);
        ack(1, 1_000, at(10), 0, 1);
        for (int episode = 0; episode < 16; episode++) {
            send(5);
            final long nowNs = at(sent + 9);
            ack(sent - 5, 1_000 + sent - 1, nowNs, sent - 4, sent);
            assertThat(flight.isLost(0)).isTrue();
            resend(0, nowNs);
            ack(sent, 1_000 + sent + 9, nowNs + 10 * MS);
        }
        send(3);
        ack(sent - 3, 1_000 + sent - 2, at(sent + 8), sent - 2, sent - 1);
        assertThat(recovery.deadlineNs()).as("a quarter again").isEqualTo(at(sent - 3) + 10 * MS + 10 * MS / 4);
    }

    @Test
    void tf16_withinAnEpisode_lostIsWhatIsLate_withoutWaiting() {
        established(true).send(8);
        ack(0, 1_007, at(17), 1, 2, 3, 8);
        resend(0, at(17));
        resend(2, at(18));
        ack(0, 1_018, at(28), 1, 8);
        assertThat(flight.isLost(0)).as("its copy left before one that came").isTrue();
    }

    @Test
    void tf16_probeIsGivenUp_whenSomethingIsLost_orATimeoutCame() {
        established(true).send(4);
        recovery.scheduleProbe(SRTT_NS, RetransmitTimer.NEVER, at(3));
        assertThat(recovery.probe().deadlineNs()).isEqualTo(at(3) + 2 * SRTT_NS);
        ack(0, 1_002, at(12), 2, 3);
        recovery.scheduleProbe(SRTT_NS, RetransmitTimer.NEVER, at(12));
        assertThat(recovery.probe().deadlineNs()).as("something is held").isEqualTo(RetransmitTimer.NEVER);
        ack(4, 1_003, at(13));
        send(2);
        recovery.scheduleProbe(SRTT_NS, RetransmitTimer.NEVER, at(5));
        recovery.onTimer(SRTT_NS, at(5) + 2 * SRTT_NS);
        assertThat(recovery.probe().due()).isTrue();
        recovery.onTimeout(SRTT_NS, at(300));
        assertThat(recovery.probe().due()).isFalse();
    }

    @Test
    void tf14_pathThatWasDownHere_isNoCongestion_andNeedsNoProbe() {
        established(true).send(4);
        recovery.scheduleProbe(SRTT_NS, RetransmitTimer.NEVER, at(3));
        recovery.onTimer(SRTT_NS, at(3) + 2 * SRTT_NS);
        assertThat(recovery.probe().due()).isTrue();
        assertThat(recovery.resendNow()).isTrue();
        assertThat(recovery.probe().due()).isFalse();
        assertThat(recovery.urgent()).isTrue();
        assertThat(congestion.bytes()).isEqualTo(10 * MSS);
    }

    /** RFC 1191 6.5: what is too big leaves at once, even where the congestion window is full, and it is no sign of congestion. */
    @Test
    void tf20_onlyWhatIsTooBig_isSentAgain_whateverTheWindow() {
        established(true).send(4);
        sent = 5;
        send.sentUpTo(position(4) + 500);
        flight.add(position(4) + 500, at(4));
        congestion.onLoss(4 * MSS);
        congestion.settle();
        assertThat(congestion.bytes()).isEqualTo(2 * MSS);
        recovery.mss(500);
        for (int i = 0; i < 4; i++) {
            assertThat(flight.isLost(i)).isTrue();
        }
        assertThat(flight.isLost(4)).as("fits").isFalse();
        assertThat(recovery.urgent()).isTrue();
        assertThat(congestion.bytes()).isEqualTo(2 * MSS);
    }

    /** A FIN takes a number, but no room. */
    @Test
    void tf20_segmentThatFitsWithItsFin_isNotSentAgain() {
        established(true).send(1);
        recovery.mss(MSS - 1);
        assertThat(flight.hasLost()).as("a FIN could be its last number").isFalse();
        assertThat(recovery.urgent()).isFalse();
        recovery.mss(MSS - 2);
        assertThat(flight.hasLost()).isTrue();
    }

    @Test
    void tf11_repairsStayWithinTheWindow_butForTheFirst() {
        established(true).send(4);
        send.setWindow(0, 0, 3 * MSS - 1);
        ack(0, 1_003, at(13), 3, 4);
        recovery.onTimeout(SRTT_NS, at(300));
        assertThat(recovery.mayResend(0)).isTrue();
        assertThat(recovery.mayResend(1)).isTrue();
        assertThat(recovery.mayResend(2)).as("a byte beyond").isFalse();
        send.setWindow(0, 0, 3 * MSS);
        assertThat(recovery.mayResend(2)).isTrue();
        send.setWindow(0, 0, 0);
        assertThat(recovery.mayResend(0))
                .as("a target must be able to say how large its window is")
                .isTrue();
    }
}
