package io.tcpreplayj.cli.export;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.Close;
import io.tcpreplayj.flow.FlowRecord.Handshake;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.packet.TcpFlags;
import java.nio.ByteBuffer;

/**
 * One flow's packets made from its record: the handshake as far as it was seen, the client's segments with their bytes,
 * times and lengths, and the server's as {@link ServerSide} tells them. A segment comes no earlier than what it
 * acknowledges, and no packet earlier than the one before. The bytes that a captured stream lacks are left out in one hole:
 * their number is in the record, not their places.
 */
final class RebuiltFlow {
    private final FlowRecord flow;
    private final ClientEvents events;
    private final ByteBuffer clientBytes;
    private final RebuiltPackets out;
    private final ServerSide server;
    private final boolean hasServer;
    private int clientNxt;
    private int serverNxt;
    /** Number of the server's first byte. */
    private int serverFirst;

    private boolean serverFinDue;
    private int clientAt;
    /** The last row of the client's data, or -1. */
    private final int lastData;
    /** Before which row the client's missing bytes are left out. */
    private final int holeBeforeRow;

    /** @param clientBytes of the flow, position to limit */
    RebuiltFlow(final FlowRecord flow, final ByteBuffer clientBytes, final RebuiltPackets out) {
        this.flow = flow;
        this.clientBytes = clientBytes;
        this.out = out;
        events = flow.events();
        server = new ServerSide(flow);
        hasServer = flow.serverStream().packets() > 0;
        // Odd, so that no two flows of a database have the same: a tuple that is used again begins with another ISN.
        clientNxt = (int) (flow.id() * 0x9e37_79b1L);
        serverNxt = ~clientNxt;
        serverFinDue = hasServer && serverClosed();
        clientAt = clientBytes.position();
        lastData = lastData();
        holeBeforeRow = holeBeforeRow();
    }

    private int lastData() {
        int row = events.size() - 1;
        while (row >= 0 && events.kind(row) != ClientEvents.DATA) {
            row--;
        }
        return row;
    }

    /** Before the last data, if something comes before that: else it would be the stream's beginning, and no hole. */
    private int holeBeforeRow() {
        return lastData > 0 || (lastData == 0 && clientSyn()) ? lastData : lastData + 1;
    }

    private boolean serverClosed() {
        boolean clientClosed = false;
        boolean acknowledged = false;
        for (int row = 0; row < events.size(); row++) {
            clientClosed |= events.kind(row) == ClientEvents.FIN;
            acknowledged |= events.gate(row) == server.bytes() + 1;
        }
        return acknowledged || flow.close() == Close.FIN || (flow.close() == Close.HALF && !clientClosed);
    }

    void write() {
        out.begin(flow);
        handshake();
        if (lastData < 0) {
            cutBytes(flow.endNs() - flow.startNs(), serverNxt);
        }
        int row = 0;
        while (row < events.size() || server.hasNext()) {
            if (row < events.size() && isClientsTurn(row)) {
                clientRow(row++);
            } else {
                serverSegment();
            }
        }
        end();
    }

    private void handshake() {
        final Opening opening = flow.opening();
        final boolean synAck = hasServer
                && (opening.synAckDelayNs() >= 0
                        || opening.ackDelayNs() >= 0
                        || (flow.handshake() == Handshake.PARTIAL && !clientSyn()));
        long atNs = 0;
        if (clientSyn()) {
            out.syn(clientNxt, opening);
        }
        if (flow.handshake() != Handshake.NONE) {
            clientNxt++;
        }
        if (synAck) {
            atNs += Math.max(0, opening.synAckDelayNs());
            out.fromServer(atNs, serverNxt, clientNxt, TcpFlags.SYN | TcpFlags.ACK);
        }
        if (flow.handshake() != Handshake.NONE) {
            serverNxt++;
        }
        serverFirst = serverNxt;
        final long ackedNs = atNs + Math.max(0, opening.ackDelayNs());
        if (opening.ackDelayNs() >= 0 && (events.size() == 0 || events.sentNs(0) > ackedNs)) {
            out.fromClient(ackedNs, clientNxt, serverNxt, TcpFlags.ACK);
        }
    }

    private boolean clientSyn() {
        final Opening opening = flow.opening();
        return flow.handshake() == Handshake.FULL
                || opening.synAckDelayNs() >= 0
                || opening.synOptions().length > 0
                || opening.synWindow() > 0;
    }

