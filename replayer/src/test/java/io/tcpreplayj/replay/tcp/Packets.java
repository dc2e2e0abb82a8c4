package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.nio.ByteBuffer;

/** Segments to packets and back, so that every test goes over real bytes. */
final class Packets {
    private final SegmentWriter writer = new SegmentWriter(77);
    private final PacketDecoder decoder = new PacketDecoder();
    private final ByteBuffer buffer = ByteBuffer.allocate(70_000);

    byte[] bytes(final SegmentOut segment, final Endpoint from, final Endpoint to) {
        final int length = writer.write(segment, from, to, buffer, 3);
        final byte[] packet = new byte[length];
        buffer.get(3, packet);
        return packet;
    }

    PacketView view(final byte[] packet) {
        final PacketView view = new PacketView();
        assertThat(decoder.decode(ByteBuffer.wrap(packet), 0, packet.length, packet.length, Linktype.RAW, view))
                .isEqualTo(Verdict.TCP);
        return view;
    }

    static SegmentOut segment(
            final int seq, final int ack, final int flags, final int window, final byte[] options, final byte[] data) {
        final SegmentOut out = new SegmentOut();
        out.seq = seq;
        out.ack = ack;
        out.flags = flags;
        out.window = window;
        System.arraycopy(options, 0, out.options, 0, options.length);
        out.optionsLength = options.length;
        out.payload = ByteBuffer.wrap(data);
        out.payloadLength = data.length;
        return out;
    }
}
