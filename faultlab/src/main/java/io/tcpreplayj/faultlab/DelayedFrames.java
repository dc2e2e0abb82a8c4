package io.tcpreplayj.faultlab;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Frames that leave later, by time and then by the order in which they came. */
final class DelayedFrames {
    private static final class Waiting implements Comparable<Waiting> {
        private final byte[] bytes = new byte[FaultBridge.LONGEST_FRAME];
        private int length;
        private long dueNs;
        private long order;

        @Override
        public int compareTo(final Waiting other) {
            final int byTime = Long.compare(dueNs - other.dueNs, 0);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>();
    private final ArrayDeque<Waiting> spare = new ArrayDeque<>();
    private long added;

    void add(final ByteBuffer frame, final int length, final long dueNs) {
        final Waiting slot = spare.isEmpty() ? new Waiting() : spare.pop();
        frame.get(0, slot.bytes, 0, length);
        slot.length = length;
        slot.dueNs = dueNs;
        slot.order = added++;
        waiting.add(slot);
    }

    /** Puts the next one that is due into {@code frame}; 0 when there is none. */
    int pollDue(final long nowNs, final ByteBuffer frame) {
        final @Nullable Waiting first = waiting.peek();
        if (first == null || first.dueNs - nowNs > 0) {
            return 0;
        }
        waiting.poll();
        frame.put(0, first.bytes, 0, first.length);
        spare.push(first);
        return first.length;
    }

    /** Time until the next is due: at most {@code mostNs}, at least 0. */
    long untilNextNs(final long nowNs, final long mostNs) {
        final @Nullable Waiting first = waiting.peek();
        return first == null ? mostNs : Math.max(0, Math.min(mostNs, first.dueNs - nowNs));
    }
}
