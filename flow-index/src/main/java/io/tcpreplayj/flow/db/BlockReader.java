package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_CODEC_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_PAYLOAD_LENGTH_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_RESERVED_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_TYPE_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.CODEC_NONE;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.MAX_BLOCK_PAYLOAD;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads blocks of a file and hands out no byte of them before their CRC held. */
final class BlockReader {
    /** Flows are stored in the order in which they ended and read in the order in which they began: near, not next. */
    private static final int CACHED_BLOCKS = 32;

    private final FileChannel channel;
    private final Path file;
    private final BlockChecksum checksum;
    private final long fileLength;
    private final ByteBuffer header = ByteBuffer.allocate(BLOCK_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final Cache cache = new Cache();
    /** The block asked for last: mostly the next one, too. */
    private byte[] lastBlock = {};

    private long lastOffset = -1;
    private byte lastType;

    BlockReader(final FileChannel channel, final Path file, final DatabaseId id, final long fileLength) {
        this.channel = channel;
        this.file = file;
        this.checksum = new BlockChecksum(id);
        this.fileLength = fileLength;
    }

    FileChannel channel() {
        return channel;
    }

    Path file() {
        return file;
    }

    BlockChecksum checksum() {
        return checksum;
    }

    /** The length that the file had when it was opened; what comes later does not exist for this reader. */
    long fileLength() {
        return fileLength;
    }

    /**
     * The payload of the block at {@code offset}, checked; borrowed, must not be written to.
     *
     * @throws CorruptFlowDbException when there is no sound block of that type
     */
    byte[] read(final byte type, final long offset) throws IOException {
        if (offset < HEADER_LENGTH || offset > fileLength - BLOCK_LENGTH) {
            throw corrupt(offset, "a block cannot begin here: the file has " + fileLength + " bytes, found its offset");
        }
        header.clear();
        if (FileIo.readFully(channel, header, offset) < BLOCK_LENGTH) {
            throw corrupt(offset, "the file ends inside a block header");
        }
        final int found = header.get(BLOCK_TYPE_OFFSET);
        if (found != type) {
            throw corrupt(offset, "block type " + (found & 0xff) + ", allowed " + type);
        }
        final int codec = header.get(BLOCK_CODEC_OFFSET) & 0xff;
        if (codec != CODEC_NONE) {
            throw corrupt(offset + BLOCK_CODEC_OFFSET, "codec " + codec + ", allowed " + CODEC_NONE);
        }
        final int reserved = header.getShort(BLOCK_RESERVED_OFFSET) & 0xffff;
        if (reserved != 0) {
            throw corrupt(offset + BLOCK_RESERVED_OFFSET, "reserved field " + reserved + ", allowed 0");
        }
        return readPayload(type, offset);
    }

    private byte[] readPayload(final byte type, final long offset) throws IOException {
        final long length = header.getInt(BLOCK_PAYLOAD_LENGTH_OFFSET) & 0xffff_ffffL;
        final long allowed = Math.min(MAX_BLOCK_PAYLOAD, fileLength - offset - BLOCK_LENGTH);
        if (length > allowed) {
            throw corrupt(
                    offset + BLOCK_PAYLOAD_LENGTH_OFFSET, "payload length " + length + ", allowed at most " + allowed);
        }
        final byte[] payload = new byte[(int) length];
        final ByteBuffer target = ByteBuffer.wrap(payload);
        if (FileIo.readFully(channel, target, offset + BLOCK_LENGTH) < length) {
            throw corrupt(offset, "the file ends inside a block");
        }
        final int found = header.getInt(BLOCK_CRC32C_OFFSET);
        final int computed = checksum.of(offset, BlockWriter.firstBytes(type, (int) length), target);
        if (found != computed) {
            throw corrupt(offset, String.format("damaged block: CRC-32C %08x, computed %08x", found, computed));
        }
        return payload;
    }

    /**
     * Copies an item out of the block at {@code offset} and, when it is longer than that, out of the blocks behind it.
     *
     * @param position of the item's first byte in the first block's payload
     */
    byte[] readItem(final byte type, final long offset, final int position, final long length) throws IOException {
        if (length < 0 || length > Integer.MAX_VALUE - 8 || length > fileLength - offset) {
            throw corrupt(offset, "an item of " + length + " bytes does not fit into the file; its block is");
        }
        if (length == 0) {
            return new byte[0];
        }
        byte[] block = cached(type, offset);
        if (position < 0 || position >= block.length) {
            throw corrupt(offset, "position " + position + " is outside of the block's " + block.length + " bytes");
        }
        final int wanted = (int) length;
        int done = Math.min(wanted, block.length - position);
        byte[] item = Arrays.copyOfRange(block, position, position + done);
        long next = offset + BLOCK_LENGTH + block.length;
        while (done < wanted) {
            block = read(type, next);
            if (block.length == 0) {
                throw corrupt(next, "empty block inside an item");
            }
            final int part = Math.min(wanted - done, block.length);
            if (done + part > item.length) {
                // Grows with what was really there: the declared length is believed last.
                item = Arrays.copyOf(item, (int) Math.min(wanted, 2L * (done + part)));
            }
            System.arraycopy(block, 0, item, done, part);
            done += part;
            next += BLOCK_LENGTH + block.length;
        }
        return item;
    }

    /** As {@link #read}, but the blocks used last are kept: borrowed, must not be written to. */
    byte[] cached(final byte type, final long offset) throws IOException {
        if (offset == lastOffset && type == lastType) {
            return lastBlock;
        }
        final Key key = new Key(type, offset);
        byte[] block = cache.get(key);
        if (block == null) {
            block = read(type, offset);
            cache.put(key, block);
        }
        lastType = type;
        lastOffset = offset;
        lastBlock = block;
        return block;
    }

    CorruptFlowDbException corrupt(final long offset, final String what) {
        return new CorruptFlowDbException(file, offset, what);
    }

    private record Key(byte type, long offset) {}

    private static final class Cache extends LinkedHashMap<Key, byte[]> {
        private static final long serialVersionUID = 1L;

        Cache() {
            super(2 * CACHED_BLOCKS, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(final Map.Entry<Key, byte[]> eldest) {
            return size() > CACHED_BLOCKS;
        }
    }
}
