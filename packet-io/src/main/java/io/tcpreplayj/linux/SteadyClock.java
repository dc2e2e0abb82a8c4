package io.tcpreplayj.linux;

/**
 * The time of day as if nobody had set the machine's clock since this process began to ask: CLOCK_REALTIME of that moment, and
 * CLOCK_MONOTONIC since. Whoever slews one slews the other (adjtimex(2)), so they part only where the clock is set.
 */
public final class SteadyClock {
    private static final long ORIGIN_NS = new WallClock().minusMonotonicNs();

    private SteadyClock() {}

    /** Nanoseconds since the Unix epoch (UTC). */
    public static long nowNs() {
        return System.nanoTime() + ORIGIN_NS;
    }
}
