package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** TF-14: the timeout follows the round trips as RFC 6298 says. */
final class RetransmitTimerTest {
    private static final long MS = 1_000_000L;

    private final RetransmitTimer timer = new RetransmitTimer(200 * MS, 60_000 * MS);

    /** RFC 6298 2.2, 2.3: alpha 1/8, beta 1/4, K 4. */
    @Test
    void tf14_timeoutIsTheRoundTripAndFourTimesItsVariation() {
        assertThat(timer.srttNs()).isNegative();
        assertThat(timer.rtoNs()).isEqualTo(1_000 * MS);
        timer.onRoundTrip(100 * MS);
        assertThat(timer.srttNs()).isEqualTo(100 * MS);
        assertThat(timer.rtoNs()).isEqualTo(300 * MS);
        timer.onRoundTrip(180 * MS);
        assertThat(timer.srttNs()).isEqualTo(110 * MS);
        assertThat(timer.rtoNs()).isEqualTo(340 * MS);
        timer.onRoundTrip(20 * MS);
        assertThat(timer.srttNs()).isEqualTo(98_750_000);
        assertThat(timer.rtoNs()).isEqualTo(361_250_000);
    }

    @Test
    void tf14_roundTripOfNothing_isOne_andTheVariationHasAFloor() {
        timer.onRoundTrip(0);
        timer.onRoundTrip(80 * MS);
        assertThat(timer.srttNs()).isEqualTo(10 * MS);
        assertThat(timer.rtoNs()).isEqualTo(210 * MS);
    }

    @Test
    void tf14_timeoutHasACeiling() {
        timer.onRoundTrip(50_000 * MS);
        assertThat(timer.rtoNs()).isEqualTo(60_000 * MS);
    }

    /** RFC 6298 5.5, 5.6; 2.5 for the ceiling. */
    @Test
    void tf14_eachTimeoutDoublesIt_andArmsItAgain() {
        timer.initialRto(15_000 * MS);
        timer.arm(0);
        assertThat(timer.expired(15_000 * MS - 1)).isFalse();
        assertThat(timer.expired(15_000 * MS)).isTrue();
        timer.backOff(15_000 * MS);
        assertThat(timer.deadlineNs()).isEqualTo(45_000 * MS);
        timer.backOff(45_000 * MS);
        assertThat(timer.deadlineNs()).isEqualTo(105_000 * MS);
        timer.backOff(105_000 * MS);
        assertThat(timer.deadlineNs()).isEqualTo(165_000 * MS);
        assertThat(timer.backoff()).as("at the ceiling").isEqualTo(2);
        timer.disarm();
        assertThat(timer.deadlineNs()).isEqualTo(RetransmitTimer.NEVER);
    }

    @Test
    void tf14_doublingEnds_whateverTheCeiling() {
        final RetransmitTimer quick = new RetransmitTimer(0, Long.MAX_VALUE);
        quick.onRoundTrip(0);
        for (int i = 0; i < 40; i++) {
            quick.backOff(0);
        }
        assertThat(quick.backoff()).isEqualTo(30);
    }

    /** RFC 6298 5, the note behind 5.7. */
    @Test
    void tf14_timeoutStaysLong_untilARoundTripIsMeasured() {
        timer.onRoundTrip(100 * MS);
        timer.backOff(0);
        timer.backOff(0);
        timer.collapseBackoff();
        assertThat(timer.backoff()).isZero();
        assertThat(timer.rtoNs()).isEqualTo(1_200 * MS);
        timer.backOff(0);
        assertThat(timer.rtoNs()).isEqualTo(2_400 * MS);
        timer.onRoundTrip(100 * MS);
        assertThat(timer.backoff()).isZero();
        assertThat(timer.rtoNs()).isEqualTo(300 * MS);
    }
}
