package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_TARGET;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_FLOWS;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_PAYLOAD;

import io.tcpreplayj.flow.FlowRecord;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The flows since the last commit: their rows, and the two blocks that are being filled, one with records and one with
 * client bytes. What is larger than a block gets blocks of its own, so no item ever lies in two blocks that are apart.
 */
final class Pending {
    private static final long NOT_YET = -1;

    private final BlockWriter blocks;
    private final Directory rows = new Directory();
    private final ByteBuffer records = ByteBuffer.allocate(BLOCK_TARGET);
    private final ByteBuffer payload = ByteBuffer.allocate(BLOCK_TARGET);
    /** From here on rows may lack the offset of a block that is not written yet; they hold {@link #NOT_YET}. */
    private int firstUnplaced;

    Pending(final BlockWriter blocks) {
        this.blocks = blocks;
    }

    Directory rows() {
        return rows;
    }

    void add(final FlowRecord flow, final byte[] record, final int recordBytes, final ByteBuffer clientBytes)
            throws IOException {
        final int payloadBytes = clientBytes.remaining();
        final boolean largeRecord = recordBytes > BLOCK_TARGET;
        final boolean largePayload = payloadBytes > BLOCK_TARGET;
        if ((!largeRecord && recordBytes > records.remaining())
                || (!largePayload && payloadBytes > payload.remaining())) {
            flush();
        }
        final int row = rows.add(flow.id(), flow.startNs(), flow.captureId());
        if (payloadBytes == 0) {
            rows.payload(row, 0, 0, 0);
        } else if (largePayload) {
            rows.payload(row, blocks.appendLarge(TYPE_PAYLOAD, clientBytes.duplicate()), 0, payloadBytes);
        } else {
            final int at = payload.position();
            rows.payload(row, NOT_YET, at, payloadBytes);
            payload.put(at, clientBytes, clientBytes.position(), payloadBytes).position(at + payloadBytes);
        }
        if (largeRecord) {
            rows.record(row, blocks.appendLarge(TYPE_FLOWS, ByteBuffer.wrap(record, 0, recordBytes)), 0, recordBytes);
        } else {
            rows.record(row, NOT_YET, records.position(), recordBytes);
            records.put(record, 0, recordBytes);
        }
    }

    void flush() throws IOException {
        final long payloadBlock = flush(TYPE_PAYLOAD, payload);
        final long recordBlock = flush(TYPE_FLOWS, records);
        for (int row = firstUnplaced; row < rows.size(); row++) {
            if (rows.payloadBlock(row) == NOT_YET) {
                rows.placePayload(row, payloadBlock);
            }
            if (rows.recordBlock(row) == NOT_YET) {
                rows.placeRecord(row, recordBlock);
            }
        }
        firstUnplaced = rows.size();
    }

    private long flush(final byte type, final ByteBuffer filled) throws IOException {
        if (filled.position() == 0) {
            return NOT_YET;
        }
        filled.flip();
        final long offset = blocks.append(type, filled);
        filled.clear();
        return offset;
    }

    /** The rows were committed; the next ones begin. */
    void clear() {
        rows.clear();
        firstUnplaced = 0;
    }
}
