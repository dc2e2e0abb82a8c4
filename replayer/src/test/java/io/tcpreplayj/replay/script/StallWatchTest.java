package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StallWatchTest {
    private static final long MS = 1_000_000L;

    private final StallWatch watch = new StallWatch();

    @Test
    void whoWasAwayForLongerThanItMeantToWait_stoodStill() {
        assertThat(watch.stoodStill(0)).as("the first look").isFalse();
        assertThat(watch.stoodStill(100 * MS)).as("a busy machine").isFalse();
        assertThat(watch.stoodStill(5_100 * MS)).isTrue();
        assertThat(watch.fromNs()).isEqualTo(100 * MS);
        assertThat(watch.stoodStill(5_101 * MS)).as("told once").isFalse();
    }

    @Test
    void whatItMeantToWait_isNoStandstill() {
        watch.stoodStill(0);
        watch.waits(3_000 * MS);
        assertThat(watch.stoodStill(3_001 * MS)).isFalse();
        watch.waits(3_500 * MS);
        assertThat(watch.stoodStill(4_000 * MS)).isTrue();
        assertThat(watch.fromNs()).isEqualTo(3_500 * MS);
    }

    @Test
    void whoWakesEarly_stoodNotStill() {
        watch.stoodStill(0);
        watch.waits(3_000 * MS);
        assertThat(watch.stoodStill(10 * MS)).isFalse();
        assertThat(watch.stoodStill(110 * MS)).isFalse();
    }
}
