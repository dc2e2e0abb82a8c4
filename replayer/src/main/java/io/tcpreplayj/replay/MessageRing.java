package io.tcpreplayj.replay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * Messages from one thread to one other, first in, first out, each in one piece. Neither ever waits; nothing is allocated. Who
 * reads sees all that the writer had done before {@link #commit}.
 *
 * <pre>
 *   0        4        8
 *   +--------+--------+---------------+-----+
 *   | length | type   | payload       | pad |    a multiple of 8; type 0 fills the buffer up to its end
 *   +--------+--------+---------------+-----+
 * </pre>
 */
final class MessageRing {
    /** In place of an index: there is no room. */
    static final int NO_ROOM = -1;

    private static final int HEADER = 8;
    private static final int PADDING = 0;
    private static final VarHandle WRITTEN;
    private static final VarHandle READ;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            WRITTEN = lookup.findVarHandle(MessageRing.class, "written", long.class);
            READ = lookup.findVarHandle(MessageRing.class, "read", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Takes messages; {@code at} is where the payload begins. */
    @FunctionalInterface
    interface Handler {
        void onMessage(int type, ByteBuffer from, int at);
    }

    private final ByteBuffer buffer;
    private final int capacity;
    /** Positions count on for ever; modulo the capacity they are indices. */
    private long written;

    private long read;
    private long claimed;

    /** @param capacity a power of two */
    MessageRing(final int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(capacity + " is no power of two");
        }
        this.capacity = capacity;
        buffer = ByteBuffer.allocateDirect(capacity);
    }

    /** Room for the next message's payload: its index in {@link #buffer}, or {@link #NO_ROOM}. Then {@link #commit}. */
    int claim(final int type, final int length) {
        final int size = size(length);
        final int at = (int) (written & capacity - 1);
        final int padding = size > capacity - at ? capacity - at : 0;
        if (size > capacity - HEADER || written + padding + size - (long) READ.getAcquire(this) > capacity) {
            return NO_ROOM;
        }
        if (padding > 0) {
            buffer.putInt(at, padding - HEADER).putInt(at + 4, PADDING);
        }
        final int begin = padding > 0 ? 0 : at;
        buffer.putInt(begin, length).putInt(begin + 4, type);
        claimed = written + padding + size;
        return begin + HEADER;
    }

    /** Where the payload of what was claimed is written to; absolute access only. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** What was claimed last can be read from now on. */
    void commit() {
        WRITTEN.setRelease(this, claimed);
    }

    /** Whether there is nothing to read; on either thread. */
    boolean isEmpty() {
        return (long) READ.getAcquire(this) == (long) WRITTEN.getAcquire(this);
    }

    /** Hands over {@code most} messages at most; returns how many those were. */
    int read(final Handler handler, final int most) {
        final long end = (long) WRITTEN.getAcquire(this);
        long position = read;
        int count = 0;
        while (position < end && count < most) {
            final int at = (int) (position & capacity - 1);
            final int length = buffer.getInt(at);
            final int type = buffer.getInt(at + 4);
            position += size(length);
            if (type != PADDING) {
                handler.onMessage(type, buffer, at + HEADER);
                count++;
            }
            READ.setRelease(this, position);
        }
        return count;
    }

    private static int size(final int length) {
        return HEADER + (length + 7 & ~7);
    }
}
