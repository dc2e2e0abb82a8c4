package io.tcpreplayj.replay.tcp;

/** Times one segment at a time; never one that was sent twice (Karn, RFC 6298 3). */
final class RoundTripClock {
    private static final long IDLE = -1;

    private long position = IDLE;
    private long sentNs;

    /** Data up to {@code end} left for the first time. */
    void onSent(final long end, final long nowNs) {
        if (position == IDLE) {
            position = end;
            sentNs = nowNs;
        }
    }

    void onRetransmit() {
        position = IDLE;
    }

    /** Returns the measured round trip, ns, or -1. */
    long onAcked(final long una, final long nowNs) {
        if (position == IDLE || una < position) {
            return -1;
        }
        position = IDLE;
        return nowNs - sentNs;
    }
}
