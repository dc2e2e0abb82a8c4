package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpOptions;
import org.junit.jupiter.api.Test;

/** The scoreboard's arithmetic: what is under way, lost and held always adds up. */
class FlightTest {
    private final Rack rack = new Rack(new Timestamps());
    private final Flight flight = new Flight();

    private void send(final int count) {
        flight.startAt(1);
        for (int i = 1; i <= count; i++) {
            flight.add(1 + 10L * i, i);
        }
    }

    @Test
    void whatIsLost_isNotUnderWay_untilItIsSentAgain() {
        send(3);
        assertThat(flight.pipe()).isEqualTo(30);
        flight.markLost(1);
        flight.markLost(1);
        assertThat(flight.pipe()).isEqualTo(20);
        assertThat(flight.firstLost(0)).isEqualTo(1);
        flight.onRetransmitted(1, 9);
        assertThat(flight.pipe()).isEqualTo(30);
        assertThat(flight.hasLost()).isFalse();
        assertThat(flight.firstLost(0)).isEqualTo(-1);
        assertThat(flight.sentNs(1)).isEqualTo(9);
    }

    @Test
    void acknowledgedInTheMiddleOfASegment_therestStaysUnderWay() {
        send(2);
        flight.ack(5, rack);
        assertThat(flight.start(0)).isEqualTo(5);
        assertThat(flight.pipe()).isEqualTo(16);
        flight.markLost(0);
        flight.ack(7, rack);
        assertThat(flight.pipe()).isEqualTo(10);
        flight.ack(21, rack);
        assertThat(flight.isEmpty()).isTrue();
        assertThat(flight.pipe()).isZero();
        assertThat(flight.hasLost()).isFalse();
        flight.ack(21, rack);
        assertThat(flight.start(0)).isEqualTo(21);
    }

    @Test
    void splitSegment_isTwoOfTheSameKind() {
        send(5);
        flight.markLost(1);
        flight.split(1, 15);
        assertThat(flight.size()).isEqualTo(6);
        assertThat(flight.end(1)).isEqualTo(15);
        assertThat(flight.end(2)).isEqualTo(21);
        assertThat(flight.isLost(1)).isTrue();
        assertThat(flight.isLost(2)).isTrue();
        assertThat(flight.isLost(3)).isFalse();
        assertThat(flight.pipe()).isEqualTo(40);
        flight.onRetransmitted(1, 9);
        flight.onRetransmitted(2, 9);
        assertThat(flight.hasLost()).isFalse();
        assertThat(flight.pipe()).isEqualTo(50);
        flight.ack(51, rack);
        assertThat(flight.pipe()).isZero();
    }

    @Test
    void ringGoesRound_andKeepsItsOrderAsItGrows() {
        flight.startAt(1);
        long end = 1;
        long acked = 1;
        for (int round = 0; round < 200; round++) {
            for (int i = 0; i < 3; i++) {
                end += 10;
                flight.add(end, end);
            }
            acked += 20;
            flight.ack(acked, rack);
            assertThat(flight.pipe()).isEqualTo(end - acked);
            for (int i = 0; i < flight.size(); i++) {
                assertThat(flight.end(i)).isEqualTo(acked + 10L * (i + 1));
                assertThat(flight.sentNs(i)).isEqualTo(flight.end(i));
            }
        }
    }

    @Test
    void moreSegmentsThanMayBeInFlight_areNotTaken() {
        send(Flight.MAX_SEGMENTS - 1);
        assertThat(flight.isFull()).isFalse();
        flight.add(1 + 10L * Flight.MAX_SEGMENTS, 0);
        assertThat(flight.isFull()).isTrue();
    }

    @Test
    void forgettingWhatNobodyHolds_changesNothing() {
        send(2);
        flight.forgetSacks();
        assertThat(flight.pipe()).isEqualTo(20);
    }

