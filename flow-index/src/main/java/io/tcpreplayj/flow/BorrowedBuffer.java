package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Memory that somebody else filled and will not touch before it was given back, and who holds payload that lies in it. */
final class BorrowedBuffer {
    private static final int FEW = 64;

    private final ByteBuffer buffer;
    /** The same memory with a position of its own: the owner, on another thread, may be reading into what is left of it. */
    private final ByteBuffer bytes;

    private HeldSegments[] holders = new HeldSegments[FEW];
    private int size;

    BorrowedBuffer(final ByteBuffer buffer) {
        this.buffer = buffer;
        bytes = buffer.duplicate();
    }

    @SuppressWarnings("ReferenceEquality") // The same memory is meant, not the same bytes.
    boolean is(final ByteBuffer other) {
        return buffer == other;
    }

    /** All of it, whatever its position and limit were set to before. */
    ByteBuffer bytes() {
        return bytes.clear();
    }

    /** A piece that lies here is held there. */
    void heldBy(final HeldSegments holder) {
        if (size > 0 && holders[size - 1] == holder) {
            return;
        }
        if (size == holders.length) {
            holders = Arrays.copyOf(holders, 2 * size);
        }
        holders[size++] = holder;
    }

    /** Who held a piece that lies here, some of them twice; many let go of it since. */
    int holders() {
        return size;
    }

    HeldSegments holder(final int number) {
        return holders[number];
    }
}
