package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import java.util.Arrays;

/**
 * Whether the target has become so slow that it should be left alone for a while: its round trips, from SYN to SYN-ACK, are more
 * than ten times as long as the first ones. Then connections wait; one now and then is tried, and when three in a row are quick
 * again, all go on. When they were not for {@link #PATIENCE_NS}, the target has had enough. No allocation after construction.
 *
 * <p>A SYN-ACK comes from the target's kernel, so it says nothing of how long a program thinks; and what is measured ends when
 * this process reads it, so a busy machine of our own must not pass for a slow target. Hence the floor, and hence the spread: a
 * stall makes many late at once, an overrun target for seconds.
 */
final class SlowTarget {
    static final long WINDOW_NS = RecentCounts.WINDOW_NS;
    static final long PATIENCE_NS = 30_000_000_000L;
    static final long TRY_NS = 500_000_000L;

    /** So many round trips tell what is usual, and so many in a window what is now. */
    static final int FEWEST = 20;

    /** No target is quicker than that in our eyes: ten times of it is more than what a crowd of our own starts takes. */
    static final long FLOOR_NS = 10_000_000L;

    private static final int TIMES = 10;
    private static final int QUICK_IN_A_ROW = 3;
    /** In so many parts of the window slow ones must be found: three seconds. */
    private static final int SPREAD = 6;

    private static final int ALL = 0;
    private static final int SLOW = 1;
    private static final long NEVER = Long.MAX_VALUE;

    private final Endpoint target;
    private final long[] first = new long[FEWEST];
    private int measured;
    private long usualNs;

    private final RecentCounts recent = new RecentCounts(2);

    private long pausedSinceNs = NEVER;
    private long triedNs;
    private int quick;
    private long pauses;
    private long pausedNs;
    private boolean exhausted;

    SlowTarget(final Endpoint target) {
        this.target = target;
    }

    Endpoint target() {
        return target;
    }

    /** The target took a connection after so long. */
    void onRoundTrip(final long roundTripNs, final long nowNs) {
        if (measured < FEWEST) {
            first[measured++] = roundTripNs;
            if (measured == FEWEST) {
                Arrays.sort(first);
                usualNs = first[FEWEST / 2];
            }
            return;
        }
        final boolean isSlow = roundTripNs > limitNs();
        if (isPaused()) {
            quick = isSlow ? 0 : quick + 1;
            if (quick == QUICK_IN_A_ROW) {
                resume(nowNs);
            }
            return;
        }
        recent.add(ALL, 1, nowNs);
        if (isSlow) {
            recent.add(SLOW, 1, nowNs);
            if (isTooSlow()) {
                pausedSinceNs = nowNs;
                triedNs = nowNs;
                quick = 0;
                pauses++;
            }
        }
    }

    /** The median is above the limit, and has been for a while. */
    private boolean isTooSlow() {
        final long sum = recent.sum(ALL);
        return sum >= FEWEST && recent.sum(SLOW) * 2 > sum && recent.spread(SLOW) >= SPREAD;
    }

    /** Whether another connection may be opened now. */
    boolean mayStart(final long nowNs) {
        if (!isPaused()) {
            return true;
        }
        if (nowNs - pausedSinceNs >= PATIENCE_NS && !exhausted) {
            if (nowNs - triedNs < WINDOW_NS) {
                exhausted = true;
            } else {
                // Nobody wanted to start lately: nobody knows how slow it is by now.
                resume(nowNs);
                return true;
            }
        }
        return !exhausted && nowNs >= triedNs + TRY_NS;
    }

    /** Before then no connection may be opened; 0 when one may. */
    long startsNs() {
        return isPaused() ? triedNs + TRY_NS : 0;
    }

    void onStarted(final long nowNs) {
        triedNs = nowNs;
    }

    /** What was measured lately says more of this host. */
    void forget() {
        recent.clear();
    }

    private void resume(final long nowNs) {
        pausedNs += nowNs - pausedSinceNs;
        pausedSinceNs = NEVER;
        forget();
    }

    boolean isPaused() {
        return pausedSinceNs != NEVER;
    }

    /** It was slow for too long. */
    boolean isExhausted() {
        return exhausted;
    }

    /** The median of the first round trips; 0 until there are enough. */
    long usualNs() {
        return usualNs;
    }

    /** What takes longer is slow. */
    long limitNs() {
        return TIMES * Math.max(usualNs, FLOOR_NS);
    }

    long pauses() {
        return pauses;
    }

    long pausedNs(final long nowNs) {
        return pausedNs + (isPaused() ? Math.min(nowNs - pausedSinceNs, PATIENCE_NS) : 0);
    }
}
