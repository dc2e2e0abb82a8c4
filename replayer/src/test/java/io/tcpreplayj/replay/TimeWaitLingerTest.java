package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** TF-31: TIME-WAIT answers, also when the last session of a run is in it. */
final class TimeWaitLingerTest {
    private static final long MS = 1_000_000L;

    private final TimeWaitLinger linger = new TimeWaitLinger();

    @Test
    void tf31_whereNothingWasLost_theRunEndsAtOnce() {
        linger.onEnded(true, false, 5 * MS);
        assertThat(linger.isOver(5 * MS)).isTrue();
    }

    @Test
    void tf31_withoutTimeWait_theRunEndsAtOnce() {
        linger.onEnded(false, true, 5 * MS);
        assertThat(linger.isOver(5 * MS)).isTrue();
    }

    @Test
    void tf31_afterLosses_theRunEndsWhenNobodyWasHeardForASecond() {
        linger.onEnded(false, true, 0);
        linger.onEnded(true, false, 100 * MS);
        assertThat(linger.isOver(1_099 * MS)).isFalse();
        linger.onHeard(600 * MS);
        assertThat(linger.isOver(1_599 * MS)).isFalse();
        assertThat(linger.isOver(1_600 * MS)).isTrue();
    }

    @Test
    void tf31_targetThatNeverStops_isLeftAfterThreeSeconds() {
        linger.onEnded(true, true, 0);
        for (long ms = 0; ms < 3_000; ms += 100) {
            linger.onHeard(ms * MS);
            assertThat(linger.isOver(ms * MS)).isFalse();
        }
        assertThat(linger.isOver(3_000 * MS)).isTrue();
    }

    @Test
    void tf31_runThatIsStopped_waitsForNobody() {
        linger.onEnded(true, true, 0);
        linger.waive();
        assertThat(linger.isOver(1)).isTrue();
    }
}
