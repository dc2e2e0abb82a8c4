package io.tcpreplayj.replay.sim;

import java.util.PriorityQueue;

/** What is going to happen, in virtual time; what is due at one moment happens in the order in which it was planned. */
final class EventQueue {
    static final long NEVER = Long.MAX_VALUE;

    /** Something that happens. */
    @FunctionalInterface
    interface Event {
        void happen();
    }

    private record Planned(long atNs, long order, Event event) implements Comparable<Planned> {
        @Override
        public int compareTo(final Planned other) {
            return atNs != other.atNs ? Long.compare(atNs, other.atNs) : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Planned> queue = new PriorityQueue<>();
    private long order;

    void plan(final long atNs, final Event event) {
        queue.add(new Planned(atNs, order++, event));
    }

    long nextNs() {
        final Planned next = queue.peek();
        return next == null ? NEVER : next.atNs();
    }

    void happenNext() {
        queue.remove().event().happen();
    }
}
