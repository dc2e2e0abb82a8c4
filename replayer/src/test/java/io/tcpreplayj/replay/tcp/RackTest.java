package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.TcpOptions;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** TF-16: when a segment is lost, by the clock alone (RFC 8985 6). Segments of ten bytes. */
final class RackTest {
    private static final long MS = 1_000_000L;
    private static final long NO_SRTT = -1;

    private final Timestamps timestamps = new Timestamps();
    private final TcpOptions options = new TcpOptions();
    private final Rack rack = new Rack(timestamps);
    private final Flight flight = new Flight();

    /** So many segments, a millisecond apart, the first at 100 ms. */
    private void send(final int count) {
        flight.startAt(1);
        for (int i = 0; i < count; i++) {
            flight.add(11 + 10L * i, (100 + i) * MS);
        }
    }

    /** An ACK at this time is for segment {@code i}, sent once. */
    private void deliver(final int i, final long atMs) {
        rack.beginAck(options, atMs * MS);
        rack.onDelivered((100 + i) * MS, 11 + 10L * i, false);
    }

    private long deadlineMs(final boolean recovering, final long srttNs, final long atMs) {
        rack.detect(flight, recovering, srttNs, atMs * MS);
        return rack.deadlineNs() / MS;
    }

    @Test
    void tf16_nothingIsKnown_nothingIsLost() {
        send(3);
        assertThat(deadlineMs(false, NO_SRTT, 900)).isEqualTo(RetransmitTimer.NEVER / MS);
        assertThat(flight.hasLost()).isFalse();
    }

    @Test
    void tf16_olderSegmentIsLost_aQuarterOfTheLeastRoundTripLater() {
        send(3);
        deliver(1, 141);
        assertThat(deadlineMs(false, NO_SRTT, 141)).isEqualTo(150);
        rack.detect(flight, false, NO_SRTT, 150 * MS - 1);
        assertThat(flight.hasLost()).isFalse();
        rack.detect(flight, false, NO_SRTT, 150 * MS);
        assertThat(flight.isLost(0)).isTrue();
        assertThat(flight.isLost(2)).as("sent later").isFalse();
        assertThat(rack.deadlineNs()).isEqualTo(RetransmitTimer.NEVER);
    }

    @Test
    void tf16_reorderingWindow_isNoLongerThanSrtt_andNoneInARecovery() {
        send(2);
        deliver(1, 141);
        assertThat(deadlineMs(false, 3 * MS, 141)).isEqualTo(143);
        assertThat(deadlineMs(false, 0, 140)).as("nothing of it").isEqualTo(RetransmitTimer.NEVER / MS);
        assertThat(flight.isLost(0)).isTrue();
    }

    @Test
    void tf16_recoveringWithoutReordering_doesNotWait() {
        send(2);
        deliver(1, 141);
        rack.detect(flight, true, NO_SRTT, 140 * MS);
        assertThat(flight.isLost(0)).isTrue();
    }

    @Test
    void tf16_sentAtTheSameTime_theOneBehindIsTheLaterOne() {
        flight.startAt(1);
        flight.add(11, 100 * MS);
        flight.add(21, 100 * MS);
        flight.add(31, 100 * MS);
        rack.beginAck(options, 140 * MS);
        rack.onDelivered(100 * MS, 21, false);
        rack.detect(flight, true, NO_SRTT, 140 * MS);
        assertThat(flight.isLost(0)).isTrue();
        assertThat(flight.isLost(1)).isFalse();
        assertThat(flight.isLost(2)).isFalse();
    }

    /** RFC 8985 6.2 step 4: once a round trip, for sixteen recoveries. */
    @Test
    void tf16_duplicatesWidenTheWindow_andRecoveriesForgetThem() {
        send(2);
        deliver(1, 141);
        rack.onDsack(10, 20);
        assertThat(deadlineMs(false, NO_SRTT, 141)).isEqualTo(160);
        rack.onDsack(19, 30);
        assertThat(deadlineMs(false, NO_SRTT, 141)).as("the same round trip").isEqualTo(160);
        rack.onDsack(20, 30);
        assertThat(deadlineMs(false, NO_SRTT, 141)).isEqualTo(170);
        for (int i = 0; i < 15; i++) {
            rack.onRecoveryEnded();
        }
        assertThat(deadlineMs(false, NO_SRTT, 141)).isEqualTo(170);
        rack.onRecoveryEnded();
        assertThat(deadlineMs(false, NO_SRTT, 141)).isEqualTo(150);
        rack.onRecoveryEnded();
        rack.onDsack(30, 40);
        assertThat(deadlineMs(false, NO_SRTT, 141)).isEqualTo(160);
    }

