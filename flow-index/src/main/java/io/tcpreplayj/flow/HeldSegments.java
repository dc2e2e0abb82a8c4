package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Payload that cannot be delivered yet, sorted by stream position, with what is to be remembered of the segments that
 * brought it. The pieces never overlap. Instances and their arrays are reused through {@link HeldPool}.
 */
final class HeldSegments {
    private static final int INITIAL_ROWS = 8;
    private static final int INITIAL_BYTES = 2048;

    /** Bytes of a row in all arrays together. */
    private static final int ROW_BYTES = 3 * Long.BYTES + 3 * Integer.BYTES;

    private long[] positions = new long[INITIAL_ROWS];
    private int[] lengths = new int[INITIAL_ROWS];
    private int[] dataAt = new int[INITIAL_ROWS];
    private long[] timesNs = new long[INITIAL_ROWS];
    private long[] acks = new long[INITIAL_ROWS];
    private int[] controls = new int[INITIAL_ROWS];
    private byte[] bytes = new byte[INITIAL_BYTES];
    private int head;
    private int tail;
    private int used;
    private int heldBytes;
    /** The data lie in {@link #bytes} in the order of the rows, so they can be slid down in place. */
    private boolean dataInOrder = true;

    boolean isEmpty() {
        return head == tail;
    }

    int pieces() {
        return tail - head;
    }

    /** Payload bytes held. */
    int heldBytes() {
        return heldBytes;
    }

    /** Bytes of memory in use, whatever is held. */
    int footprint() {
        return bytes.length + positions.length * ROW_BYTES;
    }

    /** Copies a piece in. {@code control} and {@code ack} are the caller's and come back with the piece. */
    void insert(
            final long position,
            final ByteBuffer buffer,
            final int offset,
            final int length,
            final long timeNs,
            final long ack,
            final int control) {
        makeRoomForBytes(length);
        makeRoomForRow();
        final int row = makePlaceFor(position);
        positions[row] = position;
        lengths[row] = length;
        dataAt[row] = used;
        timesNs[row] = timeNs;
        acks[row] = ack;
        controls[row] = control;
        buffer.get(offset, bytes, used, length);
        used += length;
        heldBytes += length;
    }

    long headPosition() {
        return positions[head];
    }

    int headLength() {
        return lengths[head];
    }

    int headDataAt() {
        return dataAt[head];
    }

    long headTimeNs() {
        return timesNs[head];
    }

    long headAck() {
        return acks[head];
    }

    int headControl() {
        return controls[head];
    }

    /** Where {@link #headDataAt()} points into. */
    byte[] bytes() {
        return bytes;
    }

    /** Takes the first {@code length} bytes of the head away, and the head with its last byte. */
    void dropFront(final int length) {
        heldBytes -= length;
        if (length < lengths[head]) {
            positions[head] += length;
            dataAt[head] += length;
            lengths[head] -= length;
            return;
        }
        head++;
        if (head == tail) {
            clear();
        }
    }

    void clear() {
        head = 0;
        tail = 0;
        used = 0;
        heldBytes = 0;
        dataInOrder = true;
    }

    /** The greatest capture time of a piece that begins before {@code position}, at least {@code floorNs}. */
    long latestBefore(final long position, final long floorNs) {
        long latest = floorNs;
        for (int row = head; row < tail && positions[row] < position; row++) {
            latest = Math.max(latest, timesNs[row]);
        }
        return latest;
    }

    /** How many bytes held here differ from the {@code length} bytes of {@code buffer} that lie at {@code position}. */
    long countDifferent(final long position, final ByteBuffer buffer, final int offset, final int length) {
        long different = 0;
        int row = firstBehind(position + length - 1) - 1;
        for (; row >= head && positions[row] + lengths[row] > position; row--) {
            final long from = Math.max(position, positions[row]);
            final long to = Math.min(position + length, positions[row] + lengths[row]);
            final int mine = dataAt[row] - (int) (positions[row] - from);
            for (int i = 0; i < to - from; i++) {
                if (bytes[mine + i] != buffer.get(offset + (int) (from - position) + i)) {
                    different++;
                }
            }
        }
        return different;
    }

    private void makeRoomForBytes(final int length) {
        if (used + length <= bytes.length) {
            return;
        }
        byte[] target = bytes;
        final boolean slide = dataInOrder && heldBytes + length <= bytes.length / 2;
        if (!slide) {
            target = new byte[Math.max(bytes.length, Integer.highestOneBit(heldBytes + length) * 4)];
        }
        int to = 0;
        for (int row = head; row < tail; row++) {
            System.arraycopy(bytes, dataAt[row], target, to, lengths[row]);
            dataAt[row] = to;
            to += lengths[row];
        }
        bytes = target;
        used = to;
        dataInOrder = true;
    }

    private void makeRoomForRow() {
        if (tail < positions.length) {
            return;
        }
        final int rows = tail - head;
        if (rows <= positions.length / 2) {
            move(head, 0, rows);
        } else {
            final int capacity = positions.length * 2;
            positions = Arrays.copyOfRange(positions, head, head + capacity);
            lengths = Arrays.copyOfRange(lengths, head, head + capacity);
            dataAt = Arrays.copyOfRange(dataAt, head, head + capacity);
            timesNs = Arrays.copyOfRange(timesNs, head, head + capacity);
            acks = Arrays.copyOfRange(acks, head, head + capacity);
            controls = Arrays.copyOfRange(controls, head, head + capacity);
        }
        head = 0;
        tail = rows;
    }

    /** An unused row among the others where {@code position} belongs; the shorter side moves. */
    private int makePlaceFor(final long position) {
        final int row = firstBehind(position);
        if (row == tail) {
            tail++;
            return row;
        }
        dataInOrder = false;
        if (head > 0 && row - head < tail - row) {
            move(head, head - 1, row - head);
            head--;
            return row - 1;
        }
        move(row, row + 1, tail - row);
        tail++;
        return row;
    }

    private int firstBehind(final long position) {
        if (head == tail || positions[tail - 1] <= position) {
            return tail;
        }
        int low = head;
        int high = tail - 1;
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (positions[middle] <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void move(final int from, final int to, final int rows) {
        System.arraycopy(positions, from, positions, to, rows);
        System.arraycopy(lengths, from, lengths, to, rows);
        System.arraycopy(dataAt, from, dataAt, to, rows);
        System.arraycopy(timesNs, from, timesNs, to, rows);
        System.arraycopy(acks, from, acks, to, rows);
        System.arraycopy(controls, from, controls, to, rows);
    }

    void freeze(final StateBuffer state) {
        state.putInt(pieces());
        for (int row = head; row < tail; row++) {
            state.putLong(positions[row]);
            state.putLong(timesNs[row]);
            state.putLong(acks[row]);
            state.putInt(controls[row]);
            state.putBytes(bytes, dataAt[row], lengths[row]);
        }
    }

    /** Fills an empty instance. */
    void thaw(final StateBuffer state) {
        for (int left = state.getInt(); left > 0; left--) {
            final long position = state.getLong();
            final long timeNs = state.getLong();
            final long ack = state.getLong();
            final int control = state.getInt();
            final byte[] piece = state.getBytes();
            insert(position, ByteBuffer.wrap(piece), 0, piece.length, timeNs, ack, control);
        }
    }
}
