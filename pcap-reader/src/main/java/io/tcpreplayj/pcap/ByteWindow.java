package io.tcpreplayj.pcap;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A window that slides over a {@link ByteSource}: the bytes from {@link #begin()} on are in {@link #buffer()}, as many
 * as were asked for by {@link #has}. Only {@link #has} and {@link #skip} move bytes, maybe to another buffer; everything
 * between two calls of them may be borrowed.
 */
final class ByteWindow implements Closeable {
    /** The most that {@link #has} can be asked for. */
    static final int CAPACITY = WindowBuffers.CAPACITY;

    /** Bytes asked of the source at once: they are in a core's cache when they are parsed. Copied fastest (measured). */
    private static final int CHUNK = 1 << 16;

    private ByteSource source;

    private WindowBuffers buffers = used -> used;

    /** Big-endian, direct; its position and limit stay as they are, for another thread may look at what is in it. */
    private ByteBuffer buffer;

    /** The same memory, for the source to read into. */
    private ByteBuffer target;

    private int begin;
    private int end;

    /** Offset in the source of the buffer's first byte. */
    private long base;

    private long maxBytes = Long.MAX_VALUE;

    /** The source goes on behind {@link #maxBytes}; what came of that was dropped. */
    private boolean isTooLong;

    ByteWindow(final ByteSource source) {
        this(source, ByteBuffer.allocateDirect(CAPACITY));
    }

    /** @param buffer of {@link #CAPACITY} bytes, used by nobody else while the window is */
    ByteWindow(final ByteSource source, final ByteBuffer buffer) {
        this.source = source;
        this.buffer = buffer;
        target = buffer.duplicate();
    }

    /** From now on another thread reads the source. */
    void readAhead() {
        source = new ReadAheadSource(source);
    }

    /** From now on each buffer is followed by another one. */
    void readInto(final WindowBuffers following) {
        buffers = following;
    }

    /** Makes {@code count} bytes available; false when the source ends before. */
    boolean has(final int count) throws IOException {
        return end - begin >= count || fill(count);
    }

    private boolean fill(final int count) throws IOException {
        if (Math.max(begin + count, end + CHUNK) > CAPACITY) {
            slideToFront();
        }
        while (end - begin < count) {
            if (isTooLong) {
                throw new DamagedInputException(
                        "goes on behind byte " + maxBytes + ", where it was to end", "allow more with --max-bytes");
            }
            target.limit(Math.min(CAPACITY, Math.max(begin + count, end + CHUNK)))
                    .position(end);
            final int read = source.read(target);
            if (read < 0) {
                return false;
            }
            end += read;
            dropBehindLimit();
        }
        return true;
    }

    /** From now on a source that has more than {@code maxBytes} is damaged there. A megabyte of gzip can hold 100 GB. */
    void endAt(final long most) {
        maxBytes = most;
        dropBehindLimit();
    }

    private void dropBehindLimit() {
        if (base + end > maxBytes) {
            isTooLong = true;
            end = (int) Math.max(begin, maxBytes - base);
        }
    }

    @SuppressWarnings("ReferenceEquality") // The same memory is meant, not the same bytes.
    private void slideToFront() {
        final ByteBuffer next = buffers.next(buffer);
        next.put(0, buffer, begin, end - begin);
        if (next != buffer) {
            buffer = next;
            target = next.duplicate();
        }
        base += begin;
        end -= begin;
        begin = 0;
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** Index in {@link #buffer()} of the first byte not yet consumed. */
    int begin() {
        return begin;
    }

    int available() {
        return end - begin;
    }

    /** Consumes {@code count} of the available bytes. */
    void advance(final int count) {
        begin += count;
    }

    /** Consumes {@code count} bytes, available or not; false when the source ends before. */
    boolean skip(final long count) throws IOException {
        long left = count;
        while (left > available()) {
            left -= available();
            advance(available());
            if (!has(1)) {
                return false;
            }
        }
        advance((int) left);
        return true;
    }

    /** Bytes consumed so far. */
    long offset() {
        return base + begin;
    }

    long fileBytes() {
        return source.fileBytes();
    }

    /** See {@link ByteSource#compression()}. */
    String compression() {
        return source.compression();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
