package io.tcpreplayj.replay;

/**
 * How long a run whose sessions have all ended goes on to answer for those in TIME-WAIT. Where packets are lost, the ACK of
 * a target's last bytes may be among them; without another one the target would send them again to nobody for minutes
 * (RFC 9293 3.6.1). Where none were lost there is nothing to wait for.
 */
final class TimeWaitLinger {
    /** A target whose ACK is missing sends again within this, unless its own packets are lost many times. */
    private static final long QUIET_NS = 1_000_000_000L;
    /** And nobody waits longer than this for the end of a run. */
    private static final long MOST_NS = 3_000_000_000L;

    private static final long NEVER = Long.MIN_VALUE;

    private boolean lossy;
    private boolean inTimeWait;
    private long endedNs = NEVER;
    private long heardNs;

    /** A session ended; {@code losses}: it saw some. */
    void onEnded(final boolean timeWait, final boolean losses, final long nowNs) {
        inTimeWait |= timeWait;
        lossy |= losses;
        endedNs = nowNs;
        heardNs = nowNs;
    }

    /** A target sent something to a session that has ended. */
    void onHeard(final long nowNs) {
        heardNs = nowNs;
    }

    /** Nobody is to be waited for. */
    void waive() {
        inTimeWait = false;
    }

    /** Whether a run may end whose sessions have all ended. */
    boolean isOver(final long nowNs) {
        return !(inTimeWait && lossy) || nowNs - heardNs >= QUIET_NS || nowNs - endedNs >= MOST_NS;
    }
}
