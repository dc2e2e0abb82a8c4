package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_TARGET;
import static io.tcpreplayj.flow.db.FlowDbFormat.MAX_BLOCK_PAYLOAD;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_FLOWS;
import static io.tcpreplayj.flow.db.FlowDbFormat.TYPE_PAYLOAD;

import com.esotericsoftware.kryo.KryoException;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.FlowRecord;
import java.io.IOException;
import java.util.zip.CRC32C;

/**
 * Makes rows again of which the directory is damaged. A record does not say where its client bytes are, only their CRC-32C:
 * they are looked for in the blocks before the record's, where a writer puts them, and taken where the digest agrees.
 */
final class RowRebuilder {
    private static final long NOT_FOUND = 0;

    private final BlockReader blocks;
    private final Layout layout;
    private final RecordCodec codec;
    private final Directory rows;
    private final CRC32C crc32c = new CRC32C();
    /** Behind the bytes found last, where the next flow's mostly are: flows lie in one order in both blocks. */
    private long foundBlock;

    private int foundEnd;

    /** @param rows where the rows go */
    RowRebuilder(final BlockReader blocks, final Layout layout, final RecordCodec codec, final Directory rows) {
        this.blocks = blocks;
        this.layout = layout;
        this.codec = codec;
        this.rows = rows;
    }

    /**
     * Adds a row for each record in these blocks whose flow is not known yet. When its client bytes are not found, the row
     * leads nowhere, and whoever reads them is told so.
     *
     * @param known ids of flows that have a row; grows
     */
    void rebuild(final int from, final int to, final FlowIdSet known) throws IOException {
        int firstPayload = from;
        int block = from;
        while (block < to) {
            if (layout.type(block) != TYPE_FLOWS) {
                block++;
                continue;
            }
            final int end = endOfItem(block, to);
            rebuild(block, firstPayload, itemOf(block, end), known);
            firstPayload = end;
            block = end;
        }
    }

    private void rebuild(final int block, final int firstPayload, final byte[] records, final FlowIdSet known)
            throws IOException {
        int position = 0;
        try {
            while (position < records.length) {
                final FlowRecord flow = codec.decodeAt(records, position);
                if (flow.id() > 0 && flow.captureId() >= 0 && known.add(flow.id())) {
                    final int row = rows.add(flow.id(), flow.startNs(), flow.captureId());
                    rows.record(row, layout.offset(block), position, codec.end() - position);
                    place(row, flow, firstPayload, block);
                }
                position = codec.end();
            }
        } catch (final KryoException e) {
            // A record whose other half is damaged: the flows before it have their rows.
            return;
        }
    }

    /** The block behind a record's last one: what is larger than a block fills all but the last. */
    private int endOfItem(final int block, final int to) {
        int last = block;
        while (layout.payloadBytes(last) == MAX_BLOCK_PAYLOAD
                && last + 1 < to
                && layout.type(last + 1) == layout.type(block)
                && layout.offset(last + 1) == layout.end(last)) {
            last++;
        }
        return last + 1;
    }

    private byte[] itemOf(final int block, final int end) throws IOException {
        long bytes = 0;
        for (int part = block; part < end; part++) {
            bytes += layout.payloadBytes(part);
        }
        return blocks.readItem(layout.type(block), layout.offset(block), 0, bytes);
    }

    private void place(final int row, final FlowRecord flow, final int firstPayload, final int recordBlock)
            throws IOException {
        final int length = payloadBytes(flow);
        rows.payload(row, NOT_FOUND, 0, length);
        if (length == 0 || flow.clientStream().digest() < 0) {
            return;
        }
        for (int block = recordBlock - 1; block >= firstPayload; block--) {
            final int bytes = layout.payloadBytes(block);
            if (layout.type(block) != TYPE_PAYLOAD || bytes < Math.min(length, MAX_BLOCK_PAYLOAD)) {
                continue;
            }
            final int position = length <= BLOCK_TARGET ? find(flow, block, length) : begins(flow, block, length);
            if (position >= 0) {
                rows.payload(row, layout.offset(block), position, length);
                foundBlock = layout.offset(block);
                foundEnd = position + length;
                return;
            }
        }
    }

    /** 0 when an item of that length begins with the block and is the flow's, else -1. */
    private int begins(final FlowRecord flow, final int block, final int length) throws IOException {
        try {
            final byte[] item = blocks.readItem(TYPE_PAYLOAD, layout.offset(block), 0, length);
            return isHere(flow, item, 0, length) ? 0 : -1;
        } catch (final CorruptFlowDbException e) {
            // One of the blocks behind it is damaged, or another flow's.
            return -1;
        }
    }

    private int find(final FlowRecord flow, final int block, final int length) throws IOException {
        final byte[] payload = blocks.read(TYPE_PAYLOAD, layout.offset(block));
        final int expected = layout.offset(block) == foundBlock ? foundEnd : 0;
        if (expected + length <= payload.length && isHere(flow, payload, expected, length)) {
            return expected;
        }
        for (int position = 0; position + length <= payload.length; position++) {
            if (isHere(flow, payload, position, length)) {
                return position;
            }
        }
        return -1;
    }

    private boolean isHere(final FlowRecord flow, final byte[] payload, final int position, final int length) {
        crc32c.reset();
        crc32c.update(payload, position, length);
        return crc32c.getValue() == flow.clientStream().digest();
    }

    private static int payloadBytes(final FlowRecord flow) {
        if (flow.skipReason() == FlowRecord.SkipReason.HEADERS_ONLY) {
            return 0;
        }
        final ClientEvents events = flow.events();
        long bytes = 0;
        for (int row = 0; row < events.size(); row++) {
            bytes += Math.max(0, events.length(row));
        }
        return (int) Math.min(bytes, Integer.MAX_VALUE);
    }
}
