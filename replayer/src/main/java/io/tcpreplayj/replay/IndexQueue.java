package io.tcpreplayj.replay;

/** A first-in first-out queue of small indices that holds each at most once; no allocation after construction. */
final class IndexQueue {
    private final int[] ring;
    private final boolean[] present;
    private int head;
    private int size;

    /** @param capacity indices go from 0 to {@code capacity - 1} */
    IndexQueue(final int capacity) {
        this.ring = new int[capacity];
        this.present = new boolean[capacity];
    }

    /** Adds {@code index} unless it is there already. */
    void offer(final int index) {
        if (!present[index]) {
            present[index] = true;
            ring[(head + size++) % ring.length] = index;
        }
    }

    /** The oldest index, or -1. */
    int poll() {
        if (size == 0) {
            return -1;
        }
        final int index = ring[head];
        head = (head + 1) % ring.length;
        size--;
        present[index] = false;
        return index;
    }

    boolean contains(final int index) {
        return present[index];
    }

    int size() {
        return size;
    }
}
