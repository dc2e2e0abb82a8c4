package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What of a flow can be listed, filtered and sorted by: all of a {@link FlowRecord} but what its client did and what the
 * answers began with, which is most of a record and costs most of the time to read it.
 */
public interface FlowSummary {
    /** As in {@link FlowRecord}; so are all the others. */
    long id();

    int captureId();

    FlowRecord.Protocol protocol();

    Endpoint client();

    Endpoint server();

    long tunnel();

    long startNs();

    long endNs();

    StreamSummary clientStream();

    StreamSummary serverStream();

    FlowRecord.Handshake handshake();

    FlowRecord.Close close();

    boolean midstream();

    FlowRecord.App app();

    int requests();

    FlowRecord.@Nullable SkipReason skipReason();

    int exchangeCount();

    default boolean replayable() {
        return skipReason() == null;
    }
}
