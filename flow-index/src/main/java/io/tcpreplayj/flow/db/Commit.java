package io.tcpreplayj.flow.db;

import static io.tcpreplayj.flow.db.FlowDbFormat.BLOCK_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_BEGIN_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_BLOCKS_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_CAPTURE_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_DIRECTORY_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_FLOWS_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_NEXT_FLOW_ID_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_NUMBER_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_PREVIOUS_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.COMMIT_TOTAL_FLOWS_OFFSET;
import static io.tcpreplayj.flow.db.FlowDbFormat.HEADER_LENGTH;
import static io.tcpreplayj.flow.db.FlowDbFormat.ROW_LENGTH;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The payload of a commit block.
 *
 * @param offset of the commit block itself; not stored
 * @param number from 0
 * @param blocks blocks of this commit before the commit block
 * @param begin offset of the first of them
 * @param previous offset of the commit block before, 0 for the first
 * @param directory offset of the first directory block; the last one ends where the commit block begins
 * @param flows rows in this commit's directory
 * @param totalFlows rows in this and all earlier directories
 * @param nextFlowId greater than every id in the database
 * @param capture offset of the capture block
 */
record Commit(
        long offset,
        long number,
        long blocks,
        long begin,
        long previous,
        long directory,
        long flows,
        long totalFlows,
        long nextFlowId,
        long capture) {

    long end() {
        return offset + BLOCK_LENGTH + COMMIT_LENGTH;
    }

    ByteBuffer encode() {
        final ByteBuffer payload = ByteBuffer.allocate(COMMIT_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        payload.putInt(COMMIT_NUMBER_OFFSET, (int) number);
        payload.putInt(COMMIT_BLOCKS_OFFSET, (int) blocks);
        payload.putLong(COMMIT_BEGIN_OFFSET, begin);
        payload.putLong(COMMIT_PREVIOUS_OFFSET, previous);
        payload.putLong(COMMIT_DIRECTORY_OFFSET, directory);
        payload.putLong(COMMIT_FLOWS_OFFSET, flows);
        payload.putLong(COMMIT_TOTAL_FLOWS_OFFSET, totalFlows);
        payload.putLong(COMMIT_NEXT_FLOW_ID_OFFSET, nextFlowId);
        payload.putLong(COMMIT_CAPTURE_OFFSET, capture);
        return payload;
    }

    /** @param offset of the commit block */
    static Commit decode(final long offset, final byte[] payload) {
        final ByteBuffer bytes = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        return new Commit(
                offset,
                bytes.getInt(COMMIT_NUMBER_OFFSET) & 0xffff_ffffL,
                bytes.getInt(COMMIT_BLOCKS_OFFSET) & 0xffff_ffffL,
                bytes.getLong(COMMIT_BEGIN_OFFSET),
                bytes.getLong(COMMIT_PREVIOUS_OFFSET),
                bytes.getLong(COMMIT_DIRECTORY_OFFSET),
                bytes.getLong(COMMIT_FLOWS_OFFSET),
                bytes.getLong(COMMIT_TOTAL_FLOWS_OFFSET),
                bytes.getLong(COMMIT_NEXT_FLOW_ID_OFFSET),
                bytes.getLong(COMMIT_CAPTURE_OFFSET));
    }

    /** Offsets that point forward or outside, or counts that cannot be: what a sound writer never wrote. */
    boolean plausible() {
        final boolean first = number == 0;
        return begin >= HEADER_LENGTH
                && (first ? previous == 0 : previous >= HEADER_LENGTH && previous < begin)
                && capture >= begin
                && directory > capture
                && directory < offset
                && flows >= 0
                && flows <= (offset - directory) / ROW_LENGTH
                && totalFlows >= flows
                && (!first || totalFlows == flows)
                && nextFlowId >= 1;
    }

    boolean follows(final Commit earlier) {
        return number == earlier.number + 1
                && begin >= earlier.end()
                && totalFlows == earlier.totalFlows + flows
                && nextFlowId >= earlier.nextFlowId;
    }
}
