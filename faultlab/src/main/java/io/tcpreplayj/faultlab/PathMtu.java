package io.tcpreplayj.faultlab;

import java.util.concurrent.atomic.LongAdder;

/**
 * A hop that cannot forward packets larger than its MTU, which may change while it is in use. It says so by ICMP, as RFC 1191
 * and RFC 8201 want it, or is a black hole.
 */
public final class PathMtu implements Fault {
    private final boolean tells;
    private final LongAdder refused = new LongAdder();
    private volatile int mtu;

    /**
     * @param mtu bytes of an IP packet
     * @param tells whether the sender hears of what was too big
     */
    public PathMtu(final int mtu, final boolean tells) {
        this.mtu = mtu;
        this.tells = tells;
    }

    /** From now on. */
    public void change(final int bytes) {
        mtu = bytes;
    }

    /** Packets that were too big. */
    public long refused() {
        return refused.sum();
    }

    @Override
    public void on(final Passing frame) {
        final int limit = mtu;
        if (frame.length() - Frames.ETHERNET <= limit) {
            return;
        }
        refused.increment();
        frame.lose("larger than " + limit);
        if (tells) {
            frame.inject(frame.way().back(), Frames.tooBig(frame, limit), "ICMP, MTU " + limit);
        }
    }
}
