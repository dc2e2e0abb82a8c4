package io.tcpreplayj.linux;

/**
 * The time of day as if nobody had set the machine's clock since this process began to ask: CLOCK_REALTIME of that moment, and
 * CLOCK_MONOTONIC since. Whoever slews one slews the other (adjtimex(2)), so they part only where the clock is set.
 */
public final class SteadyClock {
    /** A thread that is held up between two looks makes one of them wrong; never all of so many. */
    private static final int LOOKS = 8;

    private static final long ORIGIN_NS = originNs();

    private SteadyClock() {}

    /** Nanoseconds since the Unix epoch (UTC). */
    public static long nowNs() {
        return System.nanoTime() + ORIGIN_NS;
    }

    private static long originNs() {
        final Clock clock = new Clock();
        long originNs = 0;
        long leastNs = Long.MAX_VALUE;
        try {
            for (int look = 0; look < LOOKS; look++) {
                final long fromNs = System.nanoTime();
                final long wallNs = clock.realtimeNs();
                final long tookNs = System.nanoTime() - fromNs;
                if (tookNs < leastNs) {
                    leastNs = tookNs;
                    originNs = wallNs - fromNs;
                }
            }
        } catch (final LinuxException e) {
            throw new IllegalStateException("a kernel without a clock", e);
        }
        return originNs;
    }
}
