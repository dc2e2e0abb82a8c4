package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import org.jspecify.annotations.Nullable;

/**
 * Stops starting flows when the target takes no more connections: a replay goes on by itself, however its target fares, and
 * must not become an attack on it. Looks at the last {@link #WINDOW_NS} only. What a connection does once it stands is the
 * judge's matter. On the agent's thread.
 */
final class CircuitBreaker implements SessionEvents {
    static final long WINDOW_NS = 5_000_000_000L;

    /** Fewer that failed are no stampede. */
    private static final int FEWEST = 100;
    /** One of so many may fail. */
    private static final int ONE_OF = 5;

    private static final int BUCKETS = 10;

    private final SessionEvents next;
    private final boolean on;
    private final long[] started = new long[BUCKETS];
    private final long[] ended = new long[BUCKETS];
    private final long[] failed = new long[BUCKETS];
    private long bucket;
    private long failedAtTrip;
    private long triedAtTrip;

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
        started[at(nowNs)]++;
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
        final int now = at(nowNs);
        ended[now]++;
        if (outcome == Outcome.REFUSED || outcome == Outcome.SYN_TIMEOUT) {
            failed[now]++;
            look();
        }
    }

    private void look() {
        final long bad = sum(failed);
        final long all = Math.max(sum(started), sum(ended));
        if (on && bad >= FEWEST && bad * ONE_OF > all) {
            failedAtTrip = bad;
            triedAtTrip = all;
            stop.run();
        }
    }

    /** The bucket of this moment, empty when it is a new one. */
    private int at(final long nowNs) {
        final long now = nowNs / (WINDOW_NS / BUCKETS);
        for (long skipped = Math.max(bucket + 1, now - BUCKETS + 1); skipped <= now; skipped++) {
            final int stale = (int) (skipped % BUCKETS);
            started[stale] = 0;
            ended[stale] = 0;
            failed[stale] = 0;
        }
        bucket = Math.max(bucket, now);
        return (int) (bucket % BUCKETS);
    }

    private static long sum(final long[] counts) {
        long sum = 0;
        for (final long count : counts) {
            sum += count;
        }
        return sum;
    }

    boolean tripped() {
        return failedAtTrip > 0;
    }

    /** What happened, and what to do about it, in two lines; null when nothing did. */
    @Nullable
    String told(final Endpoint target) {
        if (!tripped()) {
            return null;
        }
        return "stopped starting flows: target " + target + " refused or ignored " + failedAtTrip + " of " + triedAtTrip
                + " connections within " + WINDOW_NS / 1_000_000_000L
                + " s\nhint: is it down, or overrun? replay slower (--speed,"
                + " --max-connections), or go on all the same with --breaker off";
    }
}
