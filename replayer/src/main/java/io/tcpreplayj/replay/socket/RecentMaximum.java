package io.tcpreplayj.replay.socket;

/** The largest of what was measured of late: what the path once was is forgotten. One thread; values are not negative. */
final class RecentMaximum {
    private final long windowNs;
    private long untilNs;
    private long before;
    private long now;

    /** @param windowNs a value counts for so long at least, and never twice as long */
    RecentMaximum(final long windowNs) {
        this.windowNs = windowNs;
    }

    void add(final long value, final long nowNs) {
        turn(nowNs);
        now = Math.max(now, value);
    }

    /** 0 when nothing was measured. */
    long at(final long nowNs) {
        turn(nowNs);
        return Math.max(before, now);
    }

    private void turn(final long nowNs) {
        if (nowNs >= untilNs) {
            final long windows = (nowNs - untilNs) / windowNs + 1;
            before = windows > 1 ? 0 : now;
            now = 0;
            untilNs += windows * windowNs;
        }
    }
}
