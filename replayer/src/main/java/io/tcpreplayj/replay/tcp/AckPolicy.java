package io.tcpreplayj.replay.tcp;

/**
 * When to acknowledge (RFC 9293 3.8.6.3, RFC 5681 4.2). The end of a write (PSH) is acknowledged at once: a server with
 * Nagle's algorithm holds back its next small write until then. When the answer released the next request, that carries
 * the acknowledgement, so at most one packet leaves either way.
 */
final class AckPolicy {
    /** Linux: net.ipv4.tcp_invalid_ratelimit. */
    private static final long INVALID_INTERVAL_NS = 500_000_000L;

    private static final long NEVER = RetransmitTimer.NEVER;

    /** RFC 5681 4.2. */
    private static final int SEGMENTS = 2;

    private final long delayNs;
    private final int segments;
    private boolean pending;
    private long deadlineNs = NEVER;
    private long unackedBytes;
    private int largestSegment;
    private boolean answeredInvalid;
    private long invalidNs;

    AckPolicy(final long delayNs) {
        this(delayNs, SEGMENTS);
    }

    /** @param segments so many full segments are acknowledged at once */
    AckPolicy(final long delayNs, final int segments) {
        this.delayNs = delayNs;
        this.segments = segments;
    }

    /**
     * In-order bytes came.
     *
     * @param won how many, with those that had come before behind a hole
     * @param urgent the segment ends a write, or fills all or part of a hole (RFC 5681 4.2)
     */
    void onInOrder(final int segmentBytes, final long won, final boolean urgent, final long nowNs) {
        largestSegment = Math.max(largestSegment, segmentBytes);
        unackedBytes += won;
        if (urgent || unackedBytes >= (long) segments * largestSegment) {
            pending = true;
        } else if (deadlineNs == NEVER) {
            deadlineNs = nowNs + delayNs;
        }
    }

    void atOnce() {
        pending = true;
    }

    /**
     * For a segment that was not acceptable. One without payload is answered twice a second at most, or two confused ends
     * would keep answering each other.
     */
    void onInvalid(final boolean answerAlways, final long nowNs) {
        if (answerAlways) {
            pending = true;
        } else if (!answeredInvalid || nowNs - invalidNs >= INVALID_INTERVAL_NS) {
            answeredInvalid = true;
            invalidNs = nowNs;
            pending = true;
        }
    }

    void onTimer(final long nowNs) {
        if (nowNs >= deadlineNs) {
            pending = true;
            deadlineNs = NEVER;
        }
    }

    boolean pending() {
        return pending;
    }

    /** A segment with the ACK field left. */
    void onAckSent() {
        pending = false;
        deadlineNs = NEVER;
        unackedBytes = 0;
    }

    /**
     * A segment with the ACK field left that tells of all but so many bytes.
     *
     * @param news it tells of more than those before
     */
    void onPartlySent(final long rest, final boolean news, final long nowNs) {
        pending = false;
        unackedBytes = rest;
        if (news || deadlineNs == NEVER) {
            deadlineNs = nowNs + delayNs;
        }
    }

    long deadlineNs() {
        return deadlineNs;
    }
}
