package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Payload that cannot be delivered yet, sorted by stream position, with what is to be remembered of the segments that
 * brought it. The pieces never overlap. What lies in a {@link BorrowedBuffer} stays there until that is given back; the rest
 * is copied. Instances and their arrays are reused through {@link HeldPool}.
 */
final class HeldSegments {
    private static final int INITIAL_ROWS = 8;
    private static final int INITIAL_BYTES = 2048;

    /** Bytes of a row in all arrays together. */
    private static final int ROW_BYTES = 4 * Long.BYTES + 4 * Integer.BYTES;

    private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);

    private long[] positions = new long[INITIAL_ROWS];
    private int[] lengths = new int[INITIAL_ROWS];
    private int[] dataAt = new int[INITIAL_ROWS];
    private long[] timesNs = new long[INITIAL_ROWS];
    private long[] acks = new long[INITIAL_ROWS];
    private int[] controls = new int[INITIAL_ROWS];
    private long[] digests = new long[INITIAL_ROWS];
    /** Where a piece lies that was not copied; null: in {@link #own}. */
    private @Nullable BorrowedBuffer[] borrowed = new BorrowedBuffer[INITIAL_ROWS];

    private ByteBuffer own = NO_BYTES;
    private int head;
    private int tail;
    private int used;
    private int heldBytes;
    private int ownBytes;
    /** The data lie in {@link #own} in the order of the rows, so they can be slid down in place. */
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
        return own.capacity() + positions.length * ROW_BYTES;
    }

    /**
     * Takes a piece. {@code control} and {@code ack} are the caller's and come back with the piece.
     *
     * @param digest of these bytes, {@link PacketView#NO_DIGEST} when it is not known
     * @param lender what {@code buffer} was borrowed as; null when it is valid during this call only
     */
    void insert(
            final long position,
            final ByteBuffer buffer,
            final @Nullable BorrowedBuffer lender,
            final int offset,
            final int length,
            final long timeNs,
            final long ack,
            final int control,
            final long digest) {
        if (lender == null) {
            makeRoomForBytes(length);
        }
        makeRoomForRow();
        final int row = makePlaceFor(position);
        positions[row] = position;
        lengths[row] = length;
        timesNs[row] = timeNs;
        acks[row] = ack;
        controls[row] = control;
        digests[row] = digest;
        heldBytes += length;
        if (lender == null) {
            copy(row, buffer, offset);
        } else {
            borrowed[row] = lender;
            dataAt[row] = offset;
            lender.heldBy(this);
        }
    }

    /** For a piece that has its row, in room that was made. */
    private void copy(final int row, final ByteBuffer from, final int offset) {
        own.clear().put(used, from, offset, lengths[row]);
        borrowed[row] = null;
        dataAt[row] = used;
        used += lengths[row];
        ownBytes += lengths[row];
    }

    /** Copies what lies in a buffer that is given back. */
    void keep(final BorrowedBuffer from) {
        boolean any = false;
        for (int row = head; row < tail; row++) {
            if (borrowed[row] == from) {
                makeRoomForBytes(lengths[row]);
                copy(row, from.bytes(), dataAt[row]);
                any = true;
            } else if (any && borrowed[row] == null) {
                dataInOrder = false;
            }
        }
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

    /** What {@link #insert} was told of the piece, as long as that is whole. */
    long headDigest() {
        return digests[head];
    }

    /** Where {@link #headDataAt()} points into. */
    ByteBuffer headBytes() {
        return bytes(head);
    }

    private ByteBuffer bytes(final int row) {
        final BorrowedBuffer lender = borrowed[row];
        return lender == null ? own.clear() : lender.bytes();
    }

    /** Takes the first {@code length} bytes of the head away, and the head with its last byte. */
    void dropFront(final int length) {
        heldBytes -= length;
        ownBytes -= borrowed[head] == null ? length : 0;
        if (length < lengths[head]) {
            positions[head] += length;
            dataAt[head] += length;
            lengths[head] -= length;
            digests[head] = PacketView.NO_DIGEST;
            return;
        }
        borrowed[head] = null;
        head++;
        if (head == tail) {
            clear();
        }
    }

    void clear() {
        Arrays.fill(borrowed, head, tail, null);
        head = 0;
        tail = 0;
        used = 0;
        heldBytes = 0;
        ownBytes = 0;
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
            final ByteBuffer bytes = bytes(row);
            final int mine = dataAt[row] - (int) (positions[row] - from);
            for (int i = 0; i < to - from; i++) {
                if (bytes.get(mine + i) != buffer.get(offset + (int) (from - position) + i)) {
                    different++;
                }
            }
        }
        return different;
    }

    private void makeRoomForBytes(final int length) {
        if (used + length <= own.capacity()) {
            return;
        }
        ByteBuffer target = own.clear();
        final boolean slide = dataInOrder && ownBytes + length <= own.capacity() / 2;
        if (!slide) {
            final int capacity = Math.max(INITIAL_BYTES, Integer.highestOneBit(ownBytes + length) * 4);
            target = ByteBuffer.allocate(Math.max(own.capacity(), capacity));
        }
        int to = 0;
        for (int row = head; row < tail; row++) {
            if (borrowed[row] == null) {
                target.put(to, own, dataAt[row], lengths[row]);
                dataAt[row] = to;
                to += lengths[row];
            }
        }
        own = target;
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
            Arrays.fill(borrowed, rows, tail, null);
        } else {
            final int capacity = positions.length * 2;
            positions = Arrays.copyOfRange(positions, head, head + capacity);
            lengths = Arrays.copyOfRange(lengths, head, head + capacity);
            dataAt = Arrays.copyOfRange(dataAt, head, head + capacity);
            timesNs = Arrays.copyOfRange(timesNs, head, head + capacity);
            acks = Arrays.copyOfRange(acks, head, head + capacity);
            controls = Arrays.copyOfRange(controls, head, head + capacity);
            digests = Arrays.copyOfRange(digests, head, head + capacity);
            borrowed = Arrays.copyOfRange(borrowed, head, head + capacity);
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
        System.arraycopy(digests, from, digests, to, rows);
        System.arraycopy(borrowed, from, borrowed, to, rows);
    }

    void freeze(final StateBuffer state) {
        state.putInt(pieces());
        for (int row = head; row < tail; row++) {
            state.putLong(positions[row]);
            state.putLong(timesNs[row]);
            state.putLong(acks[row]);
            state.putInt(controls[row]);
            state.putBytes(bytes(row), dataAt[row], lengths[row]);
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
            insert(position, ByteBuffer.wrap(piece), null, 0, piece.length, timeNs, ack, control, PacketView.NO_DIGEST);
        }
    }
}
