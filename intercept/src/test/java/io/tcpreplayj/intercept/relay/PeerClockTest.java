package io.tcpreplayj.intercept.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PeerClockTest {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000 * MS;

    @Test
    void whatTookLeast_counts() {
        final PeerClock clock = new PeerClock(100 * SECOND, 103 * SECOND);
        assertThat(clock.aheadNs()).isEqualTo(-3 * SECOND);
        clock.hear(110 * SECOND, 110 * SECOND + 2 * MS);
        assertThat(clock.aheadNs()).isEqualTo(-2 * MS);
        clock.hear(120 * SECOND, 130 * SECOND);
        assertThat(clock.aheadNs()).isEqualTo(-2 * MS);
    }

    /** Weeks, by 20 ppm. */
    @Test
    void clocksThatPart_areFollowed_inEitherDirection() {
        for (final long ratePpm : new long[] {-20, 20}) {
            final PeerClock clock = new PeerClock(0, 0);
            long oursNs = 0;
            long parted = 0;
            for (int minute = 0; minute < 30 * 24 * 60; minute++) {
                oursNs += 60 * SECOND;
                parted = oursNs / 1_000_000 * ratePpm;
                clock.hear(oursNs + parted, oursNs);
            }
            assertThat(clock.aheadNs() - parted).isBetween(0L, 2 * PeerClock.SPAN_NS / 1_000_000 * 20);
        }
    }
}