    /** The target holds segments {@code from} up to, not including, {@code to}; returns whether that is news. */
    private boolean hold(final int from, final int to) {
        final SendSequence send = new SendSequence();
        send.init(Scene.ISS);
        send.sentUpTo(1 + 10L * flight.size());
        send.ackedUpTo(1);
        final PacketView segment = SackOption.ack(1 + 10L * from, 1 + 10L * to);
        final TcpOptions options = new TcpOptions();
        options.parse(segment.buffer(), segment.optionsOffset(), segment.optionsLength());
        final SackBlocks blocks = new SackBlocks();
        blocks.read(segment, options, send);
        return flight.sack(blocks, rack);
    }

    @Test
    void tf15_whatTheTargetHolds_isNotUnderWay_andIsNewsOnce() {
        send(5);
        assertThat(hold(2, 4)).isTrue();
        assertThat(flight.sackedSegments()).isEqualTo(2);
        assertThat(flight.pipe()).isEqualTo(30);
        assertThat(flight.isSacked(1)).isFalse();
        assertThat(flight.isSacked(2)).isTrue();
        assertThat(flight.isSacked(3)).isTrue();
        assertThat(flight.isSacked(4)).isFalse();
        assertThat(hold(2, 4)).isFalse();
        assertThat(flight.pipe()).isEqualTo(30);
        flight.markLost(2);
        assertThat(flight.hasLost()).as("held is not lost").isFalse();
        flight.ack(31, rack);
        assertThat(flight.sackedSegments()).isEqualTo(1);
        assertThat(flight.pipe()).isEqualTo(10);
        flight.ack(51, rack);
        assertThat(flight.sackedSegments()).isZero();
        assertThat(flight.pipe()).isZero();
    }

    @Test
    void tf15_lostSegmentThatIsHeldAfterAll_isLostNoMore() {
        send(3);
        flight.markLost(1);
        assertThat(flight.pipe()).isEqualTo(20);
        assertThat(hold(1, 2)).isTrue();
        assertThat(flight.hasLost()).isFalse();
        assertThat(flight.isLost(1)).isFalse();
        assertThat(flight.isSacked(1)).isTrue();
        assertThat(flight.pipe()).isEqualTo(20);
    }

    /** RFC 2018 8: a target may take back what it said. */
    @Test
    void tf15_whatTheTargetForgot_isUnderWayAgain() {
        send(4);
        hold(1, 3);
        flight.forgetSacks();
        assertThat(flight.sackedSegments()).isZero();
        assertThat(flight.pipe()).isEqualTo(40);
        for (int i = 0; i < 4; i++) {
            assertThat(flight.isSacked(i)).isFalse();
        }
    }

    @Test
    void tf15_splitSegmentThatIsHeld_isHeldTwice() {
        send(3);
        hold(1, 2);
        flight.split(1, 15);
        assertThat(flight.sackedSegments()).isEqualTo(2);
        flight.split(0, 5);
        assertThat(flight.sackedSegments()).isEqualTo(2);
        flight.ack(21, rack);
        assertThat(flight.sackedSegments()).isZero();
    }

    @Test
    void whatWasOnlyLate_isUnderWayAgain() {
        send(5);
        hold(4, 5);
        flight.markLost(0);
        flight.markLost(2);
        flight.onRetransmitted(2, 9);
        flight.markLost(3);
        assertThat(flight.pipe()).isEqualTo(20);
        flight.forgetLosses();
        assertThat(flight.hasLost()).isFalse();
        assertThat(flight.isLost(0)).isFalse();
        assertThat(flight.isLost(3)).isFalse();
        assertThat(flight.isRetransmitted(2)).isTrue();
        assertThat(flight.isSacked(4)).isTrue();
        assertThat(flight.pipe()).isEqualTo(40);
        flight.markLost(1);
        assertThat(flight.firstLost(0)).isEqualTo(1);
        assertThat(flight.firstLost(2)).isEqualTo(-1);
    }
}
