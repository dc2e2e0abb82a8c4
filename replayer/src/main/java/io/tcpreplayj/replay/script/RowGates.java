package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;

/**
 * What the capture says of each row's gate. The row behind the last stands for the end of the script, when the server has
 * answered all.
 */
final class RowGates {
    /** Answers quicker than half the captured SYN's (capped: that one may have been retransmitted) were under way before. */
    private static final long MAX_IN_FLIGHT_NS = 20_000_000L;

    private final Script script;
    private final ClientEvents events;
    private final Exchanges exchanges;
    private final long inFlightNs;
    private final long handshakeNs;
    private final boolean http;
    /** What the server was saying when the capture of an open connection began, its FIN too: nobody asks for that again. */
    private long unasked;

    private long requestsBefore;
    private int requestsCounted;

    RowGates(final Script script) {
        final FlowRecord flow = script.flow();
        this.script = script;
        events = flow.events();
        exchanges = flow.exchanges();
        inFlightNs = Math.min(Math.max(0, flow.opening().synAckDelayNs() / 2), MAX_IN_FLIGHT_NS);
        handshakeNs = Math.max(0, flow.opening().roundTripNs());
        http = flow.app() == FlowRecord.App.HTTP;
    }

    /** The first row is known, or that there is none: gates are counted from there, where a connection was open before. */
    void begin() {
        if (script.flow().midstream()) {
            unasked = events.size() > 0 ? events.gate(0) : script.serverBytes();
        }
    }

    /**
     * Whether the server may say something before the first row that the capture does not have: a new connection is greeted where
     * the captured one was, long before. Servers of HTTP do not speak first.
     */
    boolean mayBeGreeted() {
        return script.flow().midstream() && !http;
    }

    /** Sequence numbers of the server that the client had seen: its FIN counts as one. */
    long gate(final int row) {
        return (row < events.size() ? events.gate(row) : Math.max(script.serverBytes(), lastGate())) - unasked;
    }

    /** Bytes of the server's stream under the gate. */
    long dataGate(final int row) {
        return Math.max(0, Math.min(gate(row), script.serverBytes() - unasked));
    }

    boolean wantsFin(final int row) {
        return row < events.size() && events.gate(row) > script.serverBytes();
    }

    long delayNs(final int row) {
        return row < events.size() ? events.delayNs(row) : 0;
    }

    /** Captured time between the row and the one before it; before the first, since the connection was established. */
    long distanceNs(final int row) {
        if (row == events.size()) {
            return 0;
        }
        if (row == 0) {
            return events.gate(0) == 0 ? events.delayNs(0) : Math.max(0, events.sentNs(0) - handshakeNs);
        }
        return Math.max(0, events.sentNs(row) - events.sentNs(row - 1));
    }

    /**
     * Whether the captured server was still sending what it had to say when the client sent this row.
     *
     * @param exchange the one before the row
     */
    boolean midAnswer(final int row, final int exchange) {
        if (row == events.size()) {
            return false;
        }
        if (events.kind(row) != ClientEvents.DATA) {
            return events.gate(row) < script.serverBytes();
        }
        final int next = exchange + 1;
        if (next >= exchanges.size() || exchanges.firstResponseNs(next) < 0) {
            return false;
        }
        // No server answers within less than a round trip: bytes that came so soon were sent before.
        return exchanges.firstResponseNs(next) < events.sentNs(row) + inFlightNs;
    }

    /** Whole HTTP answers that all requests before the row are worth, 0 when the row does not wait for whole answers. */
    long responsesBefore(final int row, final int exchange) {
        countRequests(exchange);
        if (!http || midAnswer(row, exchange)) {
            return 0;
        }
        final boolean goesOn = row < events.size()
                && events.kind(row) == ClientEvents.DATA
                && exchange + 1 < exchanges.size()
                // The body behind "100 Continue", say: its gate is no answer's end.
                && exchanges.requests(exchange + 1) == 0;
        return goesOn ? 0 : requestsBefore;
    }

    /** Requests of exchanges up to this one are known from now on, and need not be there any more. */
    void countRequests(final int exchange) {
        while (requestsCounted <= exchange) {
            requestsBefore += exchanges.requests(requestsCounted++);
        }
    }

    /** How long after its last byte, or the client's last row, the captured server's FIN came, ns. */
    long finLingerNs(final int row, final int exchange) {
        final long finNs = events.sentNs(row) - events.delayNs(row);
        final long lastByteNs = exchange < 0 ? -1 : exchanges.lastResponseNs(exchange);
        final long lastRowNs = row == 0 ? 0 : events.sentNs(row - 1);
        return Math.max(0, finNs - Math.max(lastByteNs, lastRowNs));
    }

    private long lastGate() {
        return events.size() == 0 ? 0 : events.gate(events.size() - 1);
    }
}
