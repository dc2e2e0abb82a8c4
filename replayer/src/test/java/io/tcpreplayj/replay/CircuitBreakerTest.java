package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.GrowingScript;
import io.tcpreplayj.replay.script.Growth;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CircuitBreakerTest {
    private static final long MS = 1_000_000L;
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("10.1.2.3"), 80);

    private static final Endpoint FAR = new Endpoint(IpAddress.parse("10.9.9.9"), 80);

    private final List<PlannedSession> sessions =
            new ArrayList<>(Plans.of(Scripts.flow().send("x").answer("y").build(), 2_000, 0, "10.0.0.1", "10.1.2.3")
                    .sessions());
    private final Told told = new Told();
    private int stops;
    private final CircuitBreaker breaker = breaker(true);

    private CircuitBreaker breaker(final boolean on) {
        final CircuitBreaker made = new CircuitBreaker(told, on, sessions);
        made.guards(() -> stops++);
        return made;
    }

    @Test
    void targetThatRefusesAll_stopsTheRunOnce_atTheHundredth() {
        for (int i = 0; i < 99; i++) {
            session(Outcome.REFUSED, i * MS);
        }
        assertThat(breaker.tripped()).isFalse();
        session(Outcome.REFUSED, 99 * MS);
        session(Outcome.REFUSED, 100 * MS);
        assertThat(stops).isEqualTo(1);
        assertThat(breaker.told(TARGET).text())
                .contains("10.1.2.3:80 refused, ignored or reset 100 of 100 connections", "\nhint: ");
        assertThat(told.ended).as("the books hear of all").isEqualTo(101);
    }

    @Test
    void targetThatTookNoneYet_getsFiveHundred_andAllWhenItTookOne() {
        int begun = 0;
        while (breaker.mayStart(0) && begun < 2_000) {
            breaker.onStarted(begun++, 0);
        }
        assertThat(begun).isEqualTo(FirstAnswer.MOST);
        assertThat(breaker.startsNs()).isPositive();
        breaker.onEnded(0, Outcome.REFUSED, 0, 0, 0, null, MS);
        assertThat(breaker.mayStart(MS)).isTrue();
        breaker.onStarted(begun, MS);
        assertThat(breaker.mayStart(MS)).isFalse();
        breaker.onConnected(1, MS, MS);
        assertThat(breaker.startsNs()).isZero();
        assertThat(breaker.mayStart(MS)).isTrue();
    }

    @Test
    void off_nobodyIsWaitedFor() {
        final CircuitBreaker off = breaker(false);
        for (int i = 0; i < 2_000; i++) {
            assertThat(off.mayStart(0)).isTrue();
            off.onStarted(i, 0);
        }
        assertThat(off.startsNs()).isZero();
    }

    @Test
    void oneOfFive_isNoReason_andMoreIs() {
        for (int i = 0; i < 1_000; i++) {
            session(i % 5 == 4 ? Outcome.REFUSED : Outcome.COMPLETED, i * MS);
        }
        assertThat(stops).isZero();
        for (int i = 0; i < 60; i++) {
            session(Outcome.SYN_TIMEOUT, 1_000 * MS);
        }
        assertThat(stops).isEqualTo(1);
    }

    @Test
    void refusalsOfLongAgo_areForgotten() {
        for (int i = 0; i < 99; i++) {
            session(Outcome.REFUSED, i * MS);
        }
        session(Outcome.REFUSED, 6_000 * MS);
        assertThat(stops).isZero();
        for (int i = 0; i < 100; i++) {
            session(Outcome.REFUSED, 60_000 * MS);
        }
        assertThat(stops).isEqualTo(1);
    }

    @Test
    void connectionsThatEndOtherwise_areNoneOfItsBusiness() {
        for (int i = 0; i < 1_000; i++) {
            session(Outcome.ABORTED_EARLY_FIN, i * MS);
            breaker.onEnded(i, Outcome.NOT_STARTED, 0, 0, 0, null, i * MS);
        }
        assertThat(stops).isZero();
        assertThat(breaker.told(TARGET)).isNull();
    }

    /** Nor does the target get credit for them. */
    @Test
    void connectionsThatWereTooLateToBegin_areNoneOfItsBusiness() {
        for (int i = 0; i < 150; i++) {
            session(Outcome.REFUSED, i * MS);
            for (int late = 0; late < 9; late++) {
                breaker.onEnded(i, Outcome.LATE, 0, 0, 0, null, i * MS);
            }
        }
        assertThat(stops).isEqualTo(1);
    }

    /** An overrun program closes what its kernel took for it, or dies. */
    @Test
    void connectionsThatAreReset_countAsRefusedOnes() {
        for (int i = 0; i < 500; i++) {
            session(i % 5 == 4 ? Outcome.RESET_BY_TARGET : Outcome.COMPLETED, i * MS);
        }
        assertThat(stops).as("a fifth").isZero();
        session(Outcome.RESET_BY_TARGET, 500 * MS);
        assertThat(stops).isEqualTo(1);
        assertThat(breaker.told(TARGET).text()).contains("refused, ignored or reset 101 of 501 connections");
    }

    @Test
    void connectionsThatWereResetInTheCapture_areNoReason() {
        final FlowScript reset = Scripts.flow().send("x").answer("y").rst().build();
        sessions.set(0, new PlannedSession(0, reset, 0, null, TARGET, 0, -1));
        for (int i = 0; i < 1_000; i++) {
            session(Outcome.RESET_BY_TARGET, i * MS);
        }
        assertThat(stops).isZero();
    }

    @Test
    void connectionsThatAreResetOnceAnswered_areNoReason() {
        for (int i = 0; i < 1_000; i++) {
            breaker.onStarted(0, i * MS);
            breaker.onEnded(0, Outcome.RESET_BY_TARGET, 1, 1, 0, null, i * MS);
        }
        assertThat(stops).isZero();
    }

    @Test
    void resetsOfFlowsWithoutAnAnswer_areNoReason() {
        final FlowScript mute = Scripts.flow().send("x").build();
        sessions.set(0, new PlannedSession(0, mute, 0, null, TARGET, 0, -1));
        for (int i = 0; i < 1_000; i++) {
            session(Outcome.RESET_BY_TARGET, i * MS);
        }
        assertThat(stops).isZero();
    }

    @Test
    void resetsOfFlowsThatAreBeingCaptured_count_whileAnAnswerMayCome() {
        final GrowingScript growing = new Growth(Scripts.flow().send("x").build(), 0, 0).script();
        sessions.set(0, new PlannedSession(0, growing, 0, null, TARGET, 0, -1));
        for (int i = 0; i < 99; i++) {
            session(Outcome.RESET_BY_TARGET, i * MS);
        }
        growing.end(0);
        session(Outcome.RESET_BY_TARGET, 99 * MS);
        assertThat(stops).as("the captured server answered nothing either").isZero();
        sessions.set(0, sessions.get(1));
        session(Outcome.RESET_BY_TARGET, 100 * MS);
        assertThat(stops).isEqualTo(1);
    }

    @Test
    void synThatWasOverdue_isNotCountedAgain_whenItsConnectionIsReset() {
        for (int i = 0; i < 60; i++) {
            breaker.onStarted(i, 0);
            breaker.onSynLeft(i, 0);
        }
        breaker.mayStart(3_500 * MS);
        for (int i = 0; i < 60; i++) {
            breaker.onConnected(i, -1, 3_600 * MS);
            breaker.onEnded(i, Outcome.RESET_BY_TARGET, 0, 0, 0, null, 3_600 * MS);
        }
        assertThat(stops).as("sixty failed, not a hundred and twenty").isZero();
    }

    @Test
    void farTarget_isNotSlow_besideANearOne() {
        sessions.set(1, new PlannedSession(1, sessions.get(0).script(), 0, null, FAR, 0, -1));
        long nowNs = connect(0, 6_000, MS);
        nowNs = connect(1, nowNs, 20_000, 150 * MS);
        assertThat(breaker.pauses()).isZero();
        nowNs = connect(1, nowNs, 6_000, 1_600 * MS);
        assertThat(breaker.pauses()).isEqualTo(1);
        assertThat(breaker.mayStart(breaker.startsNs() - 1)).isFalse();
        nowNs = Math.max(nowNs, breaker.startsNs());
        connect(0, nowNs, 2_000, MS);
        assertThat(breaker.startsNs()).as("the far one has yet to be tried").isLessThanOrEqualTo(nowNs);
        nowNs = connect(1, nowNs, 40_000, 1_600 * MS);
        breaker.onEnded(1, Outcome.NOT_STARTED, 0, 0, 0, null, nowNs);
        assertThat(breaker.told(TARGET).text())
                .startsWith("stopped starting flows: target 10.9.9.9:80 took more than 1500.0 ms");
    }

    @Test
    void connectionsThatDie_countAsThoseThatNeverStood() {
        for (int i = 0; i < 100; i++) {
            session(Outcome.TIMEOUT, i * MS);
        }
        assertThat(stops).isEqualTo(1);
    }

    @Test
    void pathThatLosesAThirdEachWay_isNoFaultOfTheTarget() {
        for (int i = 0; i < 2_000; i++) {
            final long nowNs = i * 6 * MS;
            assertThat(breaker.mayStart(nowNs)).isTrue();
            breaker.onStarted(i, nowNs);
            breaker.onSynLeft(i, nowNs);
            if (i % 4 != 0) {
                breaker.onConnected(i, 30 * MS, nowNs);
            }
        }
        assertThat(stops).isZero();
    }

    @Test
    void refusedConnectionThatWillBeTriedAgain_isNoSynThatWasIgnored() {
        for (int i = 0; i < 400; i++) {
            breaker.onStarted(i, i * MS);
            breaker.onSynLeft(i, i * MS);
            breaker.onRefused(i);
        }
        assertThat(breaker.mayStart(4_500 * MS)).isTrue();
        assertThat(stops).isZero();
    }

    @Test
    void targetThatIgnoresSyns_stopsTheRun_withinFiveSeconds() {
        int started = 0;
        long nowNs = 0;
        while (stops == 0) {
            if (breaker.mayStart(nowNs)) {
                breaker.onStarted(started, nowNs);
                breaker.onSynLeft(started++, nowNs);
            }
            nowNs += 5 * MS;
            assertThat(nowNs).isLessThan(5_000 * MS);
        }
        assertThat(nowNs).isGreaterThan(3_000 * MS);
        assertThat(started).isEqualTo(FirstAnswer.MOST);
        assertThat(breaker.told(TARGET).text()).contains("10.1.2.3:80 refused, ignored or reset ");
        breaker.onEnded(0, Outcome.SYN_TIMEOUT, 0, 0, 0, null, nowNs);
        assertThat(stops).isEqualTo(1);
    }

    @Test
    void synsThatAreAnswered_orExcused_areNotIgnored() {
        for (int i = 0; i < 2_000; i++) {
            final long nowNs = i * 5 * MS;
            breaker.mayStart(nowNs);
            breaker.onStarted(i, nowNs);
            breaker.onSynLeft(i, nowNs);
            if (i % 6 > 0) {
                breaker.onConnected(i, MS, nowNs + MS);
            }
        }
        assertThat(stops).as("a sixth").isZero();
        for (long nowNs = 10_000 * MS; nowNs < 60_000 * MS; nowNs += 50 * MS) {
            breaker.mayStart(nowNs);
        }
        assertThat(stops).as("a sixth of those that began, long ago by now").isZero();
        for (int i = 0; i < 400; i++) {
            breaker.onSynLeft(i, 60_000 * MS);
        }
        breaker.onExcused(62_000 * MS);
        breaker.mayStart(65_000 * MS);
        assertThat(stops).as("the process stood still meanwhile").isZero();
        breaker.mayStart(65_250 * MS);
        assertThat(stops).as("but not for the three seconds behind that").isEqualTo(1);
    }

    @Test
    void slowTarget_pausesNewConnections_andEndsTheRunAfterThirtySeconds() {
        long nowNs = connect(0, 6_000, MS);
        nowNs = connect(nowNs, 4_000, 200 * MS);
        assertThat(breaker.pauses()).isEqualTo(1);
        assertThat(breaker.startsNs()).isBetween(nowNs - 50 * MS, nowNs + 500 * MS);
        assertThat(breaker.mayStart(breaker.startsNs() - 1)).isFalse();
        assertThat(breaker.mayStart(breaker.startsNs())).isTrue();
        assertThat(breaker.told(TARGET)).as("nothing was lost so far").isNull();
        nowNs = connect(nowNs, 40_000, 200 * MS);
        assertThat(stops).isEqualTo(1);
        breaker.onEnded(1_999, Outcome.NOT_STARTED, 0, 0, 0, null, nowNs);
        assertThat(breaker.told(TARGET).text())
                .isEqualTo("stopped starting flows: target 10.1.2.3:80 took more than 100.0 ms to answer a SYN, and"
                        + " 1.0 ms at first; it was waited 30 s for it to recover\nhint: it is overrun: replay slower"
                        + " (--speed, --max-rate, --max-bandwidth), or go on all the same with --breaker off");
        assertThat(breaker.pausedNs(nowNs)).isEqualTo(30_000 * MS);
    }

    /** Nor is what would have begun meanwhile, when nothing of it is left in the end. */
    @Test
    void slowTarget_isTold_whenAllThatWaitedForItBecameTooLate() {
        breaker.onEnded(1_998, Outcome.LATE, 0, 0, 0, null, 0);
        final long nowNs = connect(connect(0, 6_000, MS), 44_000, 200 * MS);
        assertThat(breaker.told(TARGET)).as("what was too late before").isNull();
        breaker.onEnded(1_999, Outcome.LATE, 0, 0, 0, null, nowNs);
        assertThat(breaker.told(TARGET).text())
                .startsWith("stopped starting flows: target 10.1.2.3:80 took more than 100.0 ms");
    }

    /** Nobody waits to be started just then; what is captured later will not be. */
    @Test
    void slowTargetOfACapture_isTold_thoughNoFlowWaits() {
        breaker.guardsCapture(() -> stops++);
        connect(connect(0, 6_000, MS), 44_000, 200 * MS);
        assertThat(stops).isEqualTo(1);
        assertThat(breaker.told(TARGET).text())
                .startsWith("stopped starting flows: target 10.1.2.3:80 took more than 100.0 ms to answer a SYN")
                .endsWith(
                        "replay less of the capture (--sample, --max-connections, --max-bandwidth), or go on all the same"
                                + " with --breaker off");
    }

    /** A limit of our own may hold a SYN back for long. */
    @Test
    void synsThatHaveNotLeft_areNotIgnored() {
        for (int i = 0; i < 2_000; i++) {
            breaker.mayStart(i * 5 * MS);
            breaker.onStarted(i, i * 5 * MS);
        }
        assertThat(stops).isZero();
    }

    @Test
    void breakerThatIsOff_pausesNothing() {
        final CircuitBreaker off = breaker(false);
        long nowNs = 0;
        for (int i = 0; i < 1_000; i++) {
            nowNs += 20 * MS;
            off.onStarted(i, nowNs);
            off.onConnected(i, i < 100 ? MS : 900 * MS, nowNs);
            assertThat(off.mayStart(nowNs)).isTrue();
        }
        assertThat(off.pauses()).isZero();
        assertThat(stops).isZero();
    }

    /** A connection every 50 ms for so long, as far as they are let. */
    private long connect(final long fromNs, final long forMs, final long roundTripNs) {
        return connect(0, fromNs, forMs, roundTripNs);
    }

    private long connect(final int index, final long fromNs, final long forMs, final long roundTripNs) {
        long nowNs = fromNs;
        while (nowNs < fromNs + forMs * MS) {
            if (breaker.mayStart(nowNs)) {
                breaker.onStarted(index, nowNs);
                breaker.onConnected(index, roundTripNs, nowNs);
            }
            nowNs += 50 * MS;
        }
        return nowNs;
    }

    private void session(final Outcome outcome, final long nowNs) {
        breaker.onStarted(0, nowNs);
        breaker.onEnded(0, outcome, 0, 0, 0, null, nowNs);
    }

    private static final class Told implements SessionEvents {
        private int ended;

        @Override
        public ScriptListener scriptListener(final int index) {
            throw new AssertionError("nobody asked");
        }

        @Override
        public @Nullable ResponseBytes responseBytes(final int index) {
            return null;
        }

        @Override
        public void onStarted(final int index, final long nowNs) {}

        @Override
        public void onConnectionLost(final int index, final int done, final int next, final Moved moved) {}

        @Override
        public void onEnded(
                final int index,
                final Outcome outcome,
                final long ackedBytes,
                final long receivedBytes,
                final long retransmittedBytes,
                final @Nullable Endpoint local,
                final long nowNs) {
            ended++;
        }
    }
}
