package io.tcpreplayj.replay.tcp;

/**
 * What all sessions of a run have in common.
 *
 * @param mtu of the path's first hop, bytes; segments are cut to the smaller of this and the peer's MSS
 * @param minRtoNs floor of the retransmission timeout (200 ms)
 * @param maxRtoNs ceiling (60 s)
 * @param userTimeoutNs unacknowledged data for so long ends the session (R2, {@link #USER_TIMEOUT_NS})
 * @param synRetries SYN retransmissions before syn-timeout (6)
 * @param delayedAckNs longest wait with an ACK (40 ms)
 * @param receiveWindow the window we offer, bytes (1 MiB)
 * @param ecn offer Explicit Congestion Notification
 * @param congestionControl false sends as much as the target's window takes: for test networks of one's own
 * @param endsAtEarlyFin a target's FIN ends a session that has more to send, instead of leaving it in CLOSE-WAIT
 * @param likeness what is repeated of the captured client's manners
 */
public record TcpConfig(
        int mtu,
        long minRtoNs,
        long maxRtoNs,
        long userTimeoutNs,
        int synRetries,
        long delayedAckNs,
        int receiveWindow,
        boolean ecn,
        boolean congestionControl,
        boolean endsAtEarlyFin,
        Likeness likeness) {
    private static final long MS = 1_000_000L;
    /**
     * R2 (RFC 9293 3.8.3: at least 100 s), for every transport: as long as a client of Linux tries, whose tcp_retries2 of 15 stands
     * for the timeouts from 200 ms on, doubled up to 120 s (retransmits_timed_out() in tcp_timer.c). With a ceiling of 60 s there are
     * more tries in it, and an outage that the kernel's connections outlast is outlasted here.
     */
    public static final long USER_TIMEOUT_NS = 924_600 * MS;

    /** The same, but sending as much as the target's window takes. */
    public TcpConfig withoutCongestionControl() {
        return with(mtu, ecn, false, endsAtEarlyFin, likeness);
    }

    /** The same, offering ECN. */
    public TcpConfig withEcn() {
        return with(mtu, true, congestionControl, endsAtEarlyFin, likeness);
    }

    /** The same, ending at a FIN that comes before all was sent. */
    public TcpConfig withEndAtEarlyFin() {
        return with(mtu, ecn, congestionControl, true, likeness);
    }

    /** The same, with more of the captured client's manners. */
    public TcpConfig like(final Likeness captured) {
        return with(mtu, ecn, congestionControl, endsAtEarlyFin, captured);
    }

    /** The same over a first hop that takes packets of {@code bytes}. */
    public TcpConfig withMtu(final int bytes) {
        return with(bytes, ecn, congestionControl, endsAtEarlyFin, likeness);
    }

    private TcpConfig with(
            final int packetBytes,
            final boolean offersEcn,
            final boolean controlsCongestion,
            final boolean endsEarly,
            final Likeness like) {
        return new TcpConfig(
                packetBytes,
                minRtoNs,
                maxRtoNs,
                userTimeoutNs,
                synRetries,
                delayedAckNs,
                receiveWindow,
                offersEcn,
                controlsCongestion,
                endsEarly,
                like);
    }

    public static TcpConfig defaults(final int mtu) {
        return new TcpConfig(
                mtu, 200 * MS, 60_000 * MS, USER_TIMEOUT_NS, 6, 40 * MS, 1 << 20, false, true, false, Likeness.NONE);
    }
}
