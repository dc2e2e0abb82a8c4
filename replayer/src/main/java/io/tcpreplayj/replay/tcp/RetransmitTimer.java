package io.tcpreplayj.replay.tcp;

/** The retransmission timeout (RFC 6298). All times in ns. */
final class RetransmitTimer {
    static final long NEVER = Long.MAX_VALUE;
    /** RFC 6298 2.1: before the first measurement. */
    static final long INITIAL_RTO_NS = 1_000_000_000L;
    /** RFC 6298 5.7: for data, when the SYN had to be sent again. */
    static final long RTO_AFTER_SYN_LOSS_NS = 3_000_000_000L;

    private static final int MAX_BACKOFF = 30;

    private final long minRtoNs;
    private final long maxRtoNs;
    private long srttNs = -1;
    private long rttvarNs;
    private long rtoNs = INITIAL_RTO_NS;
    private int backoff;
    private long deadlineNs = NEVER;

    RetransmitTimer(final long minRtoNs, final long maxRtoNs) {
        this.minRtoNs = minRtoNs;
        this.maxRtoNs = maxRtoNs;
    }

    /** RFC 6298 2.2, 2.3 with alpha 1/8, beta 1/4, K 4. */
    void onRoundTrip(final long rttNs) {
        if (srttNs < 0) {
            srttNs = rttNs;
            rttvarNs = rttNs / 2;
        } else {
            rttvarNs += (Math.abs(srttNs - rttNs) - rttvarNs) / 4;
            srttNs += (rttNs - srttNs) / 8;
        }
        rtoNs = Math.min(maxRtoNs, srttNs + Math.max(minRtoNs, 4 * rttvarNs));
        backoff = 0;
    }

    void initialRto(final long ns) {
        rtoNs = ns;
    }

    /** SRTT, or -1 before the first measurement. */
    long srttNs() {
        return srttNs;
    }

    /** The timeout as it stands, backed off. */
    long rtoNs() {
        return Math.min(maxRtoNs, rtoNs << backoff);
    }

    void arm(final long nowNs) {
        deadlineNs = nowNs + rtoNs();
    }

    void disarm() {
        deadlineNs = NEVER;
    }

    boolean expired(final long nowNs) {
        return nowNs >= deadlineNs;
    }

    /** RFC 6298 5.5, 5.6. */
    void backOff(final long nowNs) {
        if (backoff < MAX_BACKOFF && rtoNs() < maxRtoNs) {
            backoff++;
        }
        arm(nowNs);
    }

    /**
     * New data was acknowledged: the path works again. The timeout stays as long as it grew until a round trip is measured, or
     * one that is longer than it would never be (RFC 6298 5, the note behind 5.7).
     */
    void collapseBackoff() {
        rtoNs = rtoNs();
        backoff = 0;
    }

    int backoff() {
        return backoff;
    }

    long deadlineNs() {
        return deadlineNs;
    }
}
