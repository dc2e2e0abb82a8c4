package io.tcpreplayj.replay.socket;

import io.tcpreplayj.replay.tcp.TcpConfig;

/**
 * How long the target may take, and how soon it may close, where the script does not say.
 *
 * @param connectNs without SYN+ACK for so long: syn-timeout
 * @param userNs bytes that the kernel would not take for so long: timeout
 * @param endsAtEarlyFin a FIN before all was sent ends the session, instead of leaving it in CLOSE-WAIT
 */
public record SocketTimeouts(long connectNs, long userNs, boolean endsAtEarlyFin) {
    private static final long SECOND = 1_000_000_000L;

    /** As Linux: six SYN retransmissions (127 s); and R2 as over other transports. */
    public static SocketTimeouts defaults() {
        return new SocketTimeouts(127 * SECOND, TcpConfig.USER_TIMEOUT_NS, false);
    }

    /** The same, ending at a FIN that comes before all was sent. */
    public SocketTimeouts withEndAtEarlyFin() {
        return new SocketTimeouts(connectNs, userNs, true);
    }
}
