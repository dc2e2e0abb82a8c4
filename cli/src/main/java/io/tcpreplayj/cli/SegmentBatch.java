package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Decoded segments and UDP datagrams in order, on their way from the thread that reads to the one that assembles. Reused. */
final class SegmentBatch {
    /** So many that handing them over costs nothing beside them, so few that they stay in a core's cache. */
    private static final int SEGMENTS = 512;

    private final PacketView[] views = new PacketView[SEGMENTS];
    private final long[] timesNs = new long[SEGMENTS];
    private final int[] captures = new int[SEGMENTS];
    private final boolean[] datagrams = new boolean[SEGMENTS];
    private final List<ByteBuffer> lent = new ArrayList<>();
    private final List<ByteBuffer> wanted = new ArrayList<>();
    private int size;

    SegmentBatch() {
        for (int i = 0; i < SEGMENTS; i++) {
            views[i] = new PacketView();
        }
    }

    /** Before the first segment: some may lie in this buffer from now on, until it is {@link #want wanted} again. */
    void lend(final ByteBuffer buffer) {
        lent.add(buffer);
    }

    /** Before the first segment: when the batch is done, this buffer will be overwritten. */
    void want(final ByteBuffer buffer) {
        wanted.add(buffer);
    }

    /** To decode the next packet into; it counts only when it is {@link #keep kept}. */
    PacketView next() {
        return views[size];
    }

    /** {@link #next} holds a segment, or a datagram. */
    void keep(final long captureTimeNs, final int captureId, final boolean isDatagram) {
        datagrams[size] = isDatagram;
        timesNs[size] = captureTimeNs;
        captures[size] = captureId;
        size++;
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean isFull() {
        return size == SEGMENTS;
    }

    /**
     * Hands all segments to {@code assembler}; the batch is empty afterwards, also when that fails. What was decoded into
     * {@link #next}, and is not kept yet, is there still.
     */
    void assemble(final FlowAssembler assembler) {
        final int count = size;
        size = 0;
        for (int i = 0; i < wanted.size(); i++) {
            assembler.giveBack(wanted.get(i));
        }
        for (int i = 0; i < lent.size(); i++) {
            assembler.borrow(lent.get(i));
        }
        wanted.clear();
        lent.clear();
        for (int i = 0; i < count; i++) {
            assembler.onCapture(captures[i]);
            if (datagrams[i]) {
                assembler.onDatagram(views[i], timesNs[i]);
            } else {
                assembler.onSegment(views[i], timesNs[i]);
            }
        }
        if (count < SEGMENTS) {
            final PacketView next = views[count];
            views[count] = views[0];
            views[0] = next;
        }
    }
}
