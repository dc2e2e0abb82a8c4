package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.FlowRecord;
import java.util.Arrays;

/** A record against the database's own rules. */
public final class StoredFlow {
    private static final RecordCodec CODEC = new RecordCodec(FlowDbFormat.VERSION);

    private StoredFlow() {}

    /** What the indexer makes of any segments can be stored, comes back as it was, and is accepted by the reader. */
    public static void check(final FlowRecord flow, final long payloadBytes) {
        final byte[] stored = encode(flow);
        final FlowRecord read = CODEC.decode(stored, FlowRecord.class);
        if (!Arrays.equals(encode(read), stored)) {
            throw new AssertionError("stored as another record: " + flow);
        }
        final String fault = RecordCheck.fault(read, flow.captureId() + 1, payloadBytes);
        if (fault != null) {
            throw new AssertionError("the reader would refuse it: " + fault);
        }
    }

    /** As it is stored. */
    public static byte[] encode(final Object record) {
        final int length = CODEC.encode(record);
        return Arrays.copyOf(CODEC.bytes(), length);
    }
}
