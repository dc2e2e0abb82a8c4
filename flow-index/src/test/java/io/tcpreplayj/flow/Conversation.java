package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketViews;
import io.tcpreplayj.packet.TcpFlags;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a captured conversation segment by segment, one millisecond apart unless said otherwise, with offsets in place of
 * sequence numbers: 0 is the first byte of a stream.
 */
final class Conversation {
    static final Endpoint CLIENT = new Endpoint(IpAddress.parse("10.0.0.1"), 40000);
    static final Endpoint SERVER = new Endpoint(IpAddress.parse("10.0.0.2"), 80);
    static final long MS = 1_000_000;

    final List<FlowRecord> flows = new ArrayList<>();
    final List<String> clientBytes = new ArrayList<>();
    final FlowAssembler assembler;
    int clientIsn = 1000;
    int serverIsn = 9000;
    long nowNs = 1_700_000_000_000_000_000L;

    Conversation() {
        this(new FlowAssembler.AssemblerOptions(true, 16));
    }

    Conversation(final FlowAssembler.AssemblerOptions options) {
        this(options, FlowChecks::check);
    }

    /** @param check what must hold of each flow */
    Conversation(final FlowAssembler.AssemblerOptions options, final FlowSink check) {
        assembler = new FlowAssembler(7, 1, options, (flow, bytes) -> {
            check.onFlow(flow, bytes);
            flows.add(flow);
            clientBytes.add(text(bytes));
        });
    }

    /** SYN, SYN+ACK, ACK. */
    Conversation handshake() {
        return syn().synAck().client(0, 0, "");
    }

    Conversation syn() {
        return send(fromClient().flags(TcpFlags.SYN).seq(clientIsn));
    }

    Conversation synAck() {
        return send(fromServer().flags(TcpFlags.SYN).seq(serverIsn).ack(clientIsn + 1));
    }

    /** Client bytes at an offset, acknowledging so many of the server's. */
    Conversation client(final int offset, final int acked, final String text) {
        return client(offset, acked, text, text.isEmpty() ? 0 : TcpFlags.PSH);
    }

    Conversation client(final int offset, final int acked, final String text, final int flags) {
        return send(fromClient()
                .flags(flags)
                .seq(clientIsn + 1 + offset)
                .ack(serverIsn + 1 + acked)
                .payload(text));
    }

    Conversation server(final int offset, final int acked, final String text) {
        return server(offset, acked, text, text.isEmpty() ? 0 : TcpFlags.PSH);
    }

    Conversation server(final int offset, final int acked, final String text, final int flags) {
        return send(fromServer()
                .flags(flags)
                .seq(serverIsn + 1 + offset)
                .ack(clientIsn + 1 + acked)
                .payload(text));
    }

    PacketViews fromClient() {
        return PacketViews.from(CLIENT, SERVER);
    }

    PacketViews fromServer() {
        return PacketViews.from(SERVER, CLIENT);
    }

    Conversation send(final PacketViews segment) {
        return sendAt(nowNs + MS, segment);
    }

    Conversation sendAt(final long timeNs, final PacketViews segment) {
        nowNs = timeNs;
        assembler.onSegment(segment.view(), timeNs);
        return this;
    }

    Conversation after(final long milliseconds) {
        nowNs += (milliseconds - 1) * MS;
        return this;
    }

    /** Ends the capture; returns its only flow. */
    FlowRecord only() {
        assembler.finish();
        FlowChecks.checkSums(assembler.counters(), flows);
        if (flows.size() != 1) {
            throw new AssertionError("one flow wanted, there are " + flows.size());
        }
        return flows.get(0);
    }

    private static String text(final ByteBuffer bytes) {
        return StandardCharsets.ISO_8859_1.decode(bytes).toString();
    }
}
