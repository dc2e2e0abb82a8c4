package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.StreamSummary;
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

    /** Client bytes before the exchange; behind the last one, all of them. */
    public long offsetOf(final int exchange) {
        if (exchange == flow.exchanges().size()) {
            return clientLength();
        }
        final ClientEvents events = flow.events();
        long offset = 0;
        for (int row = 0; row < flow.exchanges().firstEvent(exchange); row++) {
            offset += events.length(row);
        }
        return offset;
    }

    /** How many exchanges, {@code most} at most, lie wholly within the first {@code bytes} of the client's. */
    public int exchangesWithin(final long bytes, final int most) {
        int count = most;
        while (count > 0 && offsetOf(count) > bytes) {
            count--;
        }
        return count;
    }

    /** What is left from {@code exchange} on, for a connection of its own: its requests leave as soon as that stands. */
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

    /** Length of the server's stream. */
    long serverBytes() {
        final StreamSummary server = flow.serverStream();
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
                acks);
    }

    private static StreamSummary whole(final long packets, final long bytes) {
        return new StreamSummary(packets, 0, bytes, 0, 0, bytes, 0, -1, null);
    }
}
