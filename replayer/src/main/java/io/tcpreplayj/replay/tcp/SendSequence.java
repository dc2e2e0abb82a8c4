package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.Seq;

/**
 * The send sequence space (RFC 9293 3.3.1). Positions are 64-bit and count from the SYN: 0 is the SYN, 1 the first byte of
 * the stream, one behind the last byte the FIN; they become 32-bit sequence numbers only on the wire.
 */
final class SendSequence {
    private int iss;
    private long una;
    private long nxt;
    private long wnd;
    private long maxWnd;
    private int wl1;
    private int wl2;

    void init(final int initialSequence) {
        iss = initialSequence;
    }

    int seq(final long position) {
        return iss + (int) position;
    }

    /** Position that {@code ack} acknowledges up to; meaningful within 2^31 of SND.UNA. */
    long position(final int ack) {
        return Seq.unwrap(ack, iss, una);
    }

    long una() {
        return una;
    }

    /** SND.NXT: behind everything ever sent; retransmission does not move it. */
    long nxt() {
        return nxt;
    }

    void sentUpTo(final long position) {
        nxt = Math.max(nxt, position);
    }

    void ackedUpTo(final long position) {
        una = position;
    }

    boolean inFlight() {
        return una < nxt;
    }

    /** Positions that the target lets us send beyond {@link #nxt()}; negative after it shrank its window. */
    long usable() {
        return una + wnd - nxt;
    }

    long wnd() {
        return wnd;
    }

    long maxWnd() {
        return maxWnd;
    }

    /**
     * RFC 9293 3.10.7.4: only a segment newer than the last that set the window may set it. One that moved SND.UNA is newer
     * whatever its number (Linux tcp_may_update_window): its text may have been sent again, and the window that was known
     * began at the old SND.UNA.
     */
    void updateWindow(final int segSeq, final int segAck, final long window, final boolean advances) {
        if (advances || Seq.lt(wl1, segSeq) || (wl1 == segSeq && Seq.leq(wl2, segAck))) {
            setWindow(segSeq, segAck, window);
        }
    }

    void setWindow(final int segSeq, final int segAck, final long window) {
        wnd = window;
        maxWnd = Math.max(maxWnd, window);
        wl1 = segSeq;
        wl2 = segAck;
    }
}
