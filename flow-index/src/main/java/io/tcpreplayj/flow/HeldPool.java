package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/** Reuses {@link HeldSegments}, and knows how much payload all flows hold together. */
final class HeldPool {
    /** What all flows may hold before each of them is kept short: at most, and of the heap at most this share. */
    private static final long MOST_BUDGET_BYTES = 128L << 20;

    private static final int SHARE_OF_HEAP = 8;

    private static final int SPARES = 64;
    private static final int LARGEST_SPARE_BYTES = 1 << 20;

    private final long budgetBytes =
            Math.min(MOST_BUDGET_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    private final @Nullable HeldSegments[] spares = new HeldSegments[SPARES];
    private int spareCount;
    private long heldBytes;
    private long taken;

    HeldSegments take() {
        taken++;
        if (spareCount == 0) {
            return new HeldSegments();
        }
        final HeldSegments spare = spares[--spareCount];
        spares[spareCount] = null;
        return spare == null ? new HeldSegments() : spare;
    }

    /** Takes back what {@link #take} gave; it is empty. */
    void release(final HeldSegments held) {
        taken--;
        if (spareCount < SPARES && held.capacity() <= LARGEST_SPARE_BYTES) {
            spares[spareCount++] = held;
        }
    }

    void held(final int bytes) {
        heldBytes += bytes;
    }

    boolean overBudget() {
        return heldBytes + taken * HeldSegments.LEAST_FOOTPRINT > budgetBytes;
    }
}
