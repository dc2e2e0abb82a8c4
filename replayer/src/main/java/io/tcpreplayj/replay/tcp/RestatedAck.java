package io.tcpreplayj.replay.tcp;

/**
 * On a path that loses, or reorders, the last acknowledgement is said again, for nobody acknowledges it. A target that did not
 * hear it sends once more what we have, each time after twice the silence (RFC 6298 5.5). Where three packets of ten are lost,
 * half of its tries come to nothing, and of a thousand connections one or two are still waiting when the target gives up; if it
 * hears us for sure, three tries of ten do. A copy tells nothing new: no sign of a loss to a target that has SACK (RFC 6675 2),
 * and to another one the third duplicate only when what it sent on our first word has been under way for longer than the copies
 * took.
 */
final class RestatedAck {
    private static final long NEVER = RetransmitTimer.NEVER;

    /** About when a target sends again for the first time (Linux: TCP_RTO_MIN). Each copy waits twice as long as the one before. */
    private static final long FIRST_NS = 200_000_000L;

    /** Four words of which each is lost three times of ten: fewer than one of a hundred is never heard. */
    private static final int TIMES = 3;

    private long deadlineNs = NEVER;
    private long intervalNs;
    private int left;
    private long saidBefore;

    /**
     * Something came that is acknowledged now.
     *
     * @param before a target that acknowledges a byte of ours at this position or behind it has heard the acknowledgement, too
     */
    void onNews(final long before, final long nowNs) {
        intervalNs = FIRST_NS;
        deadlineNs = nowNs + FIRST_NS;
        left = TIMES;
        saidBefore = before;
    }

    /** Returns whether to say it again now, to a target that acknowledged everything before {@code sndUna}. */
    boolean takeDue(final long sndUna, final long nowNs) {
        if (nowNs < deadlineNs) {
            return false;
        }
        if (sndUna > saidBefore) {
            deadlineNs = NEVER;
            return false;
        }
        left--;
        intervalNs *= 2;
        deadlineNs = left > 0 ? nowNs + intervalNs : NEVER;
        return true;
    }

    /** When it is to be said again, ns, or {@link RetransmitTimer#NEVER}. */
    long deadlineNs() {
        return deadlineNs;
    }
}
