package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_PAYLOAD_LENGTH_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.CODEC_NONE;
import static io.tcpreplayj.flow.db.FlowDbFormat.MAX_BLOCK_PAYLOAD;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_COMMIT;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_PAYLOAD;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/**
 * Looks at a file as a row of blocks, one behind the other, and finds the next sound one behind damage. Unlike {@link
 * BlockReader} it follows no pointer and believes none; what is no block is an answer here, not an exception.
 */
final class BlockScan {
    private static final int CHUNK = 1 << 16;
    /** What a disk writes whole or not at all. */
    private static final int SECTOR = 512;
    /** Type, codec, reserved, payload length. */
    private static final int FIRST_BYTES = Long.BYTES;

    private final FileChannel channel;
    private final long fileLength;
    private final BlockChecksum checksum;
    private final ByteBuffer block =
            ByteBuffer.allocate(BLOCK_LENGTH + MAX_BLOCK_PAYLOAD).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer chunk =
            ByteBuffer.allocate(CHUNK + FIRST_BYTES - 1).order(ByteOrder.LITTLE_ENDIAN);

    BlockScan(final FileChannel channel, final DatabaseId id, final long fileLength) {
        this.channel = channel;
        this.fileLength = fileLength;
        this.checksum = new BlockChecksum(id);
    }

    long fileLength() {
        return fileLength;
    }

    /** Whether there is a sound block; {@link #type()} and {@link #payload()} are its until the next call. */
    boolean isSound(final long offset) throws IOException {
        block.clear().limit(BLOCK_LENGTH);
        if (FileIo.readFully(channel, block, offset) < BLOCK_LENGTH || !looksLikeBlock(block.getLong(0), offset)) {
            return false;
        }
        final long firstBytes = block.getLong(0);
        final int length = block.getInt(BLOCK_PAYLOAD_LENGTH_OFFSET);
        block.clear().position(BLOCK_LENGTH).limit(BLOCK_LENGTH + length);
        FileIo.readFully(channel, block, offset + BLOCK_LENGTH);
        if (block.limit() < BLOCK_LENGTH + length) {
            return false;
        }
        block.position(BLOCK_LENGTH);
        return block.getInt(BLOCK_CRC32C_OFFSET) == checksum.of(offset, firstBytes, block);
    }

    byte type() {
        return block.get(0);
    }

    /** Position to limit; borrowed. */
    ByteBuffer payload() {
        return block;
    }

    int payloadBytes() {
        return block.limit() - BLOCK_LENGTH;
    }

    /** Where the block that {@link #isSound} found ends. */
    long end(final long offset) {
        return offset + block.limit();
    }

    /** Where the first sound block at or behind {@code from} begins; {@code end} when there is none before it. */
    long next(final long from, final long end) throws IOException {
        long start = from;
        while (start < end) {
            chunk.clear();
            final int length = FileIo.readFully(channel, chunk, start);
            final int last = (int) Math.min(length - FIRST_BYTES, Math.min(CHUNK, end - start) - 1);
            for (int at = 0; at <= last; at++) {
                if (looksLikeBlock(chunk.getLong(at), start + at) && isSound(start + at)) {
                    return start + at;
                }
            }
            start += CHUNK;
        }
        return end;
    }

    /**
     * Whether a power cut may have left this instead of what was written: less than that, zeros, or zeros up to the border
     * of a sector or from there on.
     */
    boolean isTorn(final long offset, final int bytes) throws IOException {
        final ByteBuffer found = ByteBuffer.allocate(bytes);
        if (offset + bytes > fileLength || FileIo.readFully(channel, found, offset) < bytes) {
            return true;
        }
        final int border = (int) (SECTOR - offset % SECTOR);
        return isZero(found, 0, Math.min(border, bytes)) || isZero(found, Math.min(border, bytes), bytes);
    }

    private static boolean isZero(final ByteBuffer bytes, final int from, final int to) {
        for (int at = from; at < to; at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return from < to;
    }

    private boolean looksLikeBlock(final long firstBytes, final long offset) {
        final int type = (int) (firstBytes & 0xff);
        final int codecAndReserved = (int) (firstBytes >>> 8) & 0xff_ffff;
        final long length = firstBytes >>> 32;
        return type >= TYPE_PAYLOAD
                && type <= TYPE_COMMIT
                && codecAndReserved == CODEC_NONE
                && length <= MAX_BLOCK_PAYLOAD
                && length <= fileLength - offset - BLOCK_LENGTH;
    }
}
