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
import java.util.Arrays;
import java.util.Comparator;

/** Where each flow is: rows as columns, in order of ids once {@link #sort()} was called. */
final class Directory {
    private long[] ids = new long[64];
    private long[] startNs = new long[64];
    private long[] recordBlocks = new long[64];
    private int[] recordPositions = new int[64];
    private int[] recordBytes = new int[64];
    private long[] payloadBlocks = new long[64];
    private int[] payloadPositions = new int[64];
    private int[] captureIds = new int[64];
    private int[] payloadBytes = new int[64];
    private int size;
    private boolean ascending = true;

    int size() {
        return size;
    }

    long id(final int row) {
        return ids[row];
    }

    long startNs(final int row) {
        return startNs[row];
    }

    int captureId(final int row) {
        return captureIds[row];
    }

    long recordBlock(final int row) {
        return recordBlocks[row];
    }

    int recordPosition(final int row) {
        return recordPositions[row];
    }

    int recordBytes(final int row) {
        return recordBytes[row];
    }

    long payloadBlock(final int row) {
        return payloadBlocks[row];
    }

    int payloadPosition(final int row) {
        return payloadPositions[row];
    }

    int payloadBytes(final int row) {
        return payloadBytes[row];
    }

    void clear() {
        size = 0;
        ascending = true;
    }

    /** Adds another directory's rows and sorts by id; no id is in both. */
    void addAll(final Directory other) {
        for (int from = 0; from < other.size; from++) {
            add(other, from);
        }
        sort();
    }

    /** A new row; record and payload are said afterwards. */
    int add(final long id, final long start, final int captureId) {
        if (size == ids.length) {
            grow(size + (size >> 1));
        }
        ascending &= size == 0 || ids[size - 1] < id;
        ids[size] = id;
        startNs[size] = start;
        captureIds[size] = captureId;
        return size++;
    }

    void record(final int row, final long block, final int position, final int bytes) {
        recordBlocks[row] = block;
        recordPositions[row] = position;
        recordBytes[row] = bytes;
    }

    void payload(final int row, final long block, final int position, final int bytes) {
        payloadBlocks[row] = block;
        payloadPositions[row] = position;
        payloadBytes[row] = bytes;
    }

    /** Puts the block in for rows whose block was still being filled. */
    void placeRecord(final int row, final long block) {
        recordBlocks[row] = block;
    }

    void placePayload(final int row, final long block) {
        payloadBlocks[row] = block;
    }

    /** The row of the flow with that id, or a negative number. */
    int find(final long id) {
        return Arrays.binarySearch(ids, 0, size, id);
    }

    /** Sorts by id; returns an id that is there twice, or -1. */
    long sort() {
        if (ascending) {
            return -1;
        }
        final Integer[] order = new Integer[size];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingLong(row -> ids[row]));
        ids = permuted(ids, order);
        startNs = permuted(startNs, order);
        recordBlocks = permuted(recordBlocks, order);
        recordPositions = permuted(recordPositions, order);
        recordBytes = permuted(recordBytes, order);
        payloadBlocks = permuted(payloadBlocks, order);
        payloadPositions = permuted(payloadPositions, order);
        captureIds = permuted(captureIds, order);
        payloadBytes = permuted(payloadBytes, order);
        for (int row = 1; row < size; row++) {
            if (ids[row] == ids[row - 1]) {
                return ids[row];
            }
        }
        ascending = true;
        return -1;
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
            for (; row < end; row++) {
                encode(row, payload);
            }
            payload.flip();
            blocks.append(TYPE_DIRECTORY, payload);
        } while (row < size);
        return first;
    }

    private void encode(final int row, final ByteBuffer to) {
        final int at = to.position();
        to.putLong(at + ROW_ID_OFFSET, ids[row]);
        to.putLong(at + ROW_START_NS_OFFSET, startNs[row]);
        to.putLong(at + ROW_RECORD_BLOCK_OFFSET, recordBlocks[row]);
        to.putInt(at + ROW_RECORD_POSITION_OFFSET, recordPositions[row]);
        to.putInt(at + ROW_RECORD_BYTES_OFFSET, recordBytes[row]);
        to.putLong(at + ROW_PAYLOAD_BLOCK_OFFSET, payloadBlocks[row]);
        to.putInt(at + ROW_PAYLOAD_POSITION_OFFSET, payloadPositions[row]);
        to.putInt(at + ROW_CAPTURE_ID_OFFSET, captureIds[row]);
        to.putLong(at + ROW_PAYLOAD_BYTES_OFFSET, payloadBytes[row]);
        to.position(at + ROW_LENGTH);
    }

    /** Adds the rows of one commit. */
    void read(final BlockReader blocks, final Commit commit) throws IOException {
        final long wanted = size + commit.flows();
        // No more than its blocks have room for: Commit.plausible().
        if (wanted > ids.length && wanted <= Integer.MAX_VALUE - 8) {
            grow((int) wanted);
        }
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
        final int row = add(other.ids[from], other.startNs[from], other.captureIds[from]);
        record(row, other.recordBlocks[from], other.recordPositions[from], other.recordBytes[from]);
        payload(row, other.payloadBlocks[from], other.payloadPositions[from], other.payloadBytes[from]);
    }

    private void decode(final ByteBuffer rows, final int at, final BlockReader blocks, final long offset)
            throws CorruptFlowDbException {
        final long bytes = rows.getLong(at + ROW_PAYLOAD_BYTES_OFFSET);
        final long id = rows.getLong(at + ROW_ID_OFFSET);
        if (id < 1 || bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw blocks.corrupt(offset, "row with id " + id + " and " + bytes + " client bytes in the directory");
        }
        final int row = add(id, rows.getLong(at + ROW_START_NS_OFFSET), rows.getInt(at + ROW_CAPTURE_ID_OFFSET));
        record(
                row,
                rows.getLong(at + ROW_RECORD_BLOCK_OFFSET),
                rows.getInt(at + ROW_RECORD_POSITION_OFFSET),
                rows.getInt(at + ROW_RECORD_BYTES_OFFSET));
        payload(row, rows.getLong(at + ROW_PAYLOAD_BLOCK_OFFSET), rows.getInt(at + ROW_PAYLOAD_POSITION_OFFSET), (int)
                bytes);
    }

    private void grow(final int rows) {
        ids = Arrays.copyOf(ids, rows);
        startNs = Arrays.copyOf(startNs, rows);
        recordBlocks = Arrays.copyOf(recordBlocks, rows);
        recordPositions = Arrays.copyOf(recordPositions, rows);
        recordBytes = Arrays.copyOf(recordBytes, rows);
        payloadBlocks = Arrays.copyOf(payloadBlocks, rows);
        payloadPositions = Arrays.copyOf(payloadPositions, rows);
        captureIds = Arrays.copyOf(captureIds, rows);
        payloadBytes = Arrays.copyOf(payloadBytes, rows);
    }

    private static long[] permuted(final long[] column, final Integer[] order) {
        final long[] result = new long[order.length];
        Arrays.setAll(result, i -> column[order[i]]);
        return result;
    }

    private static int[] permuted(final int[] column, final Integer[] order) {
        final int[] result = new int[order.length];
        Arrays.setAll(result, i -> column[order[i]]);
        return result;
    }
}
