package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Gaps;
import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Likeness;
import io.tcpreplayj.replay.tcp.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** TF-28, TF-41: when and with what a session goes on over another connection. */
class ReconnectPlanTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final Pace PACE = new Pace(1, 30 * SECOND);
    private static final Moved ALL = new Moved(100, 0, 0);
    private static final Moved NOTHING = new Moved(0, 0, 0);
    private static final Endpoint ANOTHER = new Endpoint(IpAddress.parse("198.18.0.2"), 50_000);

    private final FlowScript script = Scripts.flow()
            .send("one")
            .answer("answer one")
            .after(700 * MS)
            .send("two")
            .answer("answer two")
            .after(900 * MS)
            .send("three")
            .answer("answer three")
            .fin()
            .build();
    private final ReplayPlan plan = Plans.of(script, 1, 0, "198.18.0.2", "127.0.0.1");
    private final SessionBook book = new SessionBook(plan);

    private ReconnectPlan reconnects(final OnEarlyFin onEarlyFin, final OnReset onReset) {
        final ReplayRules rules = new ReplayRules(
                GateMode.HYBRID, true, false, false, Gaps.DROP_FLOW, onEarlyFin, onReset, Likeness.NONE);
        final List<Endpoint> more = new ArrayList<>(List.of(ANOTHER));
        return new ReconnectPlan(
                plan.sessions(),
                rules,
                PACE,
                new LocalEndpoints() {
                    @Override
                    public Endpoint next(final IpAddress capturedClient) {
                        throw new IllegalStateException("the plan has its endpoints");
                    }

                    @Override
                    public Endpoint another(final IpAddress capturedClient) {
                        return more.isEmpty() ? null : more.remove(0);
                    }
                },
                book);
    }

    /** So many requests sent, so many answered, at 1 s; then the connection breaks. */
    private ScriptCursor broken(final Script of, final int sent, final int answered) {
        final ScriptCursor cursor = new ScriptCursor(of, PACE, book.scriptListener(0));
        cursor.onEstablished(0, 0);
        long bytes = 0;
        long received = 0;
        for (int i = 0; i < sent; i++) {
            bytes += of.flow().events().length(i);
            cursor.onClientBytesSent(bytes, SECOND);
            if (i < answered) {
                received += of.flow().exchanges().responseBytes(i);
                cursor.onServerBytes(received, true, SECOND);
                if (i + 1 < sent) {
                    cursor.advance(3 * SECOND);
                }
            }
        }
        cursor.onEnd(SECOND);
        return cursor;
    }

    @Test
    void withoutAWord_aLostConnectionIsTheEnd() {
        final ReconnectPlan none = reconnects(OnEarlyFin.CONTINUE, OnReset.FAIL);
        for (final Outcome outcome : Outcome.values()) {
            assertThat(none.next(0, outcome, broken(script, 1, 1), ALL, SECOND)).isEqualTo(ReconnectPlan.NEVER);
        }
    }

    @Test
    void answeredRequest_theNextOneKeepsItsTime() {
        final ReconnectPlan plans = reconnects(OnEarlyFin.CONTINUE, OnReset.RECONNECT);
        assertThat(plans.next(0, Outcome.RESET_BY_TARGET, broken(script, 1, 1), ALL, SECOND + 100 * MS))
                .isEqualTo(SECOND + 700 * MS);
        assertThat(plans.isWaiting(0)).isTrue();
        final PlannedSession next = plans.current(0);
        assertThat(next.local()).isEqualTo(ANOTHER);
        assertThat(next.script().clientLength()).isEqualTo("twothree".length());
        plans.opens(0);
        assertThat(plans.isWaiting(0)).isFalse();
    }

    @Test
    void unansweredRequest_isSentAgainAtOnceOrLeftOut() {
        final ReconnectPlan again = reconnects(OnEarlyFin.CONTINUE, OnReset.RECONNECT);
        assertThat(again.next(0, Outcome.RESET_BY_TARGET, broken(script, 2, 1), ALL, 2 * SECOND))
                .isEqualTo(2 * SECOND);
        assertThat(again.current(0).script().clientLength()).isEqualTo("twothree".length());
        final ReconnectPlan skips = reconnects(OnEarlyFin.CONTINUE, OnReset.SKIP_REQUEST);
        assertThat(skips.next(0, Outcome.RESET_BY_TARGET, broken(script, 2, 1), ALL, 2 * SECOND))
                .isEqualTo(2 * SECOND + 900 * MS);
        assertThat(skips.current(0).script().clientLength()).isEqualTo("three".length());
    }

    @Test
    void portsThatAreUsedUp_areUsedAgain() {
        final ReconnectPlan plans = reconnects(OnEarlyFin.CONTINUE, OnReset.RECONNECT);
        plans.next(0, Outcome.RESET_BY_TARGET, broken(script, 1, 1), ALL, SECOND);
        plans.opens(0);
        final Script rest = plans.current(0).script();
        plans.next(0, Outcome.RESET_BY_TARGET, broken(rest, 1, 1), ALL, SECOND);
        assertThat(plans.current(0).local()).isEqualTo(ANOTHER);
        assertThat(plans.current(0).script().clientLength()).isEqualTo("three".length());
    }

    @Test
    void refusals_areTriedAgainEverMoreRarelyForThirtySeconds() {
        final ReconnectPlan plans = reconnects(OnEarlyFin.CONTINUE, OnReset.RECONNECT);
        final List<Long> waitsMs = new ArrayList<>();
        long nowNs = SECOND;
        while (waitsMs.size() < 100) {
            final long dueNs = plans.next(
                    0, Outcome.REFUSED, new ScriptCursor(script, PACE, book.scriptListener(0)), NOTHING, nowNs);
            if (dueNs == ReconnectPlan.NEVER) {
                break;
            }
            waitsMs.add((dueNs - nowNs) / MS);
            nowNs = dueNs;
            plans.opens(0);
        }
        assertThat(waitsMs).startsWith(100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L);
        assertThat(waitsMs).hasSizeLessThan(12);
        plans.ended(0, Outcome.REFUSED, NOTHING, null, nowNs);
        assertThat(book.ledger().count(Outcome.REFUSED)).isEqualTo(1);
        assertThat(book.ledger().reconnects().connectionsLost()).isZero();
    }

    @Test
    void nothingLeft_isDivergedAndCountedOnce() {
        final ReconnectPlan plans = reconnects(OnEarlyFin.CONTINUE, OnReset.SKIP_REQUEST);
        final Moved moved = new Moved(11, 20, 4);
        assertThat(plans.next(0, Outcome.RESET_BY_TARGET, broken(script, 3, 2), moved, SECOND))
                .isEqualTo(ReconnectPlan.NEVER);
        plans.ended(0, Outcome.RESET_BY_TARGET, moved, null, SECOND);
        book.ledger().check();
        assertThat(book.ledger().count(Outcome.COMPLETED_DIVERGED)).isEqualTo(1);
        assertThat(book.ledger().bytes()).isEqualTo(new ReplayResult.Bytes(11, 11, 4, 20));
        assertThat(book.ledger().reconnects()).isEqualTo(new ReplayResult.Reconnects(1, 0, 1));
    }

    @Test
    void earlyFin_obeysItsOwnRule() {
        final long nowNs = 2 * SECOND;
        assertThat(reconnects(OnEarlyFin.FAIL, OnReset.RECONNECT)
                        .next(0, Outcome.ABORTED_EARLY_FIN, broken(script, 1, 1), ALL, nowNs))
                .isEqualTo(ReconnectPlan.NEVER);
        assertThat(reconnects(OnEarlyFin.RECONNECT, OnReset.FAIL)
                        .next(0, Outcome.ABORTED_EARLY_FIN, broken(script, 1, 1), ALL, nowNs))
                .isEqualTo(nowNs);
        assertThat(reconnects(OnEarlyFin.RECONNECT, OnReset.FAIL)
                        .next(0, Outcome.RESET_BY_TARGET, broken(script, 1, 1), ALL, nowNs))
                .isEqualTo(ReconnectPlan.NEVER);
    }

    @Test
    void requestWithoutAnswer_isDoneWithWhenItsBytesArrived() {
        final FlowScript silent = Scripts.flow()
                .send("one")
                .answer("answer one")
                .send("two")
                .fin()
                .build();
        assertThat(silent.exchangesWithin(6, 2)).isEqualTo(2);
        assertThat(silent.exchangesWithin(5, 2)).isEqualTo(1);
        assertThat(silent.exchangesWithin(2, 2)).isZero();
    }

    @Test
    void stop_makesEveryLossTheEnd() {
        final ReconnectPlan plans = reconnects(OnEarlyFin.CONTINUE, OnReset.RECONNECT);
        plans.next(0, Outcome.RESET_BY_TARGET, broken(script, 1, 1), ALL, SECOND);
        plans.stop();
        assertThat(plans.isWaiting(0)).isFalse();
        assertThat(plans.next(0, Outcome.RESET_BY_TARGET, broken(script, 1, 1), ALL, SECOND))
                .isEqualTo(ReconnectPlan.NEVER);
    }
}
