package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.FORMAT_NAME;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_DATABASE_ID_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_FORMAT_NAME_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_MAGIC_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_RESERVED_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_VERSION_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.MAGIC;
import static io.tcpreplayj.flow.db.FlowDbFormat.OLDEST_VERSION;
import static io.tcpreplayj.flow.db.FlowDbFormat.VERSION;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The first 48 bytes of a flow database; their layout is the same in every version, so that every version can tell.
 *
 * @param id of the database
 * @param version by which its records are read and written
 */
record FileHeader(DatabaseId id, int version) {

    static ByteBuffer encode(final DatabaseId id, final int version) {
        final ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(HEADER_MAGIC_OFFSET, MAGIC);
        header.put(HEADER_FORMAT_NAME_OFFSET, FORMAT_NAME.getBytes(US_ASCII));
        header.putShort(HEADER_VERSION_OFFSET, (short) version);
        header.putLong(HEADER_DATABASE_ID_OFFSET, id.first());
        header.putLong(HEADER_DATABASE_ID_OFFSET + Long.BYTES, id.second());
        header.putInt(HEADER_CRC32C_OFFSET, checksum(header));
        return header;
    }

    /**
     * @throws CorruptFlowDbException when this is no flow database or its header is damaged
     * @throws FlowDbVersionException when the header is sound and of a version that this program does not read
     */
    static FileHeader read(final FileChannel channel, final Path file) throws IOException {
        final ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        final int length = FileIo.readFully(channel, header, 0);
        if (length < HEADER_LENGTH) {
            throw new CorruptFlowDbException(
                    file, length, "not a flow database: ends inside the header of " + HEADER_LENGTH + " bytes");
        }
        if (header.getLong(HEADER_MAGIC_OFFSET) != MAGIC) {
            throw new CorruptFlowDbException(
                    file,
                    HEADER_MAGIC_OFFSET,
                    String.format(
                            "not a flow database: magic %016x instead of %016x",
                            Long.reverseBytes(header.getLong(HEADER_MAGIC_OFFSET)), Long.reverseBytes(MAGIC)));
        }
        final int found = header.getInt(HEADER_CRC32C_OFFSET);
        final int computed = checksum(header);
        if (found != computed) {
            throw new CorruptFlowDbException(
                    file,
                    HEADER_CRC32C_OFFSET,
                    String.format("damaged header: CRC-32C %08x, computed %08x", found, computed));
        }
        final int version = header.getShort(HEADER_VERSION_OFFSET) & 0xffff;
        if (version < OLDEST_VERSION || version > VERSION) {
            throw new FlowDbVersionException(file, version, OLDEST_VERSION, VERSION);
        }
        checkRest(header, file);
        final DatabaseId id = new DatabaseId(
                header.getLong(HEADER_DATABASE_ID_OFFSET), header.getLong(HEADER_DATABASE_ID_OFFSET + Long.BYTES));
        return new FileHeader(id, version);
    }

    private static void checkRest(final ByteBuffer header, final Path file) throws CorruptFlowDbException {
        final byte[] name = new byte[FORMAT_NAME.length()];
        header.get(HEADER_FORMAT_NAME_OFFSET, name);
        if (!FORMAT_NAME.equals(new String(name, US_ASCII))) {
            throw new CorruptFlowDbException(
                    file, HEADER_FORMAT_NAME_OFFSET, "format name is not \"" + FORMAT_NAME + "\"");
        }
        final int reserved = header.getShort(HEADER_RESERVED_OFFSET) & 0xffff;
        if (reserved != 0) {
            throw new CorruptFlowDbException(
                    file, HEADER_RESERVED_OFFSET, "reserved field " + reserved + ", allowed 0");
        }
    }

    private static int checksum(final ByteBuffer header) {
        final CRC32C crc = new CRC32C();
        crc.update(header.duplicate().position(0).limit(HEADER_CRC32C_OFFSET));
        return (int) crc.getValue();
    }
}
