package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;

/**
 * Explicit Congestion Notification (RFC 3168 6.1), off unless asked for: then a captured client's bits mean nothing, and
 * nothing of it is sent.
 */
final class CongestionNotice {
    private static final int ECT_0 = 2;
    private static final int CE = 3;

    private final boolean wanted;
    private boolean on;
    /** A router marked a packet of the target's, and the target has not confirmed yet that it slowed down. */
    private boolean echo;
    /** We slowed down, and the target must be told. */
    private boolean reduced;
    /** No notice below this position counts: one reduction a round trip. */
    private long round;

    CongestionNotice(final boolean wanted) {
        this.wanted = wanted;
    }

    /** Control bits of a SYN; one that had to be sent again goes without, in case something on the way minds them. */
    int synFlags(final boolean first) {
        return wanted && first ? TcpFlags.ECE | TcpFlags.CWR : 0;
    }

    /** RFC 3168 6.1.1: the target takes part when its SYN+ACK has ECE and not CWR. */
    void negotiated(final PacketView synAck, final boolean offered) {
        on = wanted && offered && synAck.hasFlag(TcpFlags.ECE) && !synAck.hasFlag(TcpFlags.CWR);
    }

    /** RFC 3168 6.1.3: what a segment of the target's says of the way here. */
    void onSegment(final PacketView segment) {
        if (!on) {
            return;
        }
        if (segment.hasFlag(TcpFlags.CWR)) {
            echo = false;
        }
        if (segment.ecn() == CE) {
            echo = true;
        }
    }

    /** RFC 3168 6.1.2: whether an ACK asks us to slow down, as for a lost segment. */
    boolean onAck(final PacketView segment, final long una, final long nxt) {
        if (!on || !segment.hasFlag(TcpFlags.ECE) || una < round) {
            return false;
        }
        round = nxt;
        reduced = true;
        return true;
    }

    /** Control bits of every segment. */
    int flags() {
        return echo ? TcpFlags.ECE : 0;
    }

    /** Marks a segment of new data; never one that is sent again, nor an ACK (RFC 3168 6.1.4, 6.1.5). */
    void mark(final SegmentOut segment) {
        if (on) {
            segment.ecn = ECT_0;
            segment.flags |= reduced ? TcpFlags.CWR : 0;
        }
    }

    /** The marked segment left. */
    void onMarkedSent() {
        reduced = false;
    }
}
