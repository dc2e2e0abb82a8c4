package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

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
}
