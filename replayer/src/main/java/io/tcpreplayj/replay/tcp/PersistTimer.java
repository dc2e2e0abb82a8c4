package io.tcpreplayj.replay.tcp;

/** Probes a closed window (RFC 9293 3.8.6.1): first after an RTO, then doubling, for as long as the probes are answered. */
final class PersistTimer {
    private final long maxNs;
    private long intervalNs;
    private long deadlineNs = RetransmitTimer.NEVER;
    private boolean due;

    PersistTimer(final long maxNs) {
        this.maxNs = maxNs;
    }

    void armIfIdle(final long rtoNs, final long nowNs) {
        if (deadlineNs == RetransmitTimer.NEVER) {
            intervalNs = rtoNs;
            deadlineNs = nowNs + rtoNs;
        }
    }

    void disarm() {
        deadlineNs = RetransmitTimer.NEVER;
        due = false;
    }

    void onTimer(final long nowNs) {
        if (nowNs >= deadlineNs) {
            due = true;
            intervalNs = Math.min(maxNs, 2 * intervalNs);
            deadlineNs = nowNs + intervalNs;
        }
    }

    /** A probe is to leave. */
    boolean due() {
        return due;
    }

    void onProbeSent() {
        due = false;
    }

    long deadlineNs() {
        return deadlineNs;
    }
}
