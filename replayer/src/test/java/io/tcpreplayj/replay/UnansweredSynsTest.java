package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class UnansweredSynsTest {
    private static final long MS = 1_000_000L;

    private final UnansweredSyns syns = new UnansweredSyns(100);

    private void start(final int index, final long nowNs) {
        assertThat(syns.overdue(nowNs)).isZero();
        syns.onStarted(index, nowNs);
    }

    @Test
    void synsAreOverdueOnce_afterThreeSeconds() {
        for (int i = 0; i < 10; i++) {
            start(i, 100 * MS);
        }
        assertThat(syns.overdue(3_100 * MS)).isZero();
        assertThat(syns.overdue(3_250 * MS)).isEqualTo(10);
        assertThat(syns.overdue(60_000 * MS)).isZero();
        assertThat(syns.onOver(3)).as("it was counted").isFalse();
        assertThat(syns.onOver(3)).as("so it was when it ends later").isFalse();
        syns.onStarted(3, 60_000 * MS);
        assertThat(syns.onOver(3)).as("another SYN").isTrue();
    }

    @Test
    void whoHasItsAnswer_isNotOverdue() {
        start(0, 0);
        start(1, 400 * MS);
        assertThat(syns.onOver(0)).isTrue();
        assertThat(syns.overdue(4_000 * MS)).isEqualTo(1);
        assertThat(syns.judged()).isEqualTo(2);
        assertThat(syns.overdue(8_000 * MS)).isZero();
        assertThat(syns.judged()).isZero();
    }

    @Test
    void countsEachOfALongRun_howeverSeldomItIsAsked() {
        long overdue = 0;
        for (int i = 0; i < 100; i++) {
            final long nowNs = i * 1_700 * MS;
            overdue += syns.overdue(nowNs);
            syns.onStarted(i, nowNs);
        }
        overdue += syns.overdue(1_000_000 * MS);
        assertThat(overdue).isEqualTo(100);
    }

    @Test
    void whoIsExcused_waitsAnew_amongAllThatBeganWithThem() {
        start(0, 0);
        start(1, 0);
        start(2, 500 * MS);
        assertThat(syns.onOver(1)).isTrue();
        syns.excuse(2_000 * MS);
        syns.onStarted(3, 2_001 * MS);
        assertThat(syns.onOver(2)).isTrue();
        assertThat(syns.overdue(5_000 * MS)).isZero();
        assertThat(syns.overdue(5_250 * MS)).isEqualTo(2);
        assertThat(syns.judged()).isEqualTo(4);
        assertThat(syns.onOver(0)).as("it was counted").isFalse();
    }

    @Test
    void whoWasCounted_isNotExcusedAfterwards() {
        start(0, 0);
        assertThat(syns.overdue(4_000 * MS)).isEqualTo(1);
        syns.excuse(4_000 * MS);
        assertThat(syns.overdue(20_000 * MS)).isZero();
        assertThat(syns.onOver(0)).isFalse();
    }
}