    private boolean isClientsTurn(final int row) {
        if (!server.hasNext()) {
            return true;
        }
        return events.gate(row) <= server.sent() && events.sentNs(row) <= server.timeNs();
    }

    private void clientRow(final int row) {
        if (row == holeBeforeRow) {
            clientNxt += (int) flow.clientStream().gapBytes();
        }
        final long gate = events.gate(row);
        if (serverFinDue && gate > server.bytes()) {
            serverFin(events.sentNs(row) - events.delayNs(row));
        }
        final int ack = serverFirst + (int) gate;
        final long atNs = events.sentNs(row);
        switch (events.kind(row)) {
            case ClientEvents.FIN -> out.fromClient(atNs, clientNxt++, ack, TcpFlags.FIN | TcpFlags.ACK);
            case ClientEvents.RST -> out.fromClient(atNs, clientNxt, ack, TcpFlags.RST | TcpFlags.ACK);
            default -> clientData(row, ack);
        }
    }

    private void clientData(final int row, final int ack) {
        final int flags = events.flags(row);
        final int push = (flags & ClientEvents.PSH) != 0 ? TcpFlags.PSH : 0;
        final int urgent = (flags & ClientEvents.URG) != 0 ? events.urgent(row) : 0;
        final int known = Math.min(events.length(row), clientBytes.limit() - clientAt);
        data(events.sentNs(row), ack, push, urgent, known, events.length(row));
        if (row == lastData) {
            cutBytes(events.sentNs(row), ack);
        }
    }

    /** What the snaplen cut: how many bytes is known, not of which segments. */
    private void cutBytes(final long atNs, final int ack) {
        data(
                atNs,
                ack,
                0,
                0,
                0,
                flow.clientStream().bytes() - flow.clientStream().capturedBytes());
    }

    /** So many of the client's bytes, of which the first {@code known} are there. */
    private void data(
            final long atNs, final int ack, final int lastFlags, final int urgent, final int known, final long bytes) {
        long left = bytes;
        int there = known;
        while (left > 0) {
            final int length = (int) Math.min(left, RebuiltPackets.MAX_PAYLOAD);
            final int copied = Math.min(there, length);
            final boolean isUrgent = urgent > 0 && left == bytes;
            left -= length;
            there -= copied;
            out.payload(clientBytes, clientAt, copied, length);
            out.fromClient(
                    atNs,
                    clientNxt,
                    ack,
                    TcpFlags.ACK | (left == 0 ? lastFlags : 0) | (isUrgent ? TcpFlags.URG : 0),
                    isUrgent ? urgent : 0);
            clientAt += copied;
            clientNxt += length;
        }
    }

    private void serverSegment() {
        if (!server.isHole()) {
            out.payload(server);
            out.fromServer(
                    server.timeNs(), serverNxt, clientNxt, TcpFlags.ACK | (server.isLastOfAnswer() ? TcpFlags.PSH : 0));
        }
        serverNxt += server.length();
        server.advance();
    }

    private void serverFin(final long atNs) {
        out.fromServer(atNs, serverNxt++, clientNxt, TcpFlags.FIN | TcpFlags.ACK);
        serverFinDue = false;
    }

    private void end() {
        final long endNs = flow.endNs() - flow.startNs();
        if (serverFinDue) {
            serverFin(endNs);
        }
        final boolean reset = flow.close() == Close.RST;
        final int clientEnd = clientNxt + (int) flow.clientStream().unseenBytes();
        final int serverEnd = serverNxt + (int) flow.serverStream().unseenBytes();
        if (hasServer && (reset ? !clientReset() : clientEnd != clientNxt)) {
            out.fromServer(endNs, serverNxt, clientEnd, TcpFlags.ACK | (reset ? TcpFlags.RST : 0));
        }
        final boolean acknowledges = flow.clientStream().packets() > 0 && serverEnd != serverFirst;
        if (!reset && acknowledges) {
            out.fromClient(endNs, clientNxt, serverEnd, TcpFlags.ACK);
        }
        if (!out.hasAny()) {
            alone(endNs);
        }
    }

    /** Nothing but bare ACKs was captured, which are in no record: one of them, so that the flow is there. */
    private void alone(final long atNs) {
        if (flow.clientStream().packets() > 0) {
            out.fromClient(atNs, clientNxt, serverNxt, TcpFlags.ACK);
        } else {
            out.fromServer(atNs, serverNxt, clientNxt, TcpFlags.ACK);
        }
    }

    private boolean clientReset() {
        return events.size() > 0 && events.kind(events.size() - 1) == ClientEvents.RST;
    }
}
