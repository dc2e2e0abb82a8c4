package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.StreamSummary;
import java.nio.ByteBuffer;

/**
 * What one captured client did, from its first row to its last: immutable, shared by all copies of the flow.
 *
 * @param flow the record
 * @param clientBytes the client's stream, index 0 to limit; read by absolute access only
 */
public record FlowScript(FlowRecord flow, ByteBuffer clientBytes) implements Script {
    @Override
    public boolean isWhole() {
        return true;
    }

    @Override
    public boolean expectsAnswer() {
        return serverBytes() > 0 && flow.close() != FlowRecord.Close.RST;
    }

    @Override
    public long earliestNs(final int row) {
        return 0;
    }

    @Override
    public FlowScript from(final int exchange) {
        final int firstRow = flow.exchanges().firstEvent(exchange);
        final int offset = (int) offsetOf(exchange);
        final ClientEvents events = flow.events().from(firstRow);
        final Exchanges exchanges = flow.exchanges().from(exchange);
        final long answered = flow.events().gate(firstRow);
        final FlowRecord rest = rewritten(
                events,
                exchanges,
                clientBytes.limit() - offset,
                Math.max(0, serverBytes() - answered),
                flow.acks().from(answered));
        return new FlowScript(rest, clientBytes.slice(offset, clientBytes.limit() - offset));
    }

    /** The same for a connection that is opened {@code ns} ahead, by the capture's clock, and idle until then. */
    public FlowScript openedAhead(final long ns) {
        return rewritten(flow.events().delayedBy(ns), flow.exchanges(), clientBytes, serverBytes());
    }

    /** The same with other bytes, of which each row has so many; nothing of the stream may be missing. */
    public FlowScript withBytes(final ByteBuffer bytes, final int[] lengths, final int[] urgents) {
        return rewritten(flow.events().withLengths(lengths, urgents), flow.exchanges(), bytes, serverBytes());
    }

    /** Of a server of which the capture holds nothing, what the client said it had seen. */
    @Override
    public long serverBytes() {
        final StreamSummary server = flow.serverStream();
        if (server.packets() == 0) {
            final ClientEvents events = flow.events();
            return events.size() == 0 ? 0 : events.gate(events.size() - 1);
        }
        return server.bytes() + server.gapBytes() + server.unseenBytes();
    }

    /** The flow with other rows, in which nothing is missing; what it acknowledges of the answers, and when, stays. */
    FlowScript rewritten(
            final ClientEvents events, final Exchanges exchanges, final ByteBuffer bytes, final long serverBytes) {
        return new FlowScript(rewritten(events, exchanges, bytes.limit(), serverBytes, flow.acks()), bytes);
    }

    private FlowRecord rewritten(
            final ClientEvents events,
            final Exchanges exchanges,
            final long bytes,
            final long serverBytes,
            final ClientAcks acks) {
        int requests = 0;
        for (int i = 0; i < exchanges.size(); i++) {
            requests += exchanges.requests(i);
        }
        return new FlowRecord(
                flow.id(),
                flow.captureId(),
                flow.client(),
                flow.server(),
                flow.tunnel(),
                flow.startNs(),
                flow.endNs(),
                whole(flow.clientStream().packets(), bytes),
                whole(flow.serverStream().packets(), serverBytes),
                flow.handshake(),
                flow.close(),
                flow.midstream(),
                flow.app(),
                requests,
                flow.skipReason(),
                flow.opening(),
                events,
                exchanges,
                acks,
                null);
    }

    private static StreamSummary whole(final long packets, final long bytes) {
        return new StreamSummary(packets, 0, bytes, 0, 0, bytes, 0, -1, null);
    }
}
