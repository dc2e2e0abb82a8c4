package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.MAX_BLOCK_PAYLOAD;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Appends blocks to a file. */
final class BlockWriter {
    private final FileChannel channel;
    private final BlockChecksum checksum;
    private final ByteBuffer staging =
            ByteBuffer.allocateDirect(BLOCK_LENGTH + MAX_BLOCK_PAYLOAD).order(ByteOrder.LITTLE_ENDIAN);
    private long position;
    /** The end of the last block that was begun: behind {@link #position} when writing it failed. */
    private long reached;

    private int blocks;

    /** @param position where the next block goes */
    BlockWriter(final FileChannel channel, final DatabaseId id, final long position) {
        this.channel = channel;
        this.checksum = new BlockChecksum(id);
        this.position = position;
        this.reached = position;
    }

    /** Where the next block will be. */
    long position() {
        return position;
    }

    /** Where the last block ends, or would have ended. */
    long reached() {
        return reached;
    }

    /** Blocks since the last {@link #startCommit()}. */
    int blocks() {
        return blocks;
    }

    void startCommit() {
        blocks = 0;
    }

    /**
     * Writes one block.
     *
     * @param payload position to limit, at most {@link FlowDbFormat#MAX_BLOCK_PAYLOAD} bytes; consumed
     * @return the block's offset in the file
     */
    long append(final byte type, final ByteBuffer payload) throws IOException {
        final int length = payload.remaining();
        final long firstBytes = firstBytes(type, length);
        staging.clear();
        staging.putLong(0, firstBytes);
        staging.position(BLOCK_LENGTH);
        staging.put(payload);
        staging.flip();
        staging.position(BLOCK_LENGTH);
        staging.putInt(BLOCK_CRC32C_OFFSET, checksum.of(position, firstBytes, staging));
        staging.position(0);
        reached = position + BLOCK_LENGTH + length;
        FileIo.writeFully(channel, staging, position);
        final long offset = position;
        position = reached;
        blocks++;
        return offset;
    }

    /** Writes {@code item} as blocks of its own, one behind the other; returns the first one's offset. */
    long appendLarge(final byte type, final ByteBuffer item) throws IOException {
        final long first = position;
        final int end = item.limit();
        while (item.position() < end) {
            item.limit(Math.min(end, item.position() + MAX_BLOCK_PAYLOAD));
            append(type, item);
        }
        item.limit(end);
        return first;
    }

    /** Type, codec ({@link FlowDbFormat#CODEC_NONE}, which is 0), reserved and length as one little-endian long. */
    static long firstBytes(final byte type, final int length) {
        return (type & 0xffL) | ((long) length << 32);
    }
}
