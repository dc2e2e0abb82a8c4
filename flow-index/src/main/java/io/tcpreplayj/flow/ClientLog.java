package io.tcpreplayj.flow;

import java.util.Arrays;

/** The client's stream, whole, and one row for each piece of it: what becomes {@link ClientEvents}. */
final class ClientLog implements StreamConsumer {
    /** In place of a time: there is none. */
    static final long NO_TIME = Long.MIN_VALUE;

    /** A ByteBuffer's limit is an int, and a heap has to hold the client's bytes. */
    private static final int MAX_BYTES = 1 << 30;

    private static final int CONTROL_AND_LENGTH = 0;
    private static final int GATE = 1;
    private static final int SENT_NS = 2;
    private static final int SERVER_NS = 3;
    private static final int STRIDE = 4;

    private static final byte[] NO_BYTES = {};

    private final FlowBuilder flow;
    private byte[] bytes = NO_BYTES;
    private int length;
    private boolean gaps;
    private boolean full;
    private long[] rows = new long[STRIDE];
    private int size;

    ClientLog(final FlowBuilder flow) {
        this.flow = flow;
    }

    @Override
    public void onBytes(
            final long position,
            final byte[] source,
            final int offset,
            final int count,
            final long timeNs,
            final long ack,
            final int control) {
        if (count > MAX_BYTES - length) {
            full = true;
            return;
        }
        if (length + count > bytes.length) {
            // The first piece often is the only one of a small flow: no slack for it.
            bytes = Arrays.copyOf(bytes, length == 0 ? count : Math.max(length + count, bytes.length * 2));
        }
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
        final long gate = Math.max(ack, size == 0 ? StreamAssembler.NO_ACK : gate(size - 1));
        if (size * STRIDE == rows.length) {
            rows = Arrays.copyOf(rows, rows.length * 2);
        }
        final int cell = size * STRIDE;
        rows[cell + CONTROL_AND_LENGTH] = (long) control << 32 | count;
        rows[cell + GATE] = gate;
        rows[cell + SENT_NS] = timeNs;
        rows[cell + SERVER_NS] = flow.serverTimeUnder(gate);
        flow.onDataRow(size++, gate);
    }

    @Override
    public void onGap(final long from, final long to) {
        gaps = true;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Index and position differ by a constant: nothing was missing so far. */
    boolean isContiguous() {
        return !gaps && !full;
    }

    /** The stream is longer than can be kept. */
    boolean isFull() {
        return full;
    }

    int size() {
        return size;
    }

    int length(final int row) {
        return (int) rows[row * STRIDE + CONTROL_AND_LENGTH];
    }

    /** See {@link StreamAssembler}'s control. */
    int control(final int row) {
        return (int) (rows[row * STRIDE + CONTROL_AND_LENGTH] >>> 32);
    }

    /** Position in the server's direction. */
    long gate(final int row) {
        return rows[row * STRIDE + GATE];
    }

    /** Capture time. */
    long sentNs(final int row) {
        return rows[row * STRIDE + SENT_NS];
    }

    /** Capture time of the last server byte under the gate, or {@link #NO_TIME}. */
    long serverNs(final int row) {
        return rows[row * STRIDE + SERVER_NS];
    }
}
