package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The target's SACK option (RFC 2018 3), of edges relative to the client's SYN, in pairs. */
final class SackOption {
    private SackOption() {}

    static byte[] of(final long... edges) {
        final ByteBuffer option = ByteBuffer.allocate(4 + 4 * edges.length);
        option.put((byte) 1).put((byte) 1).put((byte) 5).put((byte) (2 + 4 * edges.length));
        for (final long edge : edges) {
            option.putInt(Scene.ISS + (int) edge);
        }
        return option.array();
    }

    /** A segment with nothing in it but these blocks. */
    static PacketView ack(final long... edges) {
        final byte[] option = of(edges);
        return carrying(option, option.length);
    }

    /** A segment with nothing in it but the first {@code length} bytes of these options. */
    static PacketView carrying(final byte[] options, final int length) {
        final Endpoint client = new Endpoint(IpAddress.parse("198.18.0.1"), 40001);
        final Endpoint target = new Endpoint(IpAddress.parse("127.0.0.1"), 80);
        final Packets packets = new Packets();
        final SegmentOut segment = Packets.segment(0, 0, 16, 0, Arrays.copyOf(options, length), new byte[0]);
        return packets.view(packets.bytes(segment, target, client));
    }
}
