package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import org.junit.jupiter.api.Test;

final class SlowTargetTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;

    private final SlowTarget target = new SlowTarget(new Endpoint(IpAddress.parse("10.1.2.3"), 80));
    private long nowNs;

    /** A connection every 50 ms for so long, as far as they are let; each takes {@code roundTripNs}. */
    private void connect(final long forNs, final long roundTripNs) {
        for (final long untilNs = nowNs + forNs; nowNs < untilNs; nowNs += 50 * MS) {
            if (target.mayStart(nowNs)) {
                target.onStarted(nowNs);
                target.onRoundTrip(roundTripNs, nowNs);
            }
        }
    }

    @Test
    void limitIsTenTimesTheFirstOnesMedian_andNeverBelowTheFloor() {
        connect(SECOND, 30 * MS);
        assertThat(target.usualNs()).isEqualTo(30 * MS);
        assertThat(target.limitNs()).isEqualTo(300 * MS);

        final SlowTarget near = new SlowTarget(new Endpoint(IpAddress.parse("10.1.2.3"), 80));
        for (int i = 0; i < SlowTarget.FEWEST; i++) {
            near.onRoundTrip(i < 3 ? 900 * MS : 20_000 + i, i);
        }
        assertThat(near.usualNs()).isEqualTo(20_013);
        assertThat(near.limitNs()).isEqualTo(100 * MS);
    }

    @Test
    void beforeThereIsAUsualTime_nothingIsSlow() {
        for (int i = 0; i < SlowTarget.FEWEST; i++) {
            target.onRoundTrip(SECOND, i * SECOND);
        }
        assertThat(target.isPaused()).isFalse();
    }

    @Test
    void targetThatIsSlowForThreeSeconds_isPaused_andGoesOnAfterThreeQuickOnes() {
        connect(6 * SECOND, MS);
        final long slowSinceNs = nowNs;
        while (!target.isPaused()) {
            connect(50 * MS, 150 * MS);
        }
        assertThat(nowNs - slowSinceNs).as("the median of five seconds").isBetween(2_450 * MS, 3_100 * MS);
        assertThat(target.pauses()).isEqualTo(1);
        assertThat(target.startsNs()).isBetween(nowNs, nowNs + SlowTarget.TRY_NS);
        connect(4 * SECOND, 150 * MS);
        assertThat(target.isPaused()).isTrue();
        final long quickSinceNs = nowNs;
        while (target.isPaused()) {
            connect(50 * MS, MS);
        }
        assertThat(nowNs - quickSinceNs).as("two tries further").isBetween(1_000 * MS, 1_600 * MS);
        assertThat(target.startsNs()).isZero();
        assertThat(target.pausedNs(nowNs)).isBetween(5 * SECOND, 5_600 * MS);
        connect(5 * SECOND, MS);
        assertThat(target.pauses()).isEqualTo(1);
    }

    @Test
    void whilePaused_oneIsTriedEveryHalfSecond() {
        connect(SECOND, MS);
        connect(10 * SECOND, 150 * MS);
        assertThat(target.isPaused()).isTrue();
        int tried = 0;
        for (final long untilNs = nowNs + 5 * SECOND; nowNs < untilNs; nowNs += MS) {
            if (target.mayStart(nowNs)) {
                target.onStarted(nowNs);
                tried++;
            }
        }
        assertThat(tried).isEqualTo(10);
    }

    @Test
    void targetThatStaysSlow_isExhaustedAfterThirtySeconds() {
        connect(SECOND, MS);
        while (!target.isPaused()) {
            connect(50 * MS, 150 * MS);
        }
        final long sinceNs = nowNs;
        while (!target.isExhausted()) {
            connect(50 * MS, 150 * MS);
        }
        assertThat(nowNs - sinceNs).isBetween(SlowTarget.PATIENCE_NS - 100 * MS, SlowTarget.PATIENCE_NS + 100 * MS);
        assertThat(target.mayStart(nowNs + 3600 * SECOND)).isFalse();
        assertThat(target.pausedNs(nowNs + 3600 * SECOND)).isEqualTo(SlowTarget.PATIENCE_NS);
    }

    @Test
    void whereNobodyWantedToStart_nobodyKnows_andAllMay() {
        connect(SECOND, MS);
        connect(5 * SECOND, 150 * MS);
        assertThat(target.isPaused()).isTrue();
        nowNs += 2 * SlowTarget.PATIENCE_NS;
        assertThat(target.mayStart(nowNs)).isTrue();
        assertThat(target.isPaused()).isFalse();
        assertThat(target.isExhausted()).isFalse();
    }

    /** A machine of ours that stands still, or is overrun by its own crowd, makes many late at once. */
    @Test
    void manyThatAreLateAtOnce_areNoSlowTarget() {
        connect(6 * SECOND, MS);
        for (int i = 0; i < 10_000; i++) {
            target.onRoundTrip(900 * MS, nowNs + i * 100_000L);
        }
        assertThat(target.isPaused()).isFalse();
    }

    @Test
    void fewThatAreSlow_andSlowOnesAmongQuickOnes_areNoReason() {
        connect(SECOND, MS);
        for (int second = 0; second < 60; second++) {
            nowNs += SECOND;
            target.onRoundTrip(900 * MS, nowNs);
        }
        assertThat(target.isPaused()).as("five in five seconds").isFalse();
        nowNs += SlowTarget.WINDOW_NS;
        for (int i = 0; i < 4_000; i++) {
            nowNs += 10 * MS;
            target.onRoundTrip(i % 3 == 1 ? 900 * MS : MS, nowNs);
        }
        assertThat(target.isPaused()).as("a third of them").isFalse();
    }

    @Test
    void whatIsForgotten_countsNoMore() {
        connect(SECOND, MS);
        connect(2 * SECOND, 150 * MS);
        target.forget();
        connect(2 * SECOND, 150 * MS);
        assertThat(target.isPaused()).isFalse();
        connect(SECOND, 150 * MS);
        assertThat(target.isPaused()).isTrue();
    }
}
