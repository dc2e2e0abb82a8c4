package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Row R9: local send errors end no run, and cost no longer than they last. */
class PathWatchTest {
    private static final long MS = 1_000_000L;

    private final PathWatch path = new PathWatch();

    @Test
    void allRefused_oneTriesTwiceASecond_untilPacketsLeaveAgain() {
        assertThat(path.healed(10, 0, 0)).isFalse();
        assertThat(path.deadlineNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(path.healed(10, 3, 100 * MS)).isFalse();
        assertThat(path.isDown()).isTrue();
        assertThat(path.tryDue(599 * MS)).isFalse();
        assertThat(path.tryDue(600 * MS)).isTrue();
        assertThat(path.tryDue(601 * MS)).isFalse();
        assertThat(path.healed(10, 4, 602 * MS)).isFalse();
        assertThat(path.tryDue(1100 * MS)).isTrue();
        assertThat(path.healed(11, 4, 1101 * MS)).isTrue();
        assertThat(path.isDown()).isFalse();
        assertThat(path.healed(12, 4, 1102 * MS)).as("told once").isFalse();
        assertThat(path.tryDue(9_000 * MS)).isFalse();
    }

    @Test
    void somePacketsRefused_isNoPathDown() {
        path.healed(10, 0, 0);
        path.healed(20, 1, 0);
        assertThat(path.tryDue(9_000 * MS)).as("one was too long").isFalse();
    }
}
