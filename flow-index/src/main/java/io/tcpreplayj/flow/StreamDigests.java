package io.tcpreplayj.flow;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC-32C of streams that come in pieces, joined from those of the pieces. Most pieces of a capture have one of a few lengths
 * (a full segment, what is left of an answer): what joining with one of these takes is kept in a table.
 */
final class StreamDigests {
    /** A power of two. */
    private static final int SLOTS = 128;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final CRC32C crc = new CRC32C();
    private final long[] lengths = new long[SLOTS];
    private final boolean[] filled = new boolean[SLOTS];
    private final int[] tables = new int[SLOTS * Crc32cMath.TABLE_LENGTH];

    /** A duplicate of {@link #source}: thousands of datagrams in a row lie in one buffer. */
    private ByteBuffer window = NOTHING;

    private ByteBuffer source = NOTHING;

    /** These bytes, position to limit, of a buffer that is somebody else's; good until the next call. */
    @SuppressWarnings("ReferenceEquality") // This buffer is meant, not one with its bytes.
    ByteBuffer window(final ByteBuffer buffer, final int offset, final int length) {
        if (source != buffer) {
            source = buffer;
            window = buffer.duplicate();
        }
        return window.limit(offset + length).position(offset);
    }

    /** The digest of these bytes; position and limit are changed. */
    long of(final ByteBuffer bytes, final int offset, final int length) {
        crc.reset();
        crc.update(bytes.limit(offset + length).position(offset));
        return crc.getValue();
    }

    /** The digest of A followed by B. */
    long join(final long digestA, final long digestB, final long lengthB) {
        if (digestA == 0) {
            return digestB;
        }
        final int slot = (int) lengthB & SLOTS - 1;
        final int table = slot * Crc32cMath.TABLE_LENGTH;
        if (lengths[slot] != lengthB) {
            lengths[slot] = lengthB;
            filled[slot] = false;
            return Crc32cMath.join(digestA, digestB, lengthB);
        }
        if (!filled[slot]) {
            // A length that came twice comes again.
            Crc32cMath.fill(tables, table, lengthB);
            filled[slot] = true;
        }
        return Crc32cMath.join(digestA, digestB, tables, table);
    }
}
