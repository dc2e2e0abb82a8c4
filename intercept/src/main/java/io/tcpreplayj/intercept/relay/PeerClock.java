package io.tcpreplayj.intercept.relay;

/**
 * How far another host's clock is ahead of ours, as far as it says what it shows. What that took to get here is off it, so the
 * most is next to the truth: of the last hour or two, for clocks that nobody sets part in time. Who hears is one at a time; any
 * thread may ask.
 */
final class PeerClock {
    /** Rather long: a line that is full makes all later that comes meanwhile. */
    static final long SPAN_NS = 3_600_000_000_000L;

    private final long firstNs;
    private long most;
    private long mostBefore = Long.MIN_VALUE;
    private long spans;
    private volatile long aheadNs;

    /** It showed {@code theirsNs}, and that came at {@code oursNs}. */
    PeerClock(final long theirsNs, final long oursNs) {
        firstNs = oursNs;
        most = theirsNs - oursNs;
        aheadNs = most;
    }

    void hear(final long theirsNs, final long oursNs) {
        final long heard = theirsNs - oursNs;
        final long span = (oursNs - firstNs) / SPAN_NS;
        if (span == spans) {
            most = Math.max(most, heard);
        } else {
            mostBefore = most;
            most = heard;
            spans = span;
        }
        aheadNs = Math.max(most, mostBefore);
    }

    long aheadNs() {
        return aheadNs;
    }
}