    @Test
    void tf16_whatAnotherOvertook_isWaitedForAsLongFromThenOn() {
        send(4);
        deliver(2, 142);
        deliver(1, 161);
        assertThat(deadlineMs(true, NO_SRTT, 130))
                .as("40 ms and 20 of lateness")
                .isEqualTo(160);
        deliver(0, 150);
        assertThat(deadlineMs(true, NO_SRTT, 130)).as("less late than that").isEqualTo(160);
        assertThat(deadlineMs(true, 7 * MS, 130)).as("SRTT").isEqualTo(147);
    }

    /** RFC 8985 6.2 step 2: the ACK may be for the copy before. */
    @Test
    void tf16_ackSoonerThanAnyRoundTrip_isNotForTheCopy() {
        rack.onHandshake(40 * MS, 0);
        rack.beginAck(options, 139 * MS);
        rack.onDelivered(100 * MS, 11, true);
        assertThat(rack.roundTripNs()).isEqualTo(-1);
        send(1);
        flight.add(21, 110 * MS);
        rack.detect(flight, true, NO_SRTT, 900 * MS);
        assertThat(flight.hasLost()).isFalse();
        rack.beginAck(options, 160 * MS);
        rack.onDelivered(120 * MS, 31, true);
        rack.detect(flight, true, NO_SRTT, 900 * MS);
        assertThat(flight.isLost(0)).as("as long as the least one").isTrue();
    }

    @Test
    void tf16_leastRoundTripIsForgottenAfterFiveMinutes() {
        rack.onHandshake(8 * MS, 0);
        send(2);
        deliver(1, 141);
        assertThat(deadlineMs(false, NO_SRTT, 141)).isEqualTo(142);
        final long laterNs = 300_000 * MS;
        rack.beginAck(options, laterNs);
        rack.onDelivered(laterNs - 40 * MS, 31, false);
        flight.add(31, laterNs - 41 * MS);
        rack.detect(flight, false, NO_SRTT, laterNs - MS);
        assertThat(rack.deadlineNs()).as("five minutes").isEqualTo(laterNs + MS);
        rack.beginAck(options, laterNs + 1);
        rack.onDelivered(laterNs + 1 - 40 * MS, 41, false);
        rack.detect(flight, false, NO_SRTT, laterNs - MS);
        assertThat(rack.deadlineNs()).as("and more").isEqualTo(laterNs + 9 * MS);
    }

    /** RFC 8985 6.3. */
    @Test
    void tf16_atATimeout_theFirstIsLost_andWhatIsAsOld() {
        send(3);
        rack.detectAtTimeout(flight, NO_SRTT, 100 * MS);
        assertThat(flight.isLost(2)).as("nothing is known").isTrue();
        flight.forgetLosses();
        deliver(1, 141);
        rack.detectAtTimeout(flight, NO_SRTT, 151 * MS);
        assertThat(flight.isLost(0)).isTrue();
        assertThat(flight.isLost(1)).as("sent 50 ms ago").isTrue();
        assertThat(flight.isLost(2)).as("sent 49 ms ago").isFalse();
        rack.detectAtTimeout(flight, 9 * MS, 151 * MS);
        assertThat(flight.isLost(2)).as("40 ms and an SRTT of 9").isTrue();
    }

    @Test
    void tf16_firstOfTheFlightIsLostAtATimeout_howeverYoung() {
        send(2);
        deliver(1, 141);
        rack.detectAtTimeout(flight, NO_SRTT, 102 * MS);
        assertThat(flight.isLost(0)).isTrue();
        assertThat(flight.isLost(1)).isFalse();
    }

    @Test
    void tf10_echoTellsWhichCopyArrived() {
        timestamps.init(5_000);
        rack.onHandshake(40 * MS, 0);
        timestamps.confirm(700, 1, 0);
        rack.beginAck(echo(5_100), 150 * MS);
        assertThat(rack.echoes(100 * MS)).isTrue();
        assertThat(rack.echoes(101 * MS)).isFalse();
        assertThat(rack.echoesBefore(100 * MS)).isFalse();
        assertThat(rack.echoesBefore(101 * MS)).isTrue();
        rack.onDelivered(101 * MS, 11, true);
        assertThat(rack.roundTripNs()).as("an earlier copy").isEqualTo(-1);
        rack.beginAck(echo(5_101), 150 * MS);
        rack.onDelivered(101 * MS, 11, true);
        assertThat(rack.roundTripNs()).isEqualTo(49 * MS);
        rack.beginAck(options, 150 * MS);
        assertThat(rack.echoes(-5_000 * MS)).as("no option").isFalse();
    }

    private static TcpOptions echo(final int tsEcr) {
        final byte[] bytes = {
            TcpOptions.NOP, TcpOptions.NOP, TcpOptions.TIMESTAMPS, 10, 0, 0, 2, (byte) 0xbd, 0, 0, 0, 0
        };
        Timestamps.putInt(bytes, 8, tsEcr);
        final TcpOptions parsed = new TcpOptions();
        parsed.parse(ByteBuffer.wrap(bytes), 0, bytes.length);
        return parsed;
    }
}
