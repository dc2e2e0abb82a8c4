package io.tcpreplayj.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The times of following: when to look for more, when to commit, when to end. */
final class FollowPace {
    private static final long COMMIT_NS = 1_000_000_000L;
    private static final long REST_MS = 100;

    private final long durationNs;
    private final BooleanSupplier stop;
    private final long beganNs = System.nanoTime();
    private long packetsNs = beganNs;
    private long commitNs = beganNs;

    /**
     * @param durationNs after which it is the end
     * @param stop whether it is the end before
     */
    FollowPace(final long durationNs, final BooleanSupplier stop) {
        this.durationNs = durationNs;
        this.stop = stop;
    }

    /**
     * So many packets came. Waits a little when there were none, and tells the reader when it is to finish.
     *
     * @return whether there may be more
     */
    boolean goesOn(final int packets, final OngoingReader reader) throws IOException {
        if (packets > 0) {
            packetsNs = System.nanoTime();
        }
        if (isOver()) {
            reader.finish();
        } else if (packets == 0) {
            reader.rest();
        }
        return packets >= 0;
    }

    boolean isOver() {
        return stop.getAsBoolean() || elapsedNs() >= durationNs;
    }

    /** Waits for what others do. */
    static void rest() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(REST_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while following");
        }
    }

    /**
     * Since packets came last. Nothing captured goes by in that time, but it goes by where they are captured, too.
     *
     * @param untilNs when it was still certain that no others were on their way
     */
    long idleNs(final long untilNs) {
        return Math.max(0, untilNs - packetsNs);
    }

    long elapsedNs() {
        return System.nanoTime() - beganNs;
    }

    boolean commitIsDue() {
        return System.nanoTime() - commitNs >= COMMIT_NS;
    }

    void onCommit() {
        commitNs = System.nanoTime();
    }
}
