package io.tcpreplayj.replay;

import java.util.Arrays;

/**
 * Who is due next: an indexed binary min-heap from a small index (of a session) to its deadline. O(log n) each, no
 * allocation after construction. Not thread-safe.
 */
public final class DeadlineQueue {
    private static final int ABSENT = -1;

    private final int[] heap;
    private final int[] positions;
    private final long[] deadlinesNs;
    private int size;

    /** @param capacity indices are 0 to {@code capacity - 1} */
    public DeadlineQueue(final int capacity) {
        heap = new int[capacity];
        positions = new int[capacity];
        deadlinesNs = new long[capacity];
        Arrays.fill(positions, ABSENT);
    }

    /** Sets the deadline of {@code index}, whether or not it had one; {@link Long#MAX_VALUE} takes it out. */
    public void schedule(final int index, final long deadlineNs) {
        final int position = positions[index];
        if (deadlineNs == Long.MAX_VALUE) {
            if (position != ABSENT) {
                remove(position);
            }
            return;
        }
        if (position == ABSENT) {
            deadlinesNs[index] = deadlineNs;
            place(size, index);
            size++;
            up(size - 1);
            return;
        }
        final long before = deadlinesNs[index];
        deadlinesNs[index] = deadlineNs;
        if (deadlineNs < before) {
            up(position);
        } else if (deadlineNs > before) {
            down(position);
        }
    }

    /** The earliest deadline, or {@link Long#MAX_VALUE} when nobody has one. */
    public long nextDeadlineNs() {
        return size == 0 ? Long.MAX_VALUE : deadlinesNs[heap[0]];
    }

    /** Takes out and returns an index whose deadline is at or before {@code nowNs}, earliest first; -1 if none is due. */
    public int pollDue(final long nowNs) {
        if (size == 0 || deadlinesNs[heap[0]] > nowNs) {
            return -1;
        }
        final int index = heap[0];
        remove(0);
        return index;
    }

    public boolean contains(final int index) {
        return positions[index] != ABSENT;
    }

    public int size() {
        return size;
    }

    private void remove(final int position) {
        positions[heap[position]] = ABSENT;
        size--;
        if (position == size) {
            return;
        }
        place(position, heap[size]);
        up(position);
        down(positions[heap[position]]);
    }

    private void up(final int from) {
        final int index = heap[from];
        int position = from;
        while (position > 0) {
            final int parent = (position - 1) >>> 1;
            if (!before(index, heap[parent])) {
                break;
            }
            place(position, heap[parent]);
            position = parent;
        }
        place(position, index);
    }

    private void down(final int from) {
        final int index = heap[from];
        int position = from;
        while (true) {
            int child = 2 * position + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && before(heap[child + 1], heap[child])) {
                child++;
            }
            if (!before(heap[child], index)) {
                break;
            }
            place(position, heap[child]);
            position = child;
        }
        place(position, index);
    }

    /** Of two with the same deadline the smaller index goes first, so that a plan's order is kept. */
    private boolean before(final int a, final int b) {
        return deadlinesNs[a] < deadlinesNs[b] || (deadlinesNs[a] == deadlinesNs[b] && a < b);
    }

    private void place(final int position, final int index) {
        heap[position] = index;
        positions[index] = position;
    }
}
