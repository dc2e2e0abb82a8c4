package io.tcpreplayj.flow;

/**
 * How far a capture has come: the greatest time of its packets, but for those that are alone with it. One packet whose time
 * is an hour ahead (a damaged header, a clock that was set) must not end all that waits for time to pass, nor stop it.
 */
final class CaptureClock {
    private final long jumpNs;
    private boolean isSet;
    private long nowNs;
    private boolean hasJumped;
    private long aheadNs;

    /** @param jumpNs a step ahead that is longer is believed when the next packet makes it, too */
    CaptureClock(final long jumpNs) {
        this.jumpNs = jumpNs;
    }

    /** A packet of this time. */
    void advance(final long timeNs) {
        if (!isSet) {
            isSet = true;
            nowNs = timeNs;
        }
        if (timeNs - nowNs > jumpNs && hasJumped) {
            // Both are so far ahead: it is at least the lesser of the two times.
            nowNs = Math.min(aheadNs, timeNs);
        }
        hasJumped = timeNs - nowNs > jumpNs;
        aheadNs = timeNs;
        nowNs = hasJumped ? nowNs : Math.max(nowNs, timeNs);
    }

    /** Never less than before. */
    long nowNs() {
        return nowNs;
    }
}
