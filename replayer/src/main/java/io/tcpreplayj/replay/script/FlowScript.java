package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.FlowRecord;
import java.nio.ByteBuffer;

/**
 * What one captured client did, ready to be done again: immutable, shared by all copies of the flow.
 *
 * @param flow the record
 * @param clientBytes the client's stream, index 0 to limit; read by absolute access only
 */
public record FlowScript(FlowRecord flow, ByteBuffer clientBytes) {
    /** Bytes that the client will send in all. */
    public long clientLength() {
        return clientBytes.limit();
    }
}
