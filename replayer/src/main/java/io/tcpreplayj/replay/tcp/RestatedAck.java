package io.tcpreplayj.replay.tcp;

/**
 * On a path that loses, the last acknowledgement is said again, for nobody acknowledges it. A target that did not hear it sends
 * what we have once more, each time after twice the silence (RFC 6298 5.5). Where three packets of ten are lost half of its
 * tries come to nothing, and of a thousand connections one or two are still waiting when the target gives up; when it hears
 * us for sure, only three tries of ten do. A copy tells nothing new: it is acceptable (RFC 9293 3.10.7.4), and no sign of a loss
 * to a target that has SACK (RFC 8985 6.2).
 */
final class RestatedAck {
    private static final long NEVER = RetransmitTimer.NEVER;

    /** The least that a target waits before it sends again (Linux: TCP_RTO_MIN). Each copy waits twice as long as the one before. */
    private static final long FIRST_NS = 200_000_000L;

    /** Four words of which each is lost three times of ten: fewer than one of a hundred is never heard. */
    private static final int TIMES = 3;

    private long deadlineNs = NEVER;
    private long intervalNs;
    private int left;

    /** On a path that is known to lose, something came that is acknowledged now. */
    void onNews(final long nowNs) {
        intervalNs = FIRST_NS;
        deadlineNs = nowNs + FIRST_NS;
        left = TIMES;
    }

    /** Returns whether to say it again now. */
    boolean takeDue(final long nowNs) {
        if (nowNs < deadlineNs) {
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
