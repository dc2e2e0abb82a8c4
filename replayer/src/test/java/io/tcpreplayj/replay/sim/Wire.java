package io.tcpreplayj.replay.sim;

import io.tcpreplayj.packet.Checksums;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpProtocol;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.nio.ByteBuffer;

/** Segments to packets, and whether a packet is as it was sent. */
final class Wire {
    static final int IPV4_HEADER = 20;
    static final int IPV6_HEADER = 40;
    private static final int LARGEST_PACKET = 66_000;

    private final SegmentWriter writer = new SegmentWriter(4711);
    private final ByteBuffer buffer = ByteBuffer.allocate(LARGEST_PACKET);

    byte[] packet(final SegmentOut segment, final Endpoint from, final Endpoint to) {
        final int length = writer.write(segment, from, to, buffer, 0);
        final byte[] packet = new byte[length];
        buffer.get(0, packet);
        return packet;
    }

    /** Whether a host would take the packet: lengths and checksums agree (RFC 1122 3.2.1.2, RFC 9293 3.1). */
    static boolean isWhole(final byte[] packet, final Endpoint from, final Endpoint to) {
        final ByteBuffer bytes = ByteBuffer.wrap(packet);
        final boolean v4 = from.address().isV4();
        final int header = v4 ? IPV4_HEADER : IPV6_HEADER;
        if (packet.length < header || (packet[0] & 0xf0) != (v4 ? 0x40 : 0x60)) {
            return false;
        }
        final int claimed = v4 ? bytes.getShort(2) & 0xffff : header + (bytes.getShort(4) & 0xffff);
        if (claimed != packet.length || (v4 && Checksums.finish(Checksums.add(0, bytes, 0, header)) != 0)) {
            return false;
        }
        final int protocol = packet[v4 ? 9 : 6];
        final int length = packet.length - header;
        final long pseudo = Checksums.pseudoHeader(from.address(), to.address(), IpProtocol.TCP, length);
        return protocol == IpProtocol.TCP && Checksums.finish(Checksums.add(pseudo, bytes, header, length)) == 0;
    }
}
