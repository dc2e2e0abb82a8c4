package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.packet.PacketView;

/** Decoded segments in order, on their way from the thread that reads to the one that assembles. Reused. */
final class SegmentBatch {
    /** So many that handing them over costs nothing beside them, so few that they stay in a core's cache. */
    private static final int SEGMENTS = 512;

    private final PacketView[] views = new PacketView[SEGMENTS];
    private final long[] timesNs = new long[SEGMENTS];
    private final int[] captures = new int[SEGMENTS];
    private int size;

    SegmentBatch() {
        for (int i = 0; i < SEGMENTS; i++) {
            views[i] = new PacketView();
        }
    }

    /** To decode the next packet into; it counts only when it is {@link #keep kept}. */
    PacketView next() {
        return views[size];
    }

    /** {@link #next} holds a segment. */
    void keep(final long captureTimeNs, final int captureId) {
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

    /** Hands all segments to {@code assembler}; the batch is empty afterwards, also when that fails. */
    void assemble(final FlowAssembler assembler) {
        final int count = size;
        size = 0;
        for (int i = 0; i < count; i++) {
            assembler.onCapture(captures[i]);
            assembler.onSegment(views[i], timesNs[i]);
        }
    }
}
