package io.tcpreplayj.faultlab;

import io.tcpreplayj.packet.Checksums;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.IpProtocol;
import io.tcpreplayj.packet.Ipv4Header;
import io.tcpreplayj.packet.Ipv6Header;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpHeader;
import java.nio.ByteBuffer;

/** Ethernet frames that the bridge changes or makes. Packets without VLAN tags, IP options and extension headers. */
final class Frames {
    static final int ETHERNET = 14;
    private static final int ICMP_HEADER = 8;
    private static final int UNREACHABLE = 3;
    private static final int FRAGMENTATION_NEEDED = 4;
    private static final int PACKET_TOO_BIG = 2;
    /** RFC 792: the header and 64 bits; RFC 1812 4.3.2.3 wants more, and so does Linux for TCP. */
    private static final int QUOTED_V4 = 28;

    private Frames() {}

    static void setWindow(final Passing frame, final int window) {
        final int tcp = tcp(frame);
        frame.buffer().putShort(tcp + TcpHeader.WINDOW_OFFSET, (short) window);
        sealTcp(frame.buffer(), tcp, frame.length() - tcp, frame.view().ipVersion() == 6);
    }

    /** Sets "Congestion Experienced"; returns whether the sender allows it (RFC 3168 5). */
    static boolean markCongestion(final Passing frame) {
        final boolean v6 = frame.view().ipVersion() == 6;
        final ByteBuffer buffer = frame.buffer();
        final int at = ETHERNET + 1;
        // The last two bits of the Traffic Class stand in the middle of an IPv6 header's second byte (RFC 8200 3).
        final int mask = v6 ? 0x30 : 0x03;
        if ((buffer.get(at) & mask) == 0) {
            return false;
        }
        buffer.put(at, (byte) (buffer.get(at) | mask));
        if (!v6) {
            sealIpv4(buffer);
        }
        return true;
    }

    private static int tcp(final Passing frame) {
        return frame.view().optionsOffset() - TcpHeader.OPTIONS_OFFSET;
    }

    /** A RST in the sender's name, with the sequence number that the receiver waits for if this packet is the next. */
    static byte[] reset(final Passing frame) {
        final boolean v6 = frame.view().ipVersion() == 6;
        final int tcp = tcp(frame);
        final byte[] bytes = new byte[tcp + TcpHeader.MIN_LENGTH];
        frame.buffer().get(0, bytes);
        final ByteBuffer reset = ByteBuffer.wrap(bytes);
        reset.put(tcp + TcpHeader.DATA_OFFSET_OFFSET, (byte) 0x50);
        reset.put(tcp + TcpHeader.FLAGS_OFFSET, (byte) (TcpFlags.RST | TcpFlags.ACK));
        sealIp(reset, TcpHeader.MIN_LENGTH, v6);
        sealTcp(reset, tcp, TcpHeader.MIN_LENGTH, v6);
        return bytes;
    }

    /** "Fragmentation needed and DF set" or "Packet Too Big" to the sender, in the name of the packet's destination. */
    static byte[] tooBig(final Passing frame, final int mtu) {
        final boolean v6 = frame.view().ipVersion() == 6;
        final int ip = v6 ? Ipv6Header.LENGTH : Ipv4Header.MIN_LENGTH;
        // RFC 4443 2.4 (c): as much as fits the least MTU.
        final int quoted = v6 ? Math.min(frame.length() - ETHERNET, 1280 - ip - ICMP_HEADER) : QUOTED_V4;
        final int icmp = ETHERNET + ip;
        final byte[] bytes = new byte[icmp + ICMP_HEADER + quoted];
        final ByteBuffer message = ByteBuffer.wrap(bytes);
        message.put(0, frame.buffer(), 0, icmp);
        swap(message, 0, 6, 6);
        swap(message, ETHERNET + (v6 ? 8 : 12), ETHERNET + (v6 ? 24 : 16), v6 ? 16 : 4);
        message.put(ETHERNET + (v6 ? Ipv6Header.NEXT_HEADER_OFFSET : Ipv4Header.PROTOCOL_OFFSET), (byte)
                (v6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP));
        message.put(icmp, (byte) (v6 ? PACKET_TOO_BIG : UNREACHABLE));
        message.put(icmp + 1, (byte) (v6 ? 0 : FRAGMENTATION_NEEDED));
        message.putInt(icmp + 4, mtu);
        message.put(icmp + ICMP_HEADER, frame.buffer(), ETHERNET, quoted);
        final int length = ICMP_HEADER + quoted;
        sealIp(message, length, v6);
        final long pseudo = v6 ? pseudoHeader(message, true, IpProtocol.ICMPV6, length) : 0;
        message.putShort(icmp + 2, (short) Checksums.finish(Checksums.add(pseudo, message, icmp, length)));
        return bytes;
    }

    private static void swap(final ByteBuffer buffer, final int a, final int b, final int length) {
        final byte[] first = new byte[length];
        buffer.get(a, first);
        buffer.put(a, buffer.duplicate(), b, length);
        buffer.put(b, first);
    }

    private static void sealIp(final ByteBuffer frame, final int payload, final boolean v6) {
        if (v6) {
            frame.putShort(ETHERNET + Ipv6Header.PAYLOAD_LENGTH_OFFSET, (short) payload);
            return;
        }
        frame.putShort(ETHERNET + Ipv4Header.TOTAL_LENGTH_OFFSET, (short) (Ipv4Header.MIN_LENGTH + payload));
        sealIpv4(frame);
    }

    private static void sealIpv4(final ByteBuffer frame) {
        frame.putShort(ETHERNET + Ipv4Header.CHECKSUM_OFFSET, (short) 0);
        frame.putShort(ETHERNET + Ipv4Header.CHECKSUM_OFFSET, (short)
                Checksums.finish(Checksums.add(0, frame, ETHERNET, Ipv4Header.MIN_LENGTH)));
    }

    private static void sealTcp(final ByteBuffer frame, final int tcp, final int length, final boolean v6) {
        frame.putShort(tcp + TcpHeader.CHECKSUM_OFFSET, (short) 0);
        final long pseudo = pseudoHeader(frame, v6, IpProtocol.TCP, length);
        frame.putShort(
                tcp + TcpHeader.CHECKSUM_OFFSET, (short) Checksums.finish(Checksums.add(pseudo, frame, tcp, length)));
    }

    private static long pseudoHeader(final ByteBuffer frame, final boolean v6, final int protocol, final int length) {
        final int size = v6 ? 16 : 4;
        final byte[] source = new byte[size];
        final byte[] destination = new byte[size];
        frame.get(ETHERNET + (v6 ? Ipv6Header.SOURCE_OFFSET : Ipv4Header.SOURCE_OFFSET), source);
        frame.get(ETHERNET + (v6 ? Ipv6Header.DESTINATION_OFFSET : Ipv4Header.DESTINATION_OFFSET), destination);
        return Checksums.pseudoHeader(IpAddress.of(source), IpAddress.of(destination), protocol, length);
    }
}
