package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.Checksums;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.IpProtocol;
import io.tcpreplayj.packet.Ipv4Header;
import io.tcpreplayj.packet.Ipv6Header;
import io.tcpreplayj.packet.TcpHeader;
import java.nio.ByteBuffer;

/** Turns a {@link SegmentOut} into an IP packet, checksums included. One per agent; not thread-safe. */
public final class SegmentWriter {
    private static final int FLOW_LABEL_MASK = 0xf_ffff;

    private final int flowLabelSecret;
    private int identification;

    /** {@code flowLabelSecret} is random: it makes flow labels unguessable (RFC 6437 3). */
    public SegmentWriter(final int flowLabelSecret) {
        this.flowLabelSecret = flowLabelSecret;
    }

    /**
     * Writes one packet, IPv4 when {@code target} is IPv4; both ends must be of one family.
     *
     * @param buffer big-endian, with room behind {@code offset}
     * @return length of the packet, bytes
     */
    public int write(
            final SegmentOut segment,
            final Endpoint local,
            final Endpoint target,
            final ByteBuffer buffer,
            final int offset) {
        final int tcpLength = TcpHeader.MIN_LENGTH + segment.optionsLength + segment.payloadLength;
        final int ipLength;
        if (target.address().isV4()) {
            ipLength = Ipv4Header.MIN_LENGTH;
            writeIpv4(local.address(), target.address(), segment, buffer, offset, tcpLength);
        } else {
            ipLength = Ipv6Header.LENGTH;
            writeIpv6(local, target, segment, buffer, offset, tcpLength);
        }
        final int at = offset + ipLength;
        writeTcp(segment, local.port(), target.port(), buffer, at);
        final long pseudo = Checksums.pseudoHeader(local.address(), target.address(), IpProtocol.TCP, tcpLength);
        final int checksum = Checksums.finish(Checksums.add(pseudo, buffer, at, tcpLength));
        buffer.putShort(at + TcpHeader.CHECKSUM_OFFSET, (short) checksum);
        return ipLength + tcpLength;
    }

    private static void writeTcp(
            final SegmentOut segment,
            final int localPort,
            final int targetPort,
            final ByteBuffer buffer,
            final int at) {
        final int headerLength = TcpHeader.MIN_LENGTH + segment.optionsLength;
        buffer.putShort(at + TcpHeader.SOURCE_PORT_OFFSET, (short) localPort);
        buffer.putShort(at + TcpHeader.DESTINATION_PORT_OFFSET, (short) targetPort);
        buffer.putInt(at + TcpHeader.SEQ_OFFSET, segment.seq);
        buffer.putInt(at + TcpHeader.ACK_OFFSET, segment.ack);
        buffer.put(at + TcpHeader.DATA_OFFSET_OFFSET, (byte) (headerLength << 2));
        buffer.put(at + TcpHeader.FLAGS_OFFSET, (byte) segment.flags);
        buffer.putShort(at + TcpHeader.WINDOW_OFFSET, (short) segment.window);
        buffer.putShort(at + TcpHeader.CHECKSUM_OFFSET, (short) 0);
        buffer.putShort(at + TcpHeader.URGENT_POINTER_OFFSET, (short) segment.urgent);
        buffer.put(at + TcpHeader.OPTIONS_OFFSET, segment.options, 0, segment.optionsLength);
        buffer.put(at + headerLength, segment.payload, segment.payloadOffset, segment.payloadLength);
    }

    private void writeIpv4(
            final IpAddress local,
            final IpAddress target,
            final SegmentOut segment,
            final ByteBuffer buffer,
            final int at,
            final int tcpLength) {
        buffer.put(at + Ipv4Header.VERSION_IHL_OFFSET, (byte) (4 << 4 | Ipv4Header.MIN_LENGTH >> 2));
        buffer.put(at + Ipv4Header.DSCP_ECN_OFFSET, (byte) (segment.dscp << 2 | segment.ecn));
        buffer.putShort(at + Ipv4Header.TOTAL_LENGTH_OFFSET, (short) (Ipv4Header.MIN_LENGTH + tcpLength));
        // RFC 6864: with DF the value means nothing, but captures are easier to read when it counts.
        buffer.putShort(at + Ipv4Header.IDENTIFICATION_OFFSET, (short) identification++);
        buffer.putShort(at + Ipv4Header.FLAGS_FRAGMENT_OFFSET, (short) Ipv4Header.DONT_FRAGMENT);
        buffer.put(at + Ipv4Header.TTL_OFFSET, (byte) segment.hopLimit);
        buffer.put(at + Ipv4Header.PROTOCOL_OFFSET, (byte) IpProtocol.TCP);
        buffer.putShort(at + Ipv4Header.CHECKSUM_OFFSET, (short) 0);
        buffer.putInt(at + Ipv4Header.SOURCE_OFFSET, local.v4());
        buffer.putInt(at + Ipv4Header.DESTINATION_OFFSET, target.v4());
        final int checksum = Checksums.finish(Checksums.add(0, buffer, at, Ipv4Header.MIN_LENGTH));
        buffer.putShort(at + Ipv4Header.CHECKSUM_OFFSET, (short) checksum);
    }

    private void writeIpv6(
            final Endpoint local,
            final Endpoint target,
            final SegmentOut segment,
            final ByteBuffer buffer,
            final int at,
            final int tcpLength) {
        final int trafficClass = segment.dscp << 2 | segment.ecn;
        buffer.putInt(
                at + Ipv6Header.VERSION_CLASS_FLOW_OFFSET, 6 << 28 | trafficClass << 20 | flowLabel(local, target));
        buffer.putShort(at + Ipv6Header.PAYLOAD_LENGTH_OFFSET, (short) tcpLength);
        buffer.put(at + Ipv6Header.NEXT_HEADER_OFFSET, (byte) IpProtocol.TCP);
        buffer.put(at + Ipv6Header.HOP_LIMIT_OFFSET, (byte) segment.hopLimit);
        buffer.putLong(at + Ipv6Header.SOURCE_OFFSET, local.address().high());
        buffer.putLong(at + Ipv6Header.SOURCE_OFFSET + 8, local.address().low());
        buffer.putLong(at + Ipv6Header.DESTINATION_OFFSET, target.address().high());
        buffer.putLong(at + Ipv6Header.DESTINATION_OFFSET + 8, target.address().low());
    }

    /** The same for all packets of a connection, never 0 (RFC 6437 3). */
    private int flowLabel(final Endpoint local, final Endpoint target) {
        long hash = flowLabelSecret;
        hash = mix(hash ^ local.address().high());
        hash = mix(hash ^ local.address().low());
        hash = mix(hash ^ target.address().high());
        hash = mix(hash ^ target.address().low());
        hash = mix(hash ^ ((long) local.port() << 16 | target.port()));
        final int label = (int) hash & FLOW_LABEL_MASK;
        return label == 0 ? 1 : label;
    }

    /** The finalizer of SplitMix64. */
    private static long mix(final long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
