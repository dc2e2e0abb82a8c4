package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import org.jspecify.annotations.Nullable;

/**
 * Stops starting flows when the target takes no more connections: a replay goes on by itself, however its target fares, and
 * must not become an attack on it. Looks at the {@link RecentFailures} only. What a connection does once it stands is the
 * judge's matter. On the agent's thread.
 */
final class CircuitBreaker implements SessionEvents {
    private final SessionEvents next;
    private final boolean on;
    private final RecentFailures recent = new RecentFailures();

    private Runnable stop = () -> {};

    /**
     * @param next who is told all of it
     * @param on whether it ever stops anything
     */
    CircuitBreaker(final SessionEvents next, final boolean on) {
        this.next = next;
        this.on = on;
    }

    /** {@code starter} starts no more flows; called once, when it is time. */
    void guards(final Runnable starter) {
        stop = starter;
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
        next.onStarted(index, nowNs);
    }

    @Override
    public void onConnectionLost(final int index, final int done, final int exchange, final Moved moved) {
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
        if (outcome == Outcome.NOT_STARTED || tripped()) {
            return;
        }
        recent.onEnded(nowNs);
        if (outcome == Outcome.REFUSED || outcome == Outcome.SYN_TIMEOUT) {
            recent.onFailed(nowNs);
            if (on && recent.trip()) {
                stop.run();
            }
        }
    }

    boolean tripped() {
        return recent.tripped();
    }

    /** What happened, and what to do about it, in two lines; null when nothing did. */
    @Nullable
    String told(final Endpoint target) {
        if (!tripped()) {
            return null;
        }
        return "stopped starting flows: target " + target + " refused or ignored " + recent.failedAtTrip() + " of "
                + recent.triedAtTrip()
                + " connections within " + RecentFailures.WINDOW_NS / 1_000_000_000L
                + " s\nhint: is it down, or overrun? replay slower (--speed,"
                + " --max-connections), or go on all the same with --breaker off";
    }
}
