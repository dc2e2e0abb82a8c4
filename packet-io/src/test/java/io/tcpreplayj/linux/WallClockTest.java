package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** In virtual time, but for the last. */
final class WallClockTest {
    private static final long MS = 1_000_000L;
    private static final long HOUR_NS = 3_600_000 * MS;

    private long monotonicNs = 5_000 * MS;
    private long setAheadNs = 1_700_000_000_000L * MS;
    /** From one look at the monotonic clock to the next. */
    private long heldUpNs;

    private final WallClock clock = new WallClock(
            () -> {
                final long nowNs = monotonicNs;
                monotonicNs += heldUpNs;
                return nowNs;
            },
            () -> monotonicNs + setAheadNs);

    @Test
    void timePasses_andAClockThatWasSetIsFollowedWithinASecond() {
        assertThat(clock.nowNs()).isEqualTo(monotonicNs + setAheadNs);
        setAheadNs += HOUR_NS;
        monotonicNs += 999 * MS;
        assertThat(clock.nowNs()).as("not looked at yet").isEqualTo(monotonicNs + setAheadNs - HOUR_NS);
        monotonicNs += MS;
        assertThat(clock.nowNs()).isEqualTo(monotonicNs + setAheadNs);
        setAheadNs -= 2 * HOUR_NS;
        monotonicNs += 1_000 * MS;
        assertThat(clock.nowNs()).as("set back").isEqualTo(monotonicNs + setAheadNs);
    }

    /** A thread that stood still between the two clocks would be wrong for a second by as long. */
    @Test
    void lookThatWasHeldUp_isNotTaken_andRepeated() {
        final long beforeNs = setAheadNs;
        setAheadNs += HOUR_NS;
        monotonicNs += 1_000 * MS;
        heldUpNs = 50 * MS;
        final long atNs = monotonicNs;
        assertThat(clock.nowNs()).isEqualTo(atNs + beforeNs);
        heldUpNs = 0;
        assertThat(clock.nowNs()).isEqualTo(monotonicNs + setAheadNs);
    }

    @Test
    void clockThatAlwaysTakesLong_isFollowedAllTheSame() {
        heldUpNs = MS;
        setAheadNs += HOUR_NS;
        monotonicNs += 1_000 * MS;
        for (int look = 0; look < 6; look++) {
            clock.nowNs();
        }
        final long atNs = monotonicNs;
        assertThat(clock.nowNs()).isBetween(atNs + setAheadNs, atNs + setAheadNs + MS);
    }

    @Test
    void looksOfTheBeginning_ofWhichOneIsQuick_takeThat() {
        final long[] looks = new long[1];
        final WallClock slow = new WallClock(() -> monotonicNs, () -> {
            // The fifth is not held up.
            monotonicNs += ++looks[0] == 5 ? 0 : 10 * MS;
            return monotonicNs + setAheadNs;
        });
        assertThat(slow.minusMonotonicNs()).isEqualTo(setAheadNs);
    }

    @Test
    void thisHosts_isTheTimeOfDay_andAllocatesNothing() throws IOException {
        final WallClock here = new WallClock();
        final long fromMs = System.currentTimeMillis();
        assertThat(here.nowNs() / MS).isBetween(fromMs - 1, System.currentTimeMillis() + 1);
        assertThat(new Allocation().during(10_000, here::nowNs)).isLessThan(10_000 / 20);
    }
}
