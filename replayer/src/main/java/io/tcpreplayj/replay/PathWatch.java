package io.tcpreplayj.replay;

/**
 * Whether this machine refuses to send at all (link down, no route, a firewall), and when it sends again: then nobody need
 * wait for the rest of a timeout that had doubled meanwhile.
 */
final class PathWatch {
    /** While all is refused one session tries so often; what it sends costs nobody anything. */
    private static final long TRY_NS = 500_000_000L;

    private long sent;
    private long refused;
    private boolean down;
    private long tryNs;

    /**
     * To be told after each batch, in packets since the run began.
     *
     * @return true once when packets leave again
     */
    boolean healed(final long sentPackets, final long refusedPackets, final long nowNs) {
        final boolean left = sentPackets > sent;
        final boolean stopped = refusedPackets > refused;
        sent = sentPackets;
        refused = refusedPackets;
        if (stopped && !left && !down) {
            down = true;
            tryNs = nowNs + TRY_NS;
        } else if (down && left && !stopped) {
            down = false;
            return true;
        }
        return false;
    }

    /** Whether somebody is to try now. */
    boolean tryDue(final long nowNs) {
        if (!down || nowNs < tryNs) {
            return false;
        }
        tryNs = nowNs + TRY_NS;
        return true;
    }

    /** Whether nothing leaves now. */
    boolean isDown() {
        return down;
    }

    /** When {@link #tryDue} is to be asked next, or {@link Long#MAX_VALUE}. */
    long deadlineNs() {
        return down ? tryNs : Long.MAX_VALUE;
    }
}
