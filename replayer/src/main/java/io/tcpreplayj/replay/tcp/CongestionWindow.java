package io.tcpreplayj.replay.tcp;

/**
 * NewReno: slow start, congestion avoidance, one halving an episode of loss (RFC 5681 3, RFC 6582), an initial window of ten
 * segments (RFC 6928). All sizes in bytes.
 */
final class CongestionWindow {
    private static final long UNLIMITED = Long.MAX_VALUE / 2;
    private static final long NONE = -1;
    private static final int INITIAL_SEGMENTS = 10;
    private static final int INITIAL_BYTES = 14_600;

    private final boolean on;
    private int mss;
    private long initial;
    private long cwnd = UNLIMITED;
    private long ssthresh = UNLIMITED;
    /** Bytes acknowledged towards the next segment of congestion avoidance (RFC 3465 2.1). */
    private long credit;
    /** The window was what held data back: only then may it grow (RFC 7661 4.1). */
    private boolean limiting;

    /** RFC 4015 3.2, pipe_prev: up to where {@link #undo} lets slow start go again, or NONE. */
    private long priorPipe = NONE;

    private long lastSentNs;

    /** @param on false: nothing but the target's window holds data back */
    CongestionWindow(final boolean on) {
        this.on = on;
    }

    /** Both SYNs are known; after a lost SYN the window begins with one segment (RFC 5681 3.1). */
    void start(final int segmentBytes, final boolean synLost, final long nowNs) {
        mss = segmentBytes;
        lastSentNs = nowNs;
        initial = Math.min((long) INITIAL_SEGMENTS * mss, Math.max(2L * mss, INITIAL_BYTES));
        if (on) {
            cwnd = synLost ? mss : initial;
        }
    }

    /** Segments are of another size now. */
    void mss(final int segmentBytes) {
        mss = segmentBytes;
    }

    /** Bytes that may be sent on top of the {@code pipe} bytes under way. */
    long room(final long pipe) {
        return cwnd - pipe;
    }

    /** {@link #room} kept something back. */
    void onLimited() {
        limiting = true;
    }

    void onSent(final long nowNs) {
        lastSentNs = nowNs;
    }

    /** RFC 5681 4.1: after an RTO's silence the path may have changed. */
    void onIdle(final long rtoNs, final long nowNs) {
        if (on && nowNs - lastSentNs > rtoNs) {
            cwnd = Math.min(cwnd, initial);
        }
    }

    /** {@code bytes} were acknowledged outside recovery, or behind a timeout. */
    void onAcked(final long bytes) {
        if (!on || !limiting) {
            return;
        }
        limiting = false;
        if (cwnd < ssthresh) {
            // RFC 3465 2.2, L = 2.
            cwnd += Math.min(bytes, 2L * mss);
        } else {
            credit += bytes;
            if (credit >= cwnd) {
                credit -= cwnd;
                cwnd += mss;
            }
        }
    }

    /** RFC 5681 3.2 step 2 and RFC 6675 5 step 4.2: an episode of loss began with {@code flight} bytes in flight. */
    void onLoss(final long flight) {
        if (on) {
            remember(flight);
            ssthresh = Math.max(flight / 2, 2L * mss);
            cwnd = ssthresh;
            credit = 0;
            // The very ACK that told of it opens nothing (RFC 3168 6.1.2).
            limiting = false;
        }
    }

    /** RFC 5681 3.1: a timeout. The next one finds as much in flight, for nothing new leaves between them (equation 4's note). */
    void onTimeout(final long flight) {
        if (on) {
            remember(flight);
            ssthresh = Math.max(flight / 2, 2L * mss);
            cwnd = mss;
            credit = 0;
            limiting = true;
        }
    }

    private void remember(final long flight) {
        if (priorPipe == NONE) {
            priorPipe = Math.max(flight, ssthresh);
        }
    }

    /** An episode of loss is over: it was one. */
    void settle() {
        priorPipe = NONE;
    }

    /**
     * RFC 4015 3.2 step 8: nothing was lost. The window goes on with what is in flight, and slow start brings back the rest: all
     * of it at once would be a burst.
     *
     * @param flight bytes in flight behind the ACK that told so
     * @param acked bytes that it acknowledged
     * @return whether that takes anything back
     */
    boolean undo(final long flight, final long acked) {
        if (priorPipe == NONE) {
            return false;
        }
        cwnd = Math.max(cwnd, flight + Math.min(acked, initial));
        ssthresh = Math.max(ssthresh, priorPipe);
        priorPipe = NONE;
        return true;
    }

    long bytes() {
        return cwnd;
    }
}
