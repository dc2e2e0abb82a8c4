package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.FlowRecord.App;
import io.tcpreplayj.flow.FlowRecord.Close;
import io.tcpreplayj.flow.FlowRecord.Handshake;
import io.tcpreplayj.flow.FlowRecord.Protocol;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.flow.StreamSummary;
import io.tcpreplayj.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/** The fields with which a stored flow begins, in their order there; the count of exchanges stands further behind. */
record FlowHead(
        long id,
        int captureId,
        Protocol protocol,
        boolean midstream,
        Endpoint client,
        Endpoint server,
        long startNs,
        long endNs,
        Handshake handshake,
        Close close,
        App app,
        @Nullable SkipReason skipReason,
        int requests,
        long tunnel,
        StreamSummary clientStream,
        StreamSummary serverStream,
        int exchangeCount)
        implements FlowSummary {}
