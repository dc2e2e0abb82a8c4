package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.replay.tcp.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In virtual time: each duty cycle of the made-up agent takes as long as it may wait. */
final class ReplayRunnerTest {
    private static final long SECOND = 1_000_000_000L;

    private long nowNs;
    private long longestHushNs;
    private long giveUpNs = GuardRails.NEVER;
    private final RunControl control = new RunControl();
    private final List<String> told = new ArrayList<>();

    private ReplayRunner runner(final FakeAgent agent) {
        return new ReplayRunner(agent, control, () -> nowNs, giveUpNs, new ReplayRunner.Watch() {
            @Override
            public void onSilence(final Outcome outcome) {
                told.add(outcome.label() + " at " + nowNs / SECOND);
            }

            @Override
            public void onTick(final long hushNs) {
                longestHushNs = Math.max(longestHushNs, hushNs);
            }
        });
    }

    @Test
    void agentThatEnds_isLeftAlone() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.endsAtNs = 10 * SECOND;
        final ReplayRunner runner = runner(agent);
        runner.run();
        assertThat(agent.calls).isEmpty();
        assertThat(runner.silent()).isFalse();
        assertThat(runner.broken()).isNull();
    }

    @Test
    void silentTarget_isGivenUpAfterThreeSeconds() {
        final FakeAgent agent = new FakeAgent();
        final ReplayRunner runner = runner(agent);
        runner.run();
        assertThat(runner.silent()).isTrue();
        assertThat(told).containsExactly("syn-timeout at 3");
        assertThat(agent.calls).containsExactly("abort");
        assertThat(nowNs).isBetween(3 * SECOND, 3 * SECOND + 100_000_000L);
    }

    @Test
    void targetThatFallsSilentLater_isToldOf_asLongAsSessionsAreOpen() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.hushFromNs = 4 * SECOND;
        agent.endsAtNs = 24 * SECOND;
        runner(agent).run();
        assertThat(longestHushNs).isBetween(19 * SECOND, 20 * SECOND);
        assertThat(agent.calls).isEmpty();
    }

    @Test
    void targetThatFallsSilentLater_isGivenUp_whenThatIsAskedFor() {
        giveUpNs = 5 * SECOND;
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.hushFromNs = 4 * SECOND;
        final ReplayRunner runner = runner(agent);
        runner.run();
        assertThat(told).containsExactly("timeout at 9");
        assertThat(agent.calls).containsExactly("abort");
        assertThat(nowNs).isBetween(9 * SECOND, 9 * SECOND + 100_000_000L);
        assertThat(runner.gaveUpNs()).isBetween(5 * SECOND, 5 * SECOND + 50_000_000L);
        assertThat(runner.waitedFor()).isEqualTo(1);
        assertThat(runner.silent()).isFalse();
    }

    /** SIGSTOP: what came meanwhile is read after the clock was looked at. */
    @Test
    void timeInWhichTheProcessStoodStill_isNoSilence() {
        giveUpNs = 5 * SECOND;
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.standsStillNs = 60 * SECOND;
        agent.hushFromNs = 0;
        agent.endsAtNs = 64 * SECOND;
        runner(agent).run();
        assertThat(told).isEmpty();
    }

    @Test
    void targetThatOwesNothing_isNotGivenUp_untilItDoes() {
        giveUpNs = 5 * SECOND;
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.hushFromNs = 0;
        agent.answerOwedFromNs = 30 * SECOND;
        runner(agent).run();
        assertThat(told).hasSize(1);
        assertThat(nowNs).isBetween(35 * SECOND - 50_000_000L, 35 * SECOND + 100_000_000L);
    }

    /** Nothing would end by --give-up, so nobody is told of silence. */
    @Test
    void targetThatOwesNothing_isNotCalledSilent() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.hushFromNs = 0;
        agent.answerOwedFromNs = 30 * SECOND;
        agent.endsAtNs = 33 * SECOND;
        runner(agent).run();
        assertThat(longestHushNs).isBetween(2 * SECOND, 4 * SECOND);
    }

    @Test
    void whenNothingMoreBegins_whatIsOpenIsWaitedFor_untilNothingIsHeardForSoLong() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.hushFromNs = 40 * SECOND;
        agent.answerOwedFromNs = Long.MAX_VALUE;
        control.close(30 * SECOND);
        final ReplayRunner runner = runner(agent);
        runner.run();
        assertThat(agent.calls).containsExactly("abort");
        assertThat(told).as("they end as interrupted").isEmpty();
        assertThat(nowNs).isBetween(70 * SECOND, 70 * SECOND + 100_000_000L);
        assertThat(runner.stalled()).isEqualTo(1);
    }

    /** A closed window is probed for ever, and its target answers. */
    @Test
    void whenNothingMoreBegins_whoIsHeardAndGetsNoFurther_isNotWaitedFor() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.stuckFromNs = 40 * SECOND;
        control.close(30 * SECOND);
        final ReplayRunner runner = runner(agent);
        runner.run();
        assertThat(runner.stalled()).isEqualTo(1);
        assertThat(nowNs).isBetween(70 * SECOND, 70 * SECOND + 100_000_000L);
    }

    @Test
    void whenNothingMoreBegins_timeInWhichNothingCouldLeave_isExcused() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.stuckFromNs = 40 * SECOND;
        agent.cutOffUntilNs = 65 * SECOND;
        control.close(30 * SECOND);
        runner(agent).run();
        assertThat(nowNs).isBetween(95 * SECOND - 50_000_000L, 95 * SECOND + 100_000_000L);
    }

    @Test
    void whenNothingMoreBegins_anAgentThatEndsByItself_isLeftAlone() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.hushFromNs = 0;
        agent.countsProgress = false;
        agent.endsAtNs = 500 * SECOND;
        control.close(30 * SECOND);
        runner(agent).run();
        assertThat(agent.calls).isEmpty();
    }

    /** That looks at each of its sessions, of which there may be a million. */
    @Test
    void whatATargetOwes_isNotAskedWhileItIsHeard() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.endsAtNs = 10 * SECOND;
        runner(agent).run();
        assertThat(agent.owedAsked).isZero();
    }

    @Test
    void silenceBeforeTheEndOfTheCapture_isNoneAfterIt() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        agent.hushFromNs = 0;
        agent.closesAtNs = 20 * SECOND;
        runner(agent).run();
        assertThat(nowNs).isBetween(50 * SECOND, 50 * SECOND + 200_000_000L);
    }

    @Test
    void answerOwedLate_isWaitedForThreeSecondsToo() {
        final FakeAgent agent = new FakeAgent();
        agent.owedFromNs = 10 * SECOND;
        final ReplayRunner runner = runner(agent);
        runner.run();
        assertThat(runner.silent()).isTrue();
        assertThat(nowNs).isBetween(13 * SECOND, 13 * SECOND + 200_000_000L);
    }

    @Test
    void firstSignal_drains_andAbortsWhatIsOpenTwoSecondsLater() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        control.interrupt(2);
        runner(agent).run();
        assertThat(agent.calls).containsExactly("drain", "abort");
        assertThat(nowNs).isBetween(2 * SECOND, 2 * SECOND + 100_000_000L);
        assertThat(control.signal()).isEqualTo(2);
    }

    @Test
    void secondSignal_abortsAtOnce() {
        final FakeAgent agent = new FakeAgent();
        agent.heard = true;
        control.interrupt(15);
        control.interrupt(15);
        runner(agent).run();
        assertThat(agent.calls).containsExactly("drain", "abort");
        assertThat(nowNs).isLessThan(SECOND);
    }

    @Test
    void brokenWire_endsTheRunWithItsCause() {
        for (final boolean unchecked : new boolean[] {false, true}) {
            final FakeAgent agent = new FakeAgent();
            agent.breaks = true;
            agent.unchecked = unchecked;
            final ReplayRunner runner = runner(agent);
            runner.run();
            assertThat(agent.calls).containsExactly("giveUp");
            assertThat(runner.broken()).hasMessage("EBADFD");
        }
    }

    private final class FakeAgent implements Agent {
        private final List<String> calls = new ArrayList<>();
        private long endsAtNs = Long.MAX_VALUE;
        private boolean heard;
        private long owedFromNs;
        private long hushFromNs = Long.MAX_VALUE;
        private long answerOwedFromNs;
        private long closesAtNs = Long.MAX_VALUE;
        private long standsStillNs;
        private long stuckFromNs = Long.MAX_VALUE;
        private long cutOffUntilNs;
        private boolean countsProgress = true;
        private int owedAsked;
        private boolean over;
        private boolean breaks;
        private boolean unchecked;

        @Override
        public void work(final long maxWaitNs) throws IOException {
            if (breaks) {
                final IOException cause = new IOException("EBADFD");
                if (unchecked) {
                    throw new UncheckedIOException(cause);
                }
                throw cause;
            }
            nowNs += maxWaitNs;
            if (nowNs >= closesAtNs) {
                control.close(30 * SECOND);
            }
            if (nowNs >= SECOND) {
                nowNs += standsStillNs;
                standsStillNs = 0;
            }
        }

        @Override
        public boolean done() {
            return over || nowNs >= endsAtNs;
        }

        @Override
        public int openSessions() {
            return 1;
        }

        @Override
        public void drain() {
            calls.add("drain");
        }

        @Override
        public void abort() {
            calls.add("abort");
            over = true;
        }

        @Override
        public void giveUp() {
            calls.add("giveUp");
            over = true;
        }

        @Override
        public boolean heardAnything() {
            return heard || nowNs < owedFromNs;
        }

        @Override
        public long timesHeard() {
            return Math.min(nowNs, hushFromNs);
        }

        @Override
        public long progress() {
            return countsProgress ? Math.min(timesHeard(), stuckFromNs) : -1;
        }

        @Override
        public boolean isCutOff() {
            return nowNs < cutOffUntilNs;
        }

        @Override
        public boolean isOwed() {
            owedAsked++;
            return nowNs >= answerOwedFromNs;
        }

        @Override
        public ReplayResult.Packets packets() {
            return new ReplayResult.Packets(0, 0, 0, 0, ReplayResult.EgressWatch.NONE, null);
        }

        @Override
        public void close() {}
    }
}
