package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stops starting flows when the target takes no more connections, and pauses while it is a {@link SlowTarget}: a replay goes on
 * by itself, however its target fares, and must not become an attack on it. Of the failures of a connection it looks at those in
 * which the target was not there, at the beginning or later, or reset without a byte what the captured server answered: a program
 * that is overrun or dies resets what its kernel took. One that has answered may reset for good reasons (an upload it refused,
 * an idle connection). What else it says while it is there is the judge's matter. On the agent's thread.
 */
final class CircuitBreaker implements SessionEvents {
    private final SessionEvents next;
    private final boolean on;
    private final RecentFailures recent = new RecentFailures();
    private final UnansweredSyns syns;
    private final SlowTargets slow = new SlowTargets();
    private final FirstAnswer first = new FirstAnswer();
    private final List<PlannedSession> sessions;
    private boolean exhausted;
    private long neverStarted;

    private Runnable stop = () -> {};
    private boolean endless;

    /**
     * @param next who is told all of it
     * @param on whether it ever stops anything
     * @param sessions by their indices, as they are at the moment
     */
    CircuitBreaker(final SessionEvents next, final boolean on, final List<PlannedSession> sessions) {
        this.next = next;
        this.on = on;
        this.sessions = sessions;
        syns = new UnansweredSyns(sessions.size());
    }

    /** {@code starter} starts no more flows; called once, when it is time. */
    void guards(final Runnable starter) {
        stop = starter;
    }

    /** The same, of flows that are being captured: there are always more of them. */
    void guardsCapture(final Runnable starter) {
        stop = starter;
        endless = true;
    }

    @Override
    public ScriptListener scriptListener(final int index) {
        return next.scriptListener(index);
    }

    @Override
    public @Nullable ResponseBytes responseBytes(final int index) {
        return next.responseBytes(index);
    }

    @Override
    public void onStarted(final int index, final long nowNs) {
        recent.onStarted(nowNs);
        slow.onStarted(sessions.get(index).target(), nowNs);
        first.onStarted();
        next.onStarted(index, nowNs);
    }

    @Override
    public void onSynLeft(final int index, final long nowNs) {
        lookAtSyns(nowNs);
        syns.onOver(index);
        syns.onStarted(index, nowNs);
        next.onSynLeft(index, nowNs);
    }

    @Override
    public void onConnected(final int index, final long roundTripNs, final long nowNs) {
        syns.onOver(index);
        first.onConnected();
        if (on && roundTripNs >= 0) {
            slow.onRoundTrip(sessions.get(index).target(), roundTripNs, nowNs);
        }
        next.onConnected(index, roundTripNs, nowNs);
    }

    @Override
    public void onExcused(final long nowNs) {
        syns.excuse(nowNs);
        slow.forget();
        next.onExcused(nowNs);
    }

    @Override
    public boolean mayStart(final long nowNs) {
        lookAtSyns(nowNs);
        final boolean may = slow.mayStart(nowNs);
        if (!exhausted && !may && slow.exhausted() != null) {
            exhausted = true;
            stop.run();
        }
        return may && (!on || first.mayStart(nowNs));
    }

    @Override
    public long startsNs() {
        return Math.max(slow.startsNs(), first.startsNs());
    }

    /** A path that loses 30 % each way swallows both SYNs of one connection in four, or their answers: that is not the target. */
    private void lookAtSyns(final long nowNs) {
        final long overdue = syns.overdue(nowNs);
        recent.onJudged(syns.judged(), nowNs);
        for (long left = 2 * overdue > syns.judged() ? overdue : 0; left > 0 && !tripped(); left--) {
            onFailed(nowNs);
        }
    }

    private void onFailed(final long nowNs) {
        recent.onFailed(nowNs);
        if (on && recent.trip()) {
            stop.run();
        }
    }

    @Override
    public void onRefused(final int index) {
        syns.onOver(index);
        next.onRefused(index);
    }

    @Override
    public void onConnectionLost(final int index, final int done, final int exchange, final Moved moved) {
        syns.onOver(index);
        next.onConnectionLost(index, done, exchange, moved);
    }

    @Override
    public void onEnded(
            final int index,
            final Outcome outcome,
            final long ackedBytes,
            final long receivedBytes,
            final long retransmittedBytes,
            final @Nullable Endpoint local,
            final long nowNs) {
        next.onEnded(index, outcome, ackedBytes, receivedBytes, retransmittedBytes, local, nowNs);
        if (outcome == Outcome.NOT_STARTED || outcome == Outcome.LATE) {
            // What becomes too late while a target is left alone does so on its account.
            if (outcome == Outcome.NOT_STARTED || slow.startsNs() > 0) {
                neverStarted++;
            }
            return;
        }
        first.onEnded();
        final boolean isNew = syns.onOver(index);
        if (tripped()) {
            return;
        }
        recent.onEnded(nowNs);
        if (isNew && isFailure(index, outcome, receivedBytes)) {
            onFailed(nowNs);
        }
    }

    private boolean isFailure(final int index, final Outcome outcome, final long receivedBytes) {
        return switch (outcome) {
            case REFUSED, SYN_TIMEOUT, TIMEOUT -> true;
            case RESET_BY_TARGET ->
                receivedBytes == 0 && sessions.get(index).script().expectsAnswer();
            default -> false;
        };
    }

    boolean tripped() {
        return recent.tripped();
    }

    /** How often new connections had to wait for a slow target, and how long in all. */
    long pauses() {
        return slow.pauses();
    }

    long pausedNs(final long nowNs) {
        return slow.pausedNs(nowNs);
    }

    /** What happened, and what to do about it; null when nothing did. */
    @Nullable
    Trouble told(final Endpoint target) {
        final SlowTarget tooSlow = slow.exhausted();
        if (tooSlow != null && (neverStarted > 0 || (endless && exhausted))) {
            return Diagnosis.slow(tooSlow, slower("--speed, --max-rate, --max-bandwidth"));
        }
        if (!tripped()) {
            return null;
        }
        return new Trouble(
                Trouble.Stop.BREAKER,
                "stopped starting flows: target " + target + " refused, ignored or reset " + recent.failedAtTrip()
                        + " of " + recent.triedAtTrip() + " connections within "
                        + RecentFailures.WINDOW_NS / 1_000_000_000L + " s",
                "is it down, or overrun? " + slower("--speed, --max-connections"));
    }

    private String slower(final String flagsOfReplay) {
        return (endless
                        ? "replay less of the capture (--sample, --max-connections, --max-bandwidth)"
                        : "replay slower (" + flagsOfReplay + ")")
                + ", or go on all the same with --breaker off";
    }
}
