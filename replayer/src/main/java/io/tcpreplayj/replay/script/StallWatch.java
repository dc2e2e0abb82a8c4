package io.tcpreplayj.replay.script;

/**
 * Notices that the process stood still (SIGSTOP, a suspended machine, no processor to run on): much more time passed between
 * two looks at the clock than it had meant to wait. What came meanwhile is read afterwards, and was no silence.
 */
public final class StallWatch {
    private static final long STALL_NS = 200_000_000L;

    private long dueNs = Long.MAX_VALUE;
    private long fromNs;

    /** Nothing is done before {@code untilNs} at the latest. */
    public void waits(final long untilNs) {
        dueNs = untilNs;
    }

    /** The clock was looked at; returns whether the process stood still, from {@link #fromNs()} on. */
    public boolean stoodStill(final long nowNs) {
        fromNs = dueNs;
        dueNs = nowNs;
        return nowNs > fromNs && nowNs - fromNs > STALL_NS;
    }

    public long fromNs() {
        return fromNs;
    }
}
