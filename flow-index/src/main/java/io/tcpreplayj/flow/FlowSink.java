package io.tcpreplayj.flow;

import java.nio.ByteBuffer;

/** Takes finished flows from a {@link FlowAssembler}. */
@FunctionalInterface
public interface FlowSink {
    /**
     * One flow, in the order in which flows end (not in the order of ids).
     *
     * @param flow the record; immutable, may be kept
     * @param clientBytes the client's stream from its first byte, position to limit; gaps are absent (see
     *     {@link ClientEvents}). Nobody writes to them any more, so they may be kept, for which they take memory or a mapping
     */
    void onFlow(FlowRecord flow, ByteBuffer clientBytes);
}
