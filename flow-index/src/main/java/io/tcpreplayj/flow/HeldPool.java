package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/** Reuses {@link HeldSegments}, and knows how much memory the streams of all flows take together. */
final class HeldPool {
    /** What all flows may hold before each of them is kept short: at most, and of the heap at most this share. */
    private static final long MOST_BUDGET_BYTES = 128L << 20;

    private static final int SHARE_OF_HEAP = 8;

    private static final int SPARES = 64;
    /** What is held by nobody takes this share of the budget at most. */
    private static final int SHARE_OF_SPARES = 8;

    private final long budgetBytes =
            Math.min(MOST_BUDGET_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    private final @Nullable HeldSegments[] spares = new HeldSegments[SPARES];
    private int spareCount;
    private long spareBytes;
    private long heldBytes;
    private long coverageBytes;

    HeldSegments take() {
        HeldSegments taken = null;
        if (spareCount > 0) {
            taken = spares[--spareCount];
            spares[spareCount] = null;
        }
        if (taken == null) {
            taken = new HeldSegments();
        } else {
            spareBytes -= taken.footprint();
        }
        heldBytes += taken.footprint();
        return taken;
    }

    /** Takes back what {@link #take} gave; it is empty. */
    void release(final HeldSegments held) {
        final int bytes = held.footprint();
        heldBytes -= bytes;
        if (spareCount < SPARES && spareBytes + bytes <= budgetBytes / SHARE_OF_SPARES) {
            spares[spareCount++] = held;
            spareBytes += bytes;
        }
    }

    /** Writes down what a stream holds, if anything, and takes it back. */
    void freeze(final @Nullable HeldSegments held, final StateBuffer state) {
        state.putBoolean(held != null);
        if (held != null) {
            held.freeze(state);
            held.clear();
            release(held);
        }
    }

    /** What was {@link #freeze frozen}. */
    @Nullable
    HeldSegments thaw(final StateBuffer state) {
        if (!state.getBoolean()) {
            return null;
        }
        final HeldSegments held = take();
        final int before = held.footprint();
        held.thaw(state);
        heldGrew(held.footprint() - before);
        return held;
    }

    /** What {@link #take} gave takes so many bytes of memory more. */
    void heldGrew(final int bytes) {
        heldBytes += bytes;
    }

    /** What flows know of positions seen takes so many bytes of memory more, or less. */
    void coverageGrew(final int bytes) {
        coverageBytes += bytes;
    }

    /** Bytes of memory that flows take here. */
    long usedBytes() {
        return heldBytes + coverageBytes;
    }

    boolean overBudget() {
        return heldBytes > budgetBytes;
    }
}
