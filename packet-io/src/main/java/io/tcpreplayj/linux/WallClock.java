package io.tcpreplayj.linux;

import java.util.function.LongSupplier;

/**
 * The time of day, at the price of {@link System#nanoTime}: looked at once a second, for somebody may set it, and in between passed
 * by CLOCK_MONOTONIC. One thread; allocates nothing.
 */
public final class WallClock {
    private static final long LOOK_NS = 1_000_000_000L;
    /**
     * Who was held up between the two clocks for longer does not know how they stand, and looks again: with twice the patience each
     * time, for there are clocks that take as long.
     */
    private static final long HELD_UP_NS = 20_000;
    /** Not all of so many are held up, and the first calls into the kernel's library are slow. */
    private static final int LOOKS = 8;

    private final LongSupplier monotonic;
    private final LongSupplier wall;
    private long wallMinusMonotonicNs;
    private long lookedNs;
    private long patienceNs = HELD_UP_NS;

    public WallClock() {
        this(System::nanoTime, kernels());
    }

    /** By other clocks. */
    WallClock(final LongSupplier monotonic, final LongSupplier wall) {
        this.monotonic = monotonic;
        this.wall = wall;
        long leastNs = Long.MAX_VALUE;
        for (int look = 0; look < LOOKS; look++) {
            leastNs = look(monotonic.getAsLong(), leastNs);
        }
    }

    private static LongSupplier kernels() {
        final Clock clock = new Clock();
        return () -> {
            try {
                return clock.realtimeNs();
            } catch (final LinuxException e) {
                throw new IllegalStateException("a kernel without a clock", e);
            }
        };
    }

    /** Takes what it sees if that took no longer than {@code mostNs}; returns how long it has taken at least. */
    private long look(final long fromNs, final long mostNs) {
        final long wallNs = wall.getAsLong();
        final long tookNs = monotonic.getAsLong() - fromNs;
        if (tookNs > mostNs) {
            return mostNs;
        }
        wallMinusMonotonicNs = wallNs - fromNs;
        lookedNs = fromNs;
        return tookNs;
    }

    /** Nanoseconds since the Unix epoch (UTC). */
    public long nowNs() {
        final long nowNs = monotonic.getAsLong();
        if (nowNs - lookedNs >= LOOK_NS) {
            look(nowNs, patienceNs);
            patienceNs = lookedNs == nowNs ? HELD_UP_NS : 2 * patienceNs;
        }
        return nowNs + wallMinusMonotonicNs;
    }

    /** What that is ahead of {@link System#nanoTime}, as of the last look. */
    long minusMonotonicNs() {
        return wallMinusMonotonicNs;
    }
}
