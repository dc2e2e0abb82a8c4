package io.tcpreplayj.replay.pkt;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.nio.ByteBuffer;
import java.util.Objects;

/** The target's end of the wire: packets from scripts, and what the client's packets say. Real bytes both ways. */
final class Target {
    private static final int MAX_PACKET = 70_000;

    private final Endpoint client;
    private final Endpoint target;
    private final Numbers ofClient;
    private final Numbers ofTarget;
    private final SegmentWriter writer = new SegmentWriter(1);
    private final PacketDecoder decoder = new PacketDecoder();
    private final ByteBuffer buffer = ByteBuffer.allocate(MAX_PACKET);

    Target(final Endpoint client, final Endpoint target, final Numbers ofClient, final Numbers ofTarget) {
        this.client = client;
        this.target = target;
        this.ofClient = ofClient;
        this.ofTarget = ofTarget;
    }

    /** The packet that a script's target sends. */
    ByteBuffer packet(final SegmentSpec spec) {
        final SegmentOut out = new SegmentOut();
        out.flags = spec.flags();
        out.seq = ofTarget.seq(spec.seq());
        out.ack = SegmentParser.hasAck(spec.flags()) ? ofTarget.ack(spec.ack()) : 0;
        out.window = spec.window();
        out.urgent = spec.urgent();
        final byte[] options = ofTarget.encode(Objects.requireNonNull(spec.options()));
        System.arraycopy(options, 0, out.options, 0, options.length);
        out.optionsLength = options.length;
        out.payload = ByteBuffer.wrap(Stream.ofTarget(spec.seq().value() - 1, spec.length()));
        out.payloadLength = spec.length();
        final int length = writer.write(out, target, client, buffer, 0);
        return copy(length);
    }

    /** The packet that a client's segment becomes. */
    ByteBuffer packet(final SegmentOut segment) {
        return copy(writer.write(segment, client, target, buffer, 0));
    }

    private ByteBuffer copy(final int length) {
        final byte[] packet = new byte[length];
        buffer.get(0, packet);
        return ByteBuffer.wrap(packet);
    }

    PacketView view(final ByteBuffer packet) {
        final PacketView view = new PacketView();
        final int length = packet.limit();
        final Verdict verdict = decoder.decode(packet, 0, length, length, Linktype.RAW, view);
        if (verdict != Verdict.TCP) {
            throw new AssertionError("a packet that is " + verdict);
        }
        return view;
    }

    /**
     * What the client sent.
     *
     * @throws AssertionError when its bytes are not those of the client's stream
     */
    SegmentSpec read(final ByteBuffer packet) {
        final PacketView view = view(packet);
        final SegmentSpec segment = ofClient.read(view);
        for (int i = 0; i < segment.length(); i++) {
            if (packet.get(view.payloadOffset() + i)
                    != Stream.ofClient(segment.seq().value() - 1 + i)) {
                throw new AssertionError("wrong byte at stream offset "
                        + (segment.seq().value() - 1 + i) + " of " + Notation.of(segment));
            }
        }
        return segment;
    }
}
