package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_PAYLOAD_LENGTH_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_CRC32C_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_DATABASE_ID_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_VERSION_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.MAX_BLOCK_PAYLOAD;
import static io.tcpreplayj.flow.db.FlowDbFormat.OLDEST_VERSION;
import static io.tcpreplayj.flow.db.FlowDbFormat.VERSION;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Finds an id with which the blocks of a database are sound whose header is damaged. Either the id is still there, or one
 * is computed: a CRC is linear over GF(2), and of the id's 128 bits a 32-bit CRC knows only the remainder modulo its
 * polynomial. So one block's CRC gives 32 equations for 32 bits, and an id of these and zeros passes in every block in which
 * the lost one did. That block must be where it can be found without an id: behind the header, or, where the first sector is
 * lost, the commit at the end.
 */
final class LostHeader {
    private static final int CRC_BITS = 32;

    private LostHeader() {}

    /** A header for the blocks behind it, or null: then this is no flow database. */
    static @Nullable FileHeader find(final FileChannel channel) throws IOException {
        final long length = channel.size();
        final ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        if (FileIo.readFully(channel, header, 0) < HEADER_LENGTH) {
            return null;
        }
        final DatabaseId written = new DatabaseId(
                header.getLong(HEADER_DATABASE_ID_OFFSET), header.getLong(HEADER_DATABASE_ID_OFFSET + Long.BYTES));
        final BlockScan scan = new BlockScan(channel, written, length);
        if (scan.next(HEADER_LENGTH, length) < length) {
            return new FileHeader(written, version(header, written));
        }
        final long lastCommit = length - BLOCK_LENGTH - COMMIT_LENGTH;
        DatabaseId solved = solve(channel, length, HEADER_LENGTH);
        if (solved == null || !leadsOn(new BlockScan(channel, solved, length))) {
            solved = lastCommit < HEADER_LENGTH ? null : solve(channel, length, lastCommit);
            if (solved == null
                    || new BlockScan(channel, solved, length).next(HEADER_LENGTH + 1, lastCommit) >= lastCommit) {
                return null;
            }
        }
        return new FileHeader(solved, version(header, solved));
    }

    /** The one with which the header's CRC holds; else the field if it may be, else the newest. */
    private static int version(final ByteBuffer header, final DatabaseId id) {
        for (int version = OLDEST_VERSION; version <= VERSION; version++) {
            if (FileHeader.encode(id, version).getInt(HEADER_CRC32C_OFFSET) == header.getInt(HEADER_CRC32C_OFFSET)) {
                return version;
            }
        }
        final int written = header.getShort(HEADER_VERSION_OFFSET) & 0xffff;
        return written >= OLDEST_VERSION && written <= VERSION ? written : VERSION;
    }

    /** The first block is sound by construction; the second one is the proof. */
    private static boolean leadsOn(final BlockScan scan) throws IOException {
        return scan.isSound(HEADER_LENGTH) && scan.isSound(scan.end(HEADER_LENGTH));
    }

    /** The id with which there is a sound block at that offset, if one can be there. */
    private static @Nullable DatabaseId solve(final FileChannel channel, final long length, final long offset)
            throws IOException {
        final ByteBuffer block =
                ByteBuffer.allocate(BLOCK_LENGTH + MAX_BLOCK_PAYLOAD).order(ByteOrder.LITTLE_ENDIAN);
        FileIo.readFully(channel, block, offset);
        if (block.limit() < BLOCK_LENGTH) {
            return null;
        }
        final long firstBytes = block.getLong(0);
        final long payloadBytes = block.getInt(BLOCK_PAYLOAD_LENGTH_OFFSET) & 0xffff_ffffL;
        if (payloadBytes > MAX_BLOCK_PAYLOAD || payloadBytes > length - offset - BLOCK_LENGTH) {
            return null;
        }
        block.limit(BLOCK_LENGTH + (int) payloadBytes).position(BLOCK_LENGTH);
        final int ofZero = new BlockChecksum(new DatabaseId(0, 0)).of(offset, firstBytes, block);
        final int[] differences = new int[CRC_BITS];
        for (int bit = 0; bit < CRC_BITS; bit++) {
            final DatabaseId oneBit = new DatabaseId(0, 1L << bit);
            differences[bit] = ofZero ^ new BlockChecksum(oneBit).of(offset, firstBytes, block);
        }
        return new DatabaseId(0, solve(differences, ofZero ^ block.getInt(BLOCK_CRC32C_OFFSET)) & 0xffff_ffffL);
    }

    /** Which of the columns add up to {@code sum} over GF(2), by elimination; they are independent. */
    private static int solve(final int[] columns, final int sum) {
        final int[] reduced = columns.clone();
        final int[] members = new int[CRC_BITS];
        int rest = sum;
        int chosen = 0;
        for (int bit = 0; bit < CRC_BITS; bit++) {
            members[bit] = 1 << bit;
        }
        for (int row = 0; row < CRC_BITS; row++) {
            int pivot = row;
            while (pivot < CRC_BITS && (reduced[pivot] >>> row & 1) == 0) {
                pivot++;
            }
            if (pivot == CRC_BITS) {
                return 0;
            }
            swap(reduced, row, pivot);
            swap(members, row, pivot);
            for (int other = row + 1; other < CRC_BITS; other++) {
                if ((reduced[other] >>> row & 1) != 0) {
                    reduced[other] ^= reduced[row];
                    members[other] ^= members[row];
                }
            }
            if ((rest >>> row & 1) != 0) {
                rest ^= reduced[row];
                chosen ^= members[row];
            }
        }
        return chosen;
    }

    private static void swap(final int[] array, final int one, final int other) {
        final int kept = array[one];
        array[one] = array[other];
        array[other] = kept;
    }
}
