package io.tcpreplayj.faultlab;

import io.tcpreplayj.packet.PacketView;
import java.util.concurrent.atomic.LongAdder;

/** Packets in one direction, and what of them came again, as somebody on the line sees it. */
public final class Traffic {
    private final LongAdder packets = new LongAdder();
    private final LongAdder payloadBytes = new LongAdder();
    private final LongAdder resent = new LongAdder();
    private final LongAdder resentBytes = new LongAdder();

    void count(final PacketView view, final FlowOnTheLine.Side side) {
        packets.increment();
        payloadBytes.add(view.payloadLength());
        if (view.segLen() == 0 || !side.hasIsn) {
            return;
        }
        final long end = ((view.segSeq() - side.isn) & 0xffff_ffffL) + view.segLen();
        if (end <= side.seen) {
            resent.increment();
            resentBytes.add(view.payloadLength());
        }
        side.seen = Math.max(side.seen, end);
    }

    public long packets() {
        return packets.sum();
    }

    public long payloadBytes() {
        return payloadBytes.sum();
    }

    /** Segments, SYN and FIN among them, all of which the same side had sent before. */
    public long resent() {
        return resent.sum();
    }

    public long resentBytes() {
        return resentBytes.sum();
    }
}
