package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Bytes that only ever get more, the later ones in memory and the earlier ones, where memory ran out, in a
 * {@link SpillFile}.
 */
final class ByteLog {
    /** Less than this stays with the rest of a frozen flow: a chunk of its own costs a row and a read. */
    private static final int LEAST_CHUNK = 4096;

    private static final int CHUNK_ROW_BYTES = 2 * Long.BYTES;

    /** What is longer is looked at through a mapping instead of a copy in memory. */
    static final int LONGEST_COPY = 16 << 20;

    private static final byte[] NO_BYTES = {};
    private static final long[] NO_CHUNKS = {};

    private byte[] tail = NO_BYTES;
    private int tailLength;
    private long spilled;
    /** Pairs: where a chunk lies in the file, and the length of the log up to its end. */
    private long[] chunks = NO_CHUNKS;

    private int chunkCells;

    long length() {
        return spilled + tailLength;
    }

    /**
     * Appends room for {@code count} bytes; the caller writes them to {@link #tail()} from {@link #tailLength()} minus
     * {@code count} on.
     *
     * @return by how many bytes the memory in use has grown
     */
    int extend(final int count) {
        int grown = 0;
        if (tailLength + count > tail.length) {
            // The first piece often is the only one of a small flow: no slack for it.
            final int wanted = tailLength == 0 ? count : Math.max(tailLength + count, tail.length * 2);
            grown = wanted - tail.length;
            tail = Arrays.copyOf(tail, wanted);
        }
        tailLength += count;
        return grown;
    }

    byte[] tail() {
        return tail;
    }

    int tailLength() {
        return tailLength;
    }

    /** Length of what is no longer in memory: the log's index of the tail's first byte. */
    long spilledLength() {
        return spilled;
    }

    void clear() {
        tail = NO_BYTES;
        tailLength = 0;
        spilled = 0;
        chunks = NO_CHUNKS;
        chunkCells = 0;
    }

    /**
     * Each time the log is frozen its tail and the table of its chunks are written again: longer chunks make the one larger
     * and the other smaller. The sum is least where both are as long.
     */
    private int leastChunk() {
        return Math.max(LEAST_CHUNK, (int) Math.sqrt((double) CHUNK_ROW_BYTES * spilled));
    }

    /** Moves what is in memory to the file, unless it is little. */
    private void spill(final SpillFile file) {
        if (tailLength < leastChunk()) {
            return;
        }
        if (chunkCells == chunks.length) {
            chunks = Arrays.copyOf(chunks, Math.max(2, chunkCells * 2));
        }
        spilled += tailLength;
        chunks[chunkCells] = file.append(ByteBuffer.wrap(tail, 0, tailLength));
        chunks[chunkCells + 1] = spilled;
        chunkCells += 2;
        tail = NO_BYTES;
        tailLength = 0;
    }

    /** All of it, from index 0 to the limit. */
    ByteBuffer contents(final SpillFile file) {
        if (spilled == 0) {
            return ByteBuffer.wrap(tail, 0, tailLength);
        }
        if (length() > LONGEST_COPY && !file.isSealed()) {
            return mapped(file);
        }
        final ByteBuffer all = ByteBuffer.allocate((int) length());
        for (int cell = 0; cell < chunkCells; cell += 2) {
            file.read(chunks[cell], all.limit((int) chunks[cell + 1]));
        }
        all.limit((int) length()).put(tail, 0, tailLength);
        return all.flip();
    }

    /** The first bytes, at most {@code atMost}; of a log that is on disk, of its first chunk. */
    byte[] beginning(final int atMost, final SpillFile file) {
        if (spilled == 0) {
            return Arrays.copyOf(tail, Math.min(atMost, tailLength));
        }
        final byte[] first = new byte[(int) Math.min(atMost, chunks[1])];
        file.read(chunks[0], ByteBuffer.wrap(first));
        return first;
    }

    /** The bytes {@code [from, from + count)}, all of them on disk. */
    byte[] spilled(final long from, final int count, final SpillFile file) {
        final byte[] bytes = new byte[count];
        readSpilled(from, bytes, 0, count, file);
        return bytes;
    }

    private void readSpilled(
            final long from, final byte[] target, final int offset, final int count, final SpillFile file) {
        final int first = chunkOf(from);
        long begin = first == 0 ? 0 : chunks[first - 1];
        for (int cell = first; cell < chunkCells && begin < from + count; cell += 2) {
            final long end = chunks[cell + 1];
            final long low = Math.max(begin, from);
            final long high = Math.min(end, from + count);
            final int at = offset + (int) (low - from);
            file.read(chunks[cell] + low - begin, ByteBuffer.wrap(target, at, (int) (high - low)));
            begin = end;
        }
    }

    /** Copies the bytes {@code [from, from + count)}, wherever they are. */
    void copyTo(final long from, final byte[] target, final int offset, final int count, final SpillFile file) {
        final int onDisk = (int) Math.min(count, Math.max(0, spilled - from));
        if (onDisk > 0) {
            readSpilled(from, target, offset, onDisk, file);
        }
        if (onDisk < count) {
            System.arraycopy(tail, (int) (from + onDisk - spilled), target, offset + onDisk, count - onDisk);
        }
    }

    /** The first cell of the chunk that holds a byte: flows may have thousands of chunks, and each packet may ask. */
    private int chunkOf(final long at) {
        int low = 0;
        int high = chunkCells / 2;
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (chunks[2 * middle + 1] <= at) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return 2 * low;
    }

    /** The chunks lie apart, so they are copied to where they lie in one piece. */
    private ByteBuffer mapped(final SpillFile file) {
        final int length = (int) length();
        final long at = file.reserve(length);
        long to = at;
        long done = 0;
        for (int cell = 0; cell < chunkCells; cell += 2) {
            // Not by a mapping each: a process may have 65,530 of them (vm.max_map_count), and flows have chunks by the
            // thousand.
            final long chunkLength = chunks[cell + 1] - done;
            file.copy(chunks[cell], to, chunkLength);
            to += chunkLength;
            done = chunks[cell + 1];
        }
        file.write(to, ByteBuffer.wrap(tail, 0, tailLength));
        return file.map(at, length);
    }

    /** Writes what remembers this log, and everything long to the file itself. */
    void freeze(final StateBuffer state, final SpillFile file) {
        spill(file);
        state.putLong(spilled);
        state.putLongs(chunks, chunkCells);
        state.putBytes(tail, 0, tailLength);
    }

    static ByteLog thaw(final StateBuffer state) {
        final ByteLog log = new ByteLog();
        log.spilled = state.getLong();
        log.chunks = state.getLongs();
        log.chunkCells = log.chunks.length;
        log.tail = state.getBytes();
        log.tailLength = log.tail.length;
        return log;
    }

    /** Bytes of memory in use. */
    int footprint() {
        return tail.length + chunks.length * Long.BYTES;
    }
}
