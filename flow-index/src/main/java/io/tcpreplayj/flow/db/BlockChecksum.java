package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_CRC32C_OFFSET;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * CRC-32C of a block: database id, offset of the block in the file, the block's first 8 bytes, payload. With the id and
 * the offset in it, a block that was copied from another database or from elsewhere in this one does not pass, and
 * captured bytes that look like a block cannot be taken for one: the id is random.
 */
final class BlockChecksum {
    private static final int ID_BYTES = 16;
    private static final int OFFSET_AT = ID_BYTES;
    private static final int HEADER_AT = OFFSET_AT + Long.BYTES;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer prefix =
            ByteBuffer.allocate(HEADER_AT + BLOCK_CRC32C_OFFSET).order(ByteOrder.LITTLE_ENDIAN);

    BlockChecksum(final DatabaseId id) {
        prefix.putLong(0, id.first());
        prefix.putLong(Long.BYTES, id.second());
    }

    /**
     * @param offset of the block in the file
     * @param firstBytes the block's first 8 bytes, read as a little-endian long
     * @param payload position to limit; left as it was
     */
    int of(final long offset, final long firstBytes, final ByteBuffer payload) {
        prefix.putLong(OFFSET_AT, offset);
        prefix.putLong(HEADER_AT, firstBytes);
        crc.reset();
        crc.update(prefix.array(), 0, prefix.capacity());
        final int position = payload.position();
        crc.update(payload);
        payload.position(position);
        return (int) crc.getValue();
    }
}
