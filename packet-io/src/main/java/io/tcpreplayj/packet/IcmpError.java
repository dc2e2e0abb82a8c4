package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * An ICMP message that a TCP packet could not be forwarded or delivered, with what it quotes of the packet (RFC 792, RFC
 * 4443). One instance is reused. Only plain IP is looked into: no tunnels, and for IPv6 no extension headers.
 *
 * <pre>
 * type (8) code (8) checksum (16) | unused (16) MTU (16), or with IPv6 MTU (32) | the packet's IP header, then 8 bytes or more
 * </pre>
 */
public final class IcmpError {
    private static final int HEADER_LENGTH = 8;
    private static final int V4_UNREACHABLE = 3;
    private static final int V4_FRAGMENTATION_NEEDED = 4;
    private static final int V4_TIME_EXCEEDED = 11;
    private static final int V6_UNREACHABLE = 1;
    private static final int V6_PACKET_TOO_BIG = 2;
    private static final int V6_TIME_EXCEEDED = 3;
    /** Ports and sequence number: what every router quotes. */
    private static final int QUOTED_OF_TCP = 8;

    private int type;
    private int code;
    private long senderHigh;
    private long senderLow;
    private boolean tooBig;
    private int mtu;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int sourcePort;
    private int destinationPort;
    private int segSeq;

    /**
     * Reads the IP packet of {@code length} bytes at {@code offset}.
     *
     * @return whether it is such a message, quoting TCP; otherwise this holds nothing
     */
    public boolean parse(final ByteBuffer buffer, final int offset, final int length) {
        if (length < Ipv4Header.MIN_LENGTH) {
            return false;
        }
        return switch (Ipv4Header.version(buffer, offset)) {
            case 4 -> parseV4(buffer, offset, length);
            case 6 -> parseV6(buffer, offset, length);
            default -> false;
        };
    }

    private boolean parseV4(final ByteBuffer buffer, final int offset, final int length) {
        final int header = Ipv4Header.headerLength(buffer, offset);
        final int left = Math.min(length, Ipv4Header.totalLength(buffer, offset)) - header - HEADER_LENGTH;
        if (header < Ipv4Header.MIN_LENGTH
                || left < Ipv4Header.MIN_LENGTH + QUOTED_OF_TCP
                || Ipv4Header.protocol(buffer, offset) != IpProtocol.ICMP
                || Ipv4Header.isFragment(buffer, offset)) {
            return false;
        }
        final int at = offset + header;
        type = buffer.get(at) & 0xff;
        code = buffer.get(at + 1) & 0xff;
        senderHigh = 0;
        senderLow = IpAddress.mapV4(Ipv4Header.source(buffer, offset));
        tooBig = type == V4_UNREACHABLE && buffer.get(at + 1) == V4_FRAGMENTATION_NEEDED;
        mtu = tooBig ? buffer.getShort(at + 6) & 0xffff : 0;
        final int quoted = at + HEADER_LENGTH;
        final int quotedHeader = Ipv4Header.headerLength(buffer, quoted);
        if ((type != V4_UNREACHABLE && type != V4_TIME_EXCEEDED)
                || Ipv4Header.version(buffer, quoted) != 4
                || quotedHeader < Ipv4Header.MIN_LENGTH
                || left < quotedHeader + QUOTED_OF_TCP
                || Ipv4Header.protocol(buffer, quoted) != IpProtocol.TCP) {
            return false;
        }
        sourceHigh = 0;
        sourceLow = IpAddress.mapV4(Ipv4Header.source(buffer, quoted));
        destinationHigh = 0;
        destinationLow = IpAddress.mapV4(Ipv4Header.destination(buffer, quoted));
        readTcp(buffer, quoted + quotedHeader);
        return true;
    }

    private boolean parseV6(final ByteBuffer buffer, final int offset, final int length) {
        final int left = length - Ipv6Header.LENGTH - HEADER_LENGTH;
        if (left < Ipv6Header.LENGTH + QUOTED_OF_TCP || Ipv6Header.nextHeader(buffer, offset) != IpProtocol.ICMPV6) {
            return false;
        }
        final int at = offset + Ipv6Header.LENGTH;
        type = buffer.get(at) & 0xff;
        code = buffer.get(at + 1) & 0xff;
        senderHigh = Ipv6Header.sourceHigh(buffer, offset);
        senderLow = Ipv6Header.sourceLow(buffer, offset);
        tooBig = type == V6_PACKET_TOO_BIG;
        mtu = tooBig ? Math.max(0, buffer.getInt(at + 4)) : 0;
        final int quoted = at + HEADER_LENGTH;
        if ((type != V6_UNREACHABLE && type != V6_PACKET_TOO_BIG && type != V6_TIME_EXCEEDED)
                || Ipv6Header.version(buffer, quoted) != 6
                || Ipv6Header.nextHeader(buffer, quoted) != IpProtocol.TCP) {
            return false;
        }
        sourceHigh = Ipv6Header.sourceHigh(buffer, quoted);
        sourceLow = Ipv6Header.sourceLow(buffer, quoted);
        destinationHigh = Ipv6Header.destinationHigh(buffer, quoted);
        destinationLow = Ipv6Header.destinationLow(buffer, quoted);
        readTcp(buffer, quoted + Ipv6Header.LENGTH);
        return true;
    }

    private void readTcp(final ByteBuffer buffer, final int at) {
        sourcePort = buffer.getShort(at) & 0xffff;
        destinationPort = buffer.getShort(at + 2) & 0xffff;
        segSeq = buffer.getInt(at + 4);
    }

    /** The packet was longer than a link on the way takes, and must not be fragmented. */
    public boolean isTooBig() {
        return tooBig;
    }

    /** Who says so. */
    public IpAddress sender() {
        return new IpAddress(senderHigh, senderLow);
    }

    /** Of what kind it is, in the numbers of the packet's family (RFC 792, RFC 4443). */
    public int type() {
        return type;
    }

    public int code() {
        return code;
    }

    /** What that link takes, bytes; 0 when the router does not say. */
    public int mtu() {
        return mtu;
    }

    /** Of the packet that was not forwarded; the address as in {@link IpAddress}. */
    public long sourceHigh() {
        return sourceHigh;
    }

    public long sourceLow() {
        return sourceLow;
    }

    public long destinationHigh() {
        return destinationHigh;
    }

    public long destinationLow() {
        return destinationLow;
    }

    public int sourcePort() {
        return sourcePort;
    }

    public int destinationPort() {
        return destinationPort;
    }

    /** SEG.SEQ of the packet that was not forwarded. */
    public int segSeq() {
        return segSeq;
    }
}
