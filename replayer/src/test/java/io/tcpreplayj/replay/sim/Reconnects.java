package io.tcpreplayj.replay.sim;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.LocalEndpoints;
import io.tcpreplayj.replay.Moved;
import io.tcpreplayj.replay.OnEarlyFin;
import io.tcpreplayj.replay.OnReset;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.ReconnectPlan;
import io.tcpreplayj.replay.ReplayRules;
import io.tcpreplayj.replay.SessionEvents;
import io.tcpreplayj.replay.script.Gaps;
import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.Likeness;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TF-28, TF-41: the connections of one flow. By the rules that its seed drew, one that the target loses is followed by another,
 * with what the production's own plan says is left, when it says so.
 */
final class Reconnects implements SessionEvents {
    private final World world;
    private final ReconnectPlan plan;
    private final boolean repeats;

    /** @param endsAtEarlyFin whether a FIN that comes early ends a connection */
    Reconnects(
            final World world,
            final Script script,
            final Endpoint target,
            final boolean endsAtEarlyFin,
            final Seeded random) {
        this.world = world;
        final OnReset onReset = OnReset.values()[random.below(OnReset.values().length)];
        final OnEarlyFin onEarlyFin =
                !endsAtEarlyFin ? OnEarlyFin.CONTINUE : random.coin() ? OnEarlyFin.FAIL : OnEarlyFin.RECONNECT;
        repeats = onReset != OnReset.SKIP_REQUEST;
        final ReplayRules rules = new ReplayRules(
                GateMode.HYBRID, true, false, false, Gaps.DROP_FLOW, onEarlyFin, onReset, Likeness.NONE);
        plan = new ReconnectPlan(
                List.of(new PlannedSession(0, script, 0, null, target, 0, -1)),
                rules,
                new Pace(1, world.responseTimeoutNs()),
                new Nowhere(),
                this);
    }

    /** A connection is over; returns whether another one takes its place. */
    boolean onEnd(final Connection lost) {
        final ClientSession session = lost.session();
        final Outcome outcome = session.outcome();
        if (outcome == null || outcome.completed()) {
            return false;
        }
        final Moved moved = new Moved(session.ackedBytes(), session.receivedBytes(), session.retransmittedBytes());
        final long dueNs = plan.next(0, outcome, session.cursor(), moved, world.nowNs());
        if (dueNs == ReconnectPlan.NEVER) {
            return false;
        }
        final Script rest = plan.current(0).script();
        final long behind = lost.conversation().clientBytes() - rest.clientLength();
        lost.watch()
                .require(
                        !repeats || behind <= lost.everReceived(),
                        "goes on at " + behind + ", the server has " + lost.everReceived() + " bytes");
        world.queue().plan(dueNs, () -> open(lost, rest));
        return true;
    }

    private void open(final Connection lost, final Script rest) {
        if (plan.isWaiting(0)) {
            plan.opens(0);
            world.open(lost.next(rest));
        }
        lost.onReplaced();
    }

    void stop() {
        plan.stop();
    }

    @Override
    public ScriptListener scriptListener(final int index) {
        return Scripts.DEAF;
    }

    @Override
    public @Nullable ResponseBytes responseBytes(final int index) {
        return null;
    }

    @Override
    public void onStarted(final int index, final long nowNs) {}

    @Override
    public void onConnectionLost(final int index, final int done, final int next, final Moved moved) {
        world.note("a connection is lost behind exchange ", done + ", the next one begins with " + next);
    }

    @Override
    public void onEnded(
            final int index,
            final Outcome outcome,
            final long ackedBytes,
            final long receivedBytes,
            final long retransmittedBytes,
            final @Nullable Endpoint local,
            final long nowNs) {}

    /** A simulation tells connections apart by themselves. */
    private static final class Nowhere implements LocalEndpoints {
        @Override
        public Endpoint next(final IpAddress capturedClient) {
            throw new IllegalStateException("the plan has no endpoints");
        }
    }
}
