package io.tcpreplayj.flow.db;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.flow.ServerDatagrams;
import org.jspecify.annotations.Nullable;

/**
 * What a record must fulfil beyond being decodable: its parts agree with each other, with its payload and with the
 * captures. A CRC that holds only shows that the bytes are the writer's; whoever walks rows, exchanges and payload by index
 * relies on this. Times of captures may run backwards, so no order of them is asked for.
 */
final class RecordCheck {
    private RecordCheck() {}

    /** What is wrong with the record, or null. */
    static @Nullable String fault(final FlowRecord flow, final int captures, final long payloadBytes) {
        final String head = fault(flow, captures);
        if (head != null) {
            return head;
        }
        final String udp = datagramsFault(flow, payloadBytes);
        if (udp != null) {
            return udp;
        }
        final String rows = rowsFault(flow.events());
        if (rows != null) {
            return rows;
        }
        final String payload = flow.replayable() ? payloadFault(flow.events(), payloadBytes) : null;
        return payload != null ? payload : exchangesFault(flow.exchanges(), flow.events());
    }

    /** What is wrong with the head of the record, or null. */
    static @Nullable String fault(final FlowSummary flow, final int captures) {
        if (flow.captureId() < 0 || flow.captureId() >= captures) {
            return "capture id " + flow.captureId() + " of " + captures + " captures";
        }
        return flow.requests() < 0 ? "requests " + flow.requests() : null;
    }

    private static @Nullable String rowsFault(final ClientEvents events) {
        long gate = 0;
        for (int row = 0; row < events.size(); row++) {
            final int length = events.length(row);
            if (length < 0 || (length > 0 && events.kind(row) != ClientEvents.DATA)) {
                return "length " + length + " of row " + row + " of kind " + events.kind(row);
            }
            if (events.urgent(row) < 0) {
                return "urgent pointer " + events.urgent(row) + " of row " + row;
            }
            if (events.gate(row) < gate) {
                return "gate " + events.gate(row) + " of row " + row + " after " + gate;
            }
            if (events.delayNs(row) < 0) {
                return "delay " + events.delayNs(row) + " of row " + row;
            }
            gate = events.gate(row);
        }
        return null;
    }

    /** Of a UDP conversation: rows are datagrams, and gates count those of the server. */
    private static @Nullable String datagramsFault(final FlowRecord flow, final long payloadBytes) {
        final ClientEvents events = flow.events();
        final ServerDatagrams datagrams = flow.datagrams();
        if (datagrams == null) {
            return null;
        }
        long captured = 0;
        for (int row = 0; row < events.size(); row++) {
            if (events.kind(row) != ClientEvents.DATA || events.length(row) > ServerDatagrams.MAX_LENGTH) {
                return "datagram " + row + " of kind " + events.kind(row) + " and " + events.length(row) + " bytes";
            }
            if (events.missingBefore(row) > events.length(row)) {
                return events.missingBefore(row) + " bytes missing of " + events.length(row) + " of row " + row;
            }
            captured += events.caplen(row);
            if (events.gate(row) > datagrams.size()) {
                return "gate " + events.gate(row) + " of row " + row + " of " + datagrams.size() + " datagrams";
            }
        }
        for (int i = 0; i < datagrams.size(); i++) {
            if (datagrams.length(i) > ServerDatagrams.MAX_LENGTH) {
                return "datagram " + i + " of the server of " + datagrams.length(i) + " bytes";
            }
        }
        final boolean isKept = flow.skipReason() != FlowRecord.SkipReason.HEADERS_ONLY;
        return captured == payloadBytes || !isKept
                ? null
                : "datagrams of " + captured + " bytes for a payload of " + payloadBytes;
    }

    private static @Nullable String payloadFault(final ClientEvents events, final long payloadBytes) {
        long bytes = 0;
        int dataRows = 0;
        for (int row = 0; row < events.size(); row++) {
            bytes += events.length(row);
            dataRows += events.kind(row) == ClientEvents.DATA ? 1 : 0;
        }
        if (dataRows == 0) {
            return "no row of data, though it is replayable";
        }
        return bytes == payloadBytes ? null : "rows of " + bytes + " bytes for a payload of " + payloadBytes;
    }

    private static @Nullable String exchangesFault(final Exchanges exchanges, final ClientEvents events) {
        int next = 0;
        for (int i = 0; i < exchanges.size(); i++) {
            final int first = exchanges.firstEvent(i);
            final int count = exchanges.eventCount(i);
            if (first < next || count < 1 || count > events.size() - first) {
                return "exchange " + i + " of " + count + " rows from row " + first + " of " + events.size();
            }
            next = first + count;
            for (int row = first; row < next; row++) {
                if (events.kind(row) != ClientEvents.DATA) {
                    return "exchange " + i + " over row " + row + " of kind " + events.kind(row);
                }
            }
            if (exchanges.requests(i) < 0) {
                return "requests " + exchanges.requests(i) + " of exchange " + i;
            }
            if (exchanges.responseBytes(i) < 0) {
                return "response bytes " + exchanges.responseBytes(i) + " of exchange " + i;
            }
        }
        return null;
    }
}
