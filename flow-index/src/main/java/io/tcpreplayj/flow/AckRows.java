package io.tcpreplayj.flow;

import java.util.Arrays;

/** Rows of {@link ClientAcks} as they are stored, while they are written: three varints each. */
public final class AckRows {
    static final int MAX_ROW_BYTES = 27;
    private static final byte[] NO_BYTES = {};

    private byte[] bytes = NO_BYTES;
    private int length;
    private int size;
    private long first;
    private long offset;
    private long window;

    /**
     * The next row.
     *
     * @param acked offset in the server's stream, at least that of the row before
     * @param delayNs since what it acknowledges came, 0 when unknown
     * @param offered the window, bytes
     */
    public AckRows add(final long acked, final long delayNs, final long offered) {
        if (bytes.length - length < MAX_ROW_BYTES) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * MAX_ROW_BYTES, bytes.length * 2));
        }
        if (size == 0) {
            first = acked;
            offset = acked;
        }
        varint(acked - offset);
        varint(Math.max(0, delayNs));
        final long change = offered - window;
        varint(change << 1 ^ change >> 63);
        offset = acked;
        window = offered;
        size++;
        return this;
    }

    private void varint(final long value) {
        long rest = value;
        while (rest > 0x7f) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    /** All of them. */
    public ClientAcks acks() {
        return from(first);
    }

    /** All of them, the first of which acknowledges up to {@code offset}. */
    ClientAcks from(final long firstOffset) {
        return new ClientAcks(size, firstOffset, Arrays.copyOf(bytes, length));
    }

    int size() {
        return size;
    }

    int length() {
        return length;
    }

    /** What the first row acknowledges. */
    long first() {
        return first;
    }

    /** What the last row acknowledges. */
    long offset() {
        return offset;
    }

    /** What the last row offers. */
    long window() {
        return window;
    }

    int footprint() {
        return bytes.length;
    }

    void freeze(final StateBuffer state) {
        state.putInt(size);
        state.putLong(first);
        state.putLong(offset);
        state.putLong(window);
        state.putBytes(bytes, 0, length);
    }

    static AckRows thaw(final StateBuffer state) {
        final AckRows rows = new AckRows();
        rows.size = state.getInt();
        rows.first = state.getLong();
        rows.offset = state.getLong();
        rows.window = state.getLong();
        rows.bytes = state.getBytes();
        rows.length = rows.bytes.length;
        return rows;
    }
}
