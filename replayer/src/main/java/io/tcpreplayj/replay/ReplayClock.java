package io.tcpreplayj.replay;

import java.util.function.LongSupplier;

/**
 * Nanoseconds since a run began, or of a time that passes only when it is looked at. Both are one class without a branch:
 * a rehearsal in virtual time then leaves nothing compiled that the run's own clock would prove wrong.
 */
final class ReplayClock implements LongSupplier {
    private final long originNs;
    private final long pace;
    private final long tickNs;
    private long ticksNs;

    private ReplayClock(final long pace, final long tickNs) {
        this.originNs = System.nanoTime();
        this.pace = pace;
        this.tickNs = tickNs;
    }

    /** Counts from now on. */
    static ReplayClock real() {
        return new ReplayClock(1, 0);
    }

    /** Each look lets {@code tickNs} pass. */
    static ReplayClock virtual(final long tickNs) {
        return new ReplayClock(0, tickNs);
    }

    /** Lets {@code ns} pass at once. */
    void leap(final long ns) {
        ticksNs += ns;
    }

    @Override
    public long getAsLong() {
        ticksNs += tickNs;
        return (System.nanoTime() - originNs) * pace + ticksNs;
    }
}
