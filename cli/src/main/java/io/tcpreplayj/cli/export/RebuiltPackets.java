package io.tcpreplayj.cli.export;

import io.tcpreplayj.flow.FlowSummary;
import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.nio.ByteBuffer;

/**
 * Segments to packets of {@link Linktype#RAW}: addresses, checksums, and times that never go back. A segment of which
 * bytes are not known is cut behind the last known one (caplen below origlen); its checksum is right with zeros there.
 */
final class RebuiltPackets {
    /** With its headers it fits an IP packet of 65,535 bytes. */
    static final int MAX_PAYLOAD = 65_000;

    private static final int WINDOW = 0xffff;
    private static final int MAX_OPTIONS = 40;

    private final PacketHandler out;
    private final SegmentWriter writer = new SegmentWriter(1);
    private final SegmentOut segment = new SegmentOut();
    private final ByteBuffer payload = ByteBuffer.allocate(MAX_PAYLOAD);
    private final ByteBuffer packet = ByteBuffer.allocate(MAX_PAYLOAD + 200);
    private Endpoint client;
    private Endpoint server;
    private long startNs;
    private long lastNs;
    private int known;
    private boolean any;

    RebuiltPackets(final PacketHandler out, final FlowSummary first) {
        this.out = out;
        client = first.client();
        server = first.server();
    }

    /** The packets that follow are this flow's. */
    void begin(final FlowSummary flow) {
        client = flow.client();
        server = flow.server();
        startNs = flow.startNs();
        lastNs = startNs;
        any = false;
    }

    /** Whether the flow has a packet by now. */
    boolean hasAny() {
        return any;
    }

    /** The next segment's payload: {@code length} bytes of which the first {@code knownBytes} are known. */
    void payload(final ByteBuffer bytes, final int offset, final int knownBytes, final int length) {
        payload.put(0, bytes, offset, knownBytes);
        unknown(knownBytes, length);
    }

    /** The next segment's payload is the next of the server. */
    void payload(final ServerSide bytes) {
        bytes.copyKnown(payload);
        unknown(bytes.known(), bytes.length());
    }

    private void unknown(final int from, final int to) {
        for (int at = from; at < to; at++) {
            payload.put(at, (byte) 0);
        }
        known = from;
        segment.payload = payload;
        segment.payloadLength = to;
    }

    /** The client's SYN, at the start of the flow; its options were perhaps cut by the snaplen. */
    void syn(final int seq, final Opening opening) {
        final byte[] options = opening.synOptions();
        final int length = Math.min(MAX_OPTIONS, options.length + 3 & ~3);
        for (int i = 0; i < length; i++) {
            segment.options[i] = i < options.length ? options[i] : 0;
        }
        segment.optionsLength = length;
        segment.window = opening.synWindow();
        segment.urgent = 0;
        send(client, server, 0, seq, 0, TcpFlags.SYN);
    }

    void fromClient(final long atNs, final int seq, final int ack, final int flags) {
        fromClient(atNs, seq, ack, flags, 0);
    }

    void fromClient(final long atNs, final int seq, final int ack, final int flags, final int urgent) {
        segment.window = WINDOW;
        segment.urgent = urgent;
        send(client, server, atNs, seq, ack, flags);
    }

    void fromServer(final long atNs, final int seq, final int ack, final int flags) {
        segment.window = WINDOW;
        segment.urgent = 0;
        send(server, client, atNs, seq, ack, flags);
    }

    private void send(
            final Endpoint from, final Endpoint to, final long atNs, final int seq, final int ack, final int flags) {
        segment.seq = seq;
        segment.ack = ack;
        segment.flags = flags;
        final int length = writer.write(segment, from, to, packet, 0);
        lastNs = Math.max(lastNs, startNs + atNs);
        out.onPacket(packet, 0, length - (segment.payloadLength - known), length, lastNs, Linktype.RAW);
        any = true;
        segment.optionsLength = 0;
        segment.payloadLength = 0;
        known = 0;
    }
}
