package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.MAX_ROWS_PER_BLOCK;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_CAPTURE_ID_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_ID_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_PAYLOAD_BLOCK_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_PAYLOAD_BYTES_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_PAYLOAD_POSITION_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_RECORD_BLOCK_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_RECORD_BYTES_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_RECORD_POSITION_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_START_NS_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_DIRECTORY;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Where each flow is: rows, in order of ids once {@link #sort()} was called. They are kept as the file has them, in pieces,
 * so that many millions take no more memory than their length.
 */
final class Directory {
    private static final int PIECE_BITS = 12;
    private static final int PIECE_ROWS = 1 << PIECE_BITS;
    private static final int NONE = -1;
    private static final ByteBuffer NO_ROWS = ByteBuffer.allocate(0);

    private final List<ByteBuffer> pieces = new ArrayList<>();
    private int size;
    private boolean ascending = true;

    int size() {
        return size;
    }

    private ByteBuffer piece(final int row) {
        return pieces.get(row >>> PIECE_BITS);
    }

    private static int at(final int row) {
        return (row & PIECE_ROWS - 1) * ROW_LENGTH;
    }

    long id(final int row) {
        return piece(row).getLong(at(row) + ROW_ID_OFFSET);
    }

    long startNs(final int row) {
        return piece(row).getLong(at(row) + ROW_START_NS_OFFSET);
    }

    int captureId(final int row) {
        return piece(row).getInt(at(row) + ROW_CAPTURE_ID_OFFSET);
    }

    long recordBlock(final int row) {
        return piece(row).getLong(at(row) + ROW_RECORD_BLOCK_OFFSET);
    }

    int recordPosition(final int row) {
        return piece(row).getInt(at(row) + ROW_RECORD_POSITION_OFFSET);
    }

    int recordBytes(final int row) {
        return piece(row).getInt(at(row) + ROW_RECORD_BYTES_OFFSET);
    }

    long payloadBlock(final int row) {
        return piece(row).getLong(at(row) + ROW_PAYLOAD_BLOCK_OFFSET);
    }

    int payloadPosition(final int row) {
        return piece(row).getInt(at(row) + ROW_PAYLOAD_POSITION_OFFSET);
    }

    int payloadBytes(final int row) {
        return (int) piece(row).getLong(at(row) + ROW_PAYLOAD_BYTES_OFFSET);
    }

    void clear() {
        pieces.clear();
        size = 0;
        ascending = true;
    }

    /**
     * Takes over all rows of another directory, which is empty then, and sorts by id; no id is in both. From behind, so that
     * rows whose ids are mostly greater cost no more than they are, and piece for piece: rows of ten million flows are half
     * a gigabyte, which must not be there twice.
     */
    void takeAll(final Directory other) {
        sort();
        other.sort();
        int mine = size - 1;
        int its = other.size - 1;
        size += other.size;
        while (pieces.size() << PIECE_BITS < size) {
            pieces.add(NO_ROWS);
        }
        for (int to = size - 1; its >= 0; to--) {
            if (piece(to).capacity() == 0) {
                pieces.set(to >>> PIECE_BITS, newPiece());
            }
            if (mine >= 0 && id(mine) > other.id(its)) {
                piece(to).put(at(to), piece(mine), at(mine), ROW_LENGTH);
                mine--;
            } else {
                piece(to).put(at(to), other.piece(its), at(its), ROW_LENGTH);
                if (at(its) == 0) {
                    other.pieces.set(its >>> PIECE_BITS, NO_ROWS);
                }
                its--;
            }
        }
        other.clear();
    }

    /** A new row; record and payload are said afterwards. */
    int add(final long id, final long start, final int captureId) {
        final int row = makeRow();
        ascending &= row == 0 || id(row - 1) < id;
        piece(row)
                .putLong(at(row) + ROW_ID_OFFSET, id)
                .putLong(at(row) + ROW_START_NS_OFFSET, start)
                .putInt(at(row) + ROW_CAPTURE_ID_OFFSET, captureId);
        return row;
    }

    private int makeRow() {
        if (size == pieces.size() << PIECE_BITS) {
            pieces.add(newPiece());
        }
        return size++;
    }

    private static ByteBuffer newPiece() {
        return ByteBuffer.allocate(PIECE_ROWS * ROW_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    }

    void record(final int row, final long block, final int position, final int bytes) {
        piece(row)
                .putLong(at(row) + ROW_RECORD_BLOCK_OFFSET, block)
                .putInt(at(row) + ROW_RECORD_POSITION_OFFSET, position)
                .putInt(at(row) + ROW_RECORD_BYTES_OFFSET, bytes);
    }

    void payload(final int row, final long block, final int position, final int bytes) {
        piece(row)
                .putLong(at(row) + ROW_PAYLOAD_BLOCK_OFFSET, block)
                .putInt(at(row) + ROW_PAYLOAD_POSITION_OFFSET, position)
                .putLong(at(row) + ROW_PAYLOAD_BYTES_OFFSET, bytes);
    }

    /** Puts the block in for rows whose block was still being filled. */
    void placeRecord(final int row, final long block) {
        piece(row).putLong(at(row) + ROW_RECORD_BLOCK_OFFSET, block);
    }

    void placePayload(final int row, final long block) {
        piece(row).putLong(at(row) + ROW_PAYLOAD_BLOCK_OFFSET, block);
    }

    /** The row of the flow with that id, or a negative number. */
    int find(final long id) {
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            final int middle = (low + high) >>> 1;
            final long found = id(middle);
            if (found == id) {
                return middle;
            }
            if (found < id) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return NONE;
    }

    /** Sorts by id; returns an id that is there twice, or -1. */
    long sort() {
        if (ascending) {
            return NONE;
        }
        final long twice = isDense() ? putInPlace() : heapSort();
        ascending = twice == NONE;
        return twice;
    }

    /** As many ids as there are numbers from the least to the greatest: then each id tells its place. */
    private boolean isDense() {
        long greatest = id(0);
        for (int row = 1; row < size; row++) {
            greatest = Math.max(greatest, id(row));
        }
        return greatest - least() == size - 1;
    }

    private long least() {
        long least = id(0);
        for (int row = 1; row < size; row++) {
            least = Math.min(least, id(row));
        }
        return least;
    }

    private long putInPlace() {
        final long least = least();
        long twice = NONE;
        for (int row = 0; row < size; row++) {
            int place = (int) (id(row) - least);
            while (place != row && id(place) != id(row)) {
                swap(row, place);
                place = (int) (id(row) - least);
            }
            twice = place == row ? twice : id(row);
        }
        return twice;
    }

    /** In place: a copy of the rows may be more than memory holds. */
    private long heapSort() {
        for (int root = size / 2 - 1; root >= 0; root--) {
            sink(root, size);
        }
        for (int end = size - 1; end > 0; end--) {
            swap(0, end);
            sink(0, end);
        }
        for (int row = 1; row < size; row++) {
            if (id(row) == id(row - 1)) {
                return id(row);
            }
        }
        return NONE;
    }

    private void sink(final int root, final int end) {
        int row = root;
        int child = 2 * row + 1;
        while (child < end) {
            if (child + 1 < end && id(child) < id(child + 1)) {
                child++;
            }
            if (id(row) >= id(child)) {
                return;
            }
            swap(row, child);
            row = child;
            child = 2 * row + 1;
        }
    }

    private void swap(final int one, final int other) {
        final ByteBuffer left = piece(one);
        final ByteBuffer right = piece(other);
        for (int offset = 0; offset < ROW_LENGTH; offset += Long.BYTES) {
            final long kept = left.getLong(at(one) + offset);
            left.putLong(at(one) + offset, right.getLong(at(other) + offset));
            right.putLong(at(other) + offset, kept);
        }
    }

    /** Writes all rows as directory blocks, at least one; returns the first one's offset. */
    long write(final BlockWriter blocks) throws IOException {
        final long first = blocks.position();
        final ByteBuffer payload = ByteBuffer.allocate(Math.min(Math.max(size, 1), MAX_ROWS_PER_BLOCK) * ROW_LENGTH)
                .order(ByteOrder.LITTLE_ENDIAN);
        int row = 0;
        do {
            payload.clear();
            final int end = Math.min(size, row + MAX_ROWS_PER_BLOCK);
            while (row < end) {
                final int count = Math.min(end - row, PIECE_ROWS - (row & PIECE_ROWS - 1));
                payload.put(piece(row).array(), at(row), count * ROW_LENGTH);
                row += count;
            }
            payload.flip();
            blocks.append(TYPE_DIRECTORY, payload);
        } while (row < size);
        return first;
    }

    /** Adds the rows of one commit. */
    void read(final BlockReader blocks, final Commit commit) throws IOException {
        final long wanted = size + commit.flows();
        long offset = commit.directory();
        while (offset < commit.offset()) {
            final int bytes = readBlock(blocks, offset);
            if (size > wanted) {
                throw blocks.corrupt(offset, bytes + " bytes of rows in a directory of " + commit.flows() + " flows");
            }
            offset += FlowDbFormat.BLOCK_LENGTH + bytes;
        }
        if (size != wanted || offset != commit.offset()) {
            throw blocks.corrupt(
                    commit.directory(), "directory does not hold " + commit.flows() + " flows up to commit");
        }
    }

    /** Adds the rows of one block; returns its payload's length. */
    int readBlock(final BlockReader blocks, final long offset) throws IOException {
        final byte[] payload = blocks.read(TYPE_DIRECTORY, offset);
        if (payload.length % ROW_LENGTH != 0) {
            throw blocks.corrupt(offset, payload.length + " bytes of rows, which have " + ROW_LENGTH + " each,");
        }
        final ByteBuffer rows = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < payload.length; at += ROW_LENGTH) {
            decode(rows, at, blocks, offset);
        }
        return payload.length;
    }

    /** Copies one row of another directory. */
    void add(final Directory other, final int from) {
        copy(other.piece(from), at(from));
    }

    private void copy(final ByteBuffer source, final int offset) {
        final int row = makeRow();
        piece(row).put(at(row), source, offset, ROW_LENGTH);
        ascending &= row == 0 || id(row - 1) < id(row);
    }

    private void decode(final ByteBuffer rows, final int at, final BlockReader blocks, final long offset)
            throws CorruptFlowDbException {
        final long bytes = rows.getLong(at + ROW_PAYLOAD_BYTES_OFFSET);
        final long id = rows.getLong(at + ROW_ID_OFFSET);
        if (id < 1 || bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw blocks.corrupt(offset, "row with id " + id + " and " + bytes + " client bytes in the directory");
        }
        copy(rows, at);
    }
}
