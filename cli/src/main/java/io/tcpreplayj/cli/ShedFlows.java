package io.tcpreplayj.cli;

/**
 * Flows that were given up, each by a hash and a mark, so that none comes back in its middle. Fixed memory: of more than there
 * is room for, some are forgotten.
 */
final class ShedFlows {
    private static final int SLOT_BITS = 17;

    /** Where a flow may be, of all slots: neighbours in memory. */
    private static final int WAYS = 8;

    private static final long NONE = 0;

    private final long[] hashes = new long[1 << SLOT_BITS];
    private final int[] marks = new int[1 << SLOT_BITS];
    private int turn;

    /**
     * Where it is, or where it would be: in a free slot of its eight, or in place of another.
     *
     * @param hash never 0
     */
    int find(final long hash) {
        final int first = (int) (hash >>> (Long.SIZE - SLOT_BITS)) & -WAYS;
        int slot = first + (turn & (WAYS - 1));
        for (int i = first; i < first + WAYS; i++) {
            if (hashes[i] == hash) {
                return i;
            }
            if (hashes[i] == NONE) {
                slot = i;
            }
        }
        return slot;
    }

    /** Whether it is there, where {@link #find} said. */
    boolean has(final int slot, final long hash) {
        return hashes[slot] == hash;
    }

    /** What was noted of the one that is there. */
    int mark(final int slot) {
        return marks[slot];
    }

    void put(final int slot, final long hash, final int mark) {
        hashes[slot] = hash;
        marks[slot] = mark;
        turn++;
    }

    void mark(final int slot, final int mark) {
        marks[slot] = mark;
    }

    void forget(final int slot) {
        hashes[slot] = NONE;
    }
}
