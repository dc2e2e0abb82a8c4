package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;

/** SYN-SENT: when the SYN leaves, and what an answer to it means (RFC 9293 3.10.7.3). */
final class Handshake {
    /** What is to be done about a segment in SYN-SENT. */
    enum Answer {
        IGNORE,
        /** RST with SEQ=SEG.ACK: the target has an old connection on this tuple, or confuses us with somebody. */
        RESET_BY_ACK,
        /** RST that acknowledges the segment: simultaneous open is not for a replayed client. */
        RESET_BY_SEQ,
        REFUSED,
        ESTABLISHED
    }

    private static final int RETRIES_WHEN_UNREACHABLE = 3;

    private long dueNs;
    private long firstSentNs;
    private long lastSentNs;
    private int sent;
    private boolean synWanted;
    private boolean unreachable;

    void start(final long synDueNs) {
        dueNs = synDueNs;
        synWanted = true;
    }

    /** Returns whether there is a SYN to send again. */
    boolean resendNow() {
        synWanted |= synSent();
        return synWanted;
    }

    boolean synWanted() {
        return synWanted;
    }

    boolean synSent() {
        return sent > 0;
    }

    void onSynSent(final long nowNs) {
        if (sent++ == 0) {
            firstSentNs = nowNs;
        }
        lastSentNs = nowNs;
        synWanted = false;
    }

    /** A router or the target's host said that the SYN cannot arrive. */
    void onUnreachable() {
        unreachable = true;
    }

    boolean unreachable() {
        return unreachable;
    }

    /**
     * Returns false when the SYN was sent {@code retries} times again already; fewer times are enough when the network says
     * that it cannot arrive (RFC 9293 3.9.2.2, 3.8.3: R1).
     */
    boolean onTimeout(final int retries) {
        synWanted = true;
        return sent <= (unreachable ? Math.min(retries, RETRIES_WHEN_UNREACHABLE) : retries);
    }

    Answer judge(final PacketView segment, final int issPlusOne) {
        final boolean rst = segment.hasFlag(TcpFlags.RST);
        if (!synSent()) {
            return Answer.IGNORE;
        }
        if (!segment.hasFlag(TcpFlags.ACK)) {
            return segment.hasFlag(TcpFlags.SYN) && !rst ? Answer.RESET_BY_SEQ : Answer.IGNORE;
        }
        if (segment.segAck() != issPlusOne) {
            return rst ? Answer.IGNORE : Answer.RESET_BY_ACK;
        }
        if (rst) {
            return Answer.REFUSED;
        }
        return segment.hasFlag(TcpFlags.SYN) ? Answer.ESTABLISHED : Answer.IGNORE;
    }

    boolean sentOnce() {
        return sent == 1;
    }

    /**
     * Whether the handshake, whose answer has come, measured the path, if that has an echo at all. RFC 6298 3, Karn: of a SYN that was sent again only the echo
     * of its last copy does. A target echoes the first that it got, but what came may be its answer to a later one: the time
     * since may be any number of timeouts, and who takes a path of a millisecond for one of seconds mends a loss so late that the
     * target has given up.
     */
    boolean measures(final Timestamps timestamps, final TcpOptions options) {
        return sentOnce() || !timestamps.isBefore(options.tsEcr(), lastSentNs);
    }

    int sent() {
        return sent;
    }

    long elapsedNs(final long nowNs) {
        return nowNs - firstSentNs;
    }

    /** When by the plan the connection should stand: a late SYN is our lag, a slow answer to it is not. */
    long establishedDueNs(final long nowNs) {
        return dueNs + elapsedNs(nowNs);
    }
}
