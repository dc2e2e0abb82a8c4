package io.tcpreplayj.replay.tcp;

/**
 * Asks for an acknowledgement when none comes for what was sent last (RFC 8985 7): a lost last segment is noticed after
 * two round trips instead of a retransmission timeout. Most requests are one segment, each the last.
 */
final class TailLossProbe {
    private static final long NEVER = RetransmitTimer.NEVER;
    private static final long NONE = -1;
    /**
     * How long the target may sit on an ACK (RFC 8985 7.2, TLP.max_ack_delay): twice the 40 ms of Linux, or a probe would
     * race with each of its delayed ACKs.
     */
    private static final long MAX_ACK_DELAY_NS = 80_000_000L;
    /** Linux TCP_TIMEOUT_MIN, include/net/tcp.h: two ticks of its clock; a scheduler's hiccup is no loss. */
    private static final long MIN_NS = 10_000_000L;

    private long deadlineNs = NEVER;
    /** What was SND.NXT when the probe left, or NONE without a probe under way. */
    private long probeEnd = NONE;

    private boolean probeWasCopy;
    /** When the probe's segment left before, or NEVER: it had left more than once. */
    private long firstCopyNs = NEVER;

    private boolean due;

    /** RFC 8985 7.2: to be called when new data left, and at each ACK that moves SND.UNA. */
    void schedule(final long srttNs, final boolean oneDelayable, final long rtoDeadlineNs, final long nowNs) {
        due = false;
        if (probeEnd != NONE || srttNs < 0) {
            deadlineNs = NEVER;
            return;
        }
        final long timeoutNs = Math.max(MIN_NS, 2 * srttNs) + (oneDelayable ? MAX_ACK_DELAY_NS : 0);
        // A timeout that comes first does the probe's work.
        deadlineNs = nowNs + timeoutNs < rtoDeadlineNs ? nowNs + timeoutNs : NEVER;
    }

    void onTimer(final long nowNs) {
        if (nowNs >= deadlineNs) {
            deadlineNs = NEVER;
            due = true;
        }
    }

    /** A probe is to leave: new data if there are some, else the last segment again. */
    boolean due() {
        return due;
    }

    /** The probe left with new data. */
    void onSent(final long nxt) {
        sent(nxt, false, NEVER);
    }

    /** The probe left as a copy of the last segment, which left at {@code firstNs}, or NEVER when not for the first time. */
    void onCopySent(final long nxt, final long firstNs) {
        sent(nxt, true, firstNs);
    }

    private void sent(final long nxt, final boolean copy, final long firstNs) {
        due = false;
        probeEnd = nxt;
        probeWasCopy = copy;
        firstCopyNs = firstNs;
    }

    /** Whether an ACK up to {@code position} answers a copy of a segment that had left once. */
    boolean isAnsweredBy(final long position) {
        return probeEnd != NONE && position >= probeEnd && firstCopyNs != NEVER;
    }

    long firstCopyNs() {
        return firstCopyNs;
    }

    /** RFC 8985 7.4: what an ACK says about the probe; returns whether the probe repaired a loss. */
    boolean onAck(final long una, final boolean needless) {
        if (probeEnd == NONE || una < probeEnd) {
            return false;
        }
        probeEnd = NONE;
        return probeWasCopy && !needless;
    }

    /** A probe left, and no ACK told yet what became of it. */
    boolean underWay() {
        return probeEnd != NONE;
    }

    void cancel() {
        deadlineNs = NEVER;
        due = false;
    }

    /** A recovery began: it does what the probe was for. */
    void giveUp() {
        cancel();
        probeEnd = NONE;
    }

    long deadlineNs() {
        return deadlineNs;
    }
}
