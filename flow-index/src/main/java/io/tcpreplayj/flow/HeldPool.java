package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reuses {@link HeldSegments}, knows how much memory the streams of all flows take together, and which memory payload may stay
 * in for a while.
 */
final class HeldPool {
    /** What all flows may hold before each of them is kept short: at most, and of the heap at most this share. */
    private static final long MOST_BUDGET_BYTES = 128L << 20;

    private static final int SHARE_OF_HEAP = 8;

    private static final int SPARES = 64;
    /** What is held by nobody takes this share of the budget at most. */
    private static final int SHARE_OF_SPARES = 8;

    /** More buffers are not looked for at each piece; the one that was borrowed first is done without. */
    private static final int MOST_BORROWED = 16;

    private final long budgetBytes =
            Math.min(MOST_BUDGET_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    private final @Nullable HeldSegments[] spares = new HeldSegments[SPARES];
    /** In the order in which they were borrowed. */
    private final BorrowedBuffer[] borrowed = new BorrowedBuffer[MOST_BORROWED];

    private int borrowedCount;
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

    /** From now on pieces that lie in this buffer are not copied. */
    void borrow(final ByteBuffer buffer) {
        if (borrowedCount == MOST_BORROWED) {
            giveBack(0);
        }
        borrowed[borrowedCount++] = new BorrowedBuffer(buffer);
    }

    /** What this buffer was borrowed as; null when it was not. Pieces mostly lie in the last one. */
    @Nullable
    BorrowedBuffer lenderOf(final ByteBuffer buffer) {
        final int number = indexOf(buffer);
        return number < 0 ? null : borrowed[number];
    }

    /** Copies what lies in this buffer and is still held. */
    void giveBack(final ByteBuffer buffer) {
        final int number = indexOf(buffer);
        if (number >= 0) {
            giveBack(number);
        }
    }

    private int indexOf(final ByteBuffer buffer) {
        int number = borrowedCount - 1;
        while (number >= 0 && !borrowed[number].is(buffer)) {
            number--;
        }
        return number;
    }

    private void giveBack(final int number) {
        final BorrowedBuffer back = borrowed[number];
        for (int i = 0; i < back.holders(); i++) {
            final HeldSegments held = back.holder(i);
            final int before = held.footprint();
            held.keep(back);
            heldGrew(held.footprint() - before);
        }
        borrowedCount--;
        System.arraycopy(borrowed, number + 1, borrowed, number, borrowedCount - number);
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
