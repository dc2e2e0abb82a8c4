package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * What nearly every packet is: TCP in IPv4 without options in Ethernet without tags, whole or cut behind its TCP header. It
 * is read in six words instead of twenty fields, for a third of the time. Of anything else nothing is said, good or bad: that
 * is {@link PacketDecoder}'s, which says the same of these.
 *
 * <pre>
 * 12  EtherType u16 | version, IHL u8 | DSCP, ECN u8 | Total Length u16 | Identification u16
 * 20  flags, fragment offset u16 | TTL u8 | protocol u8 | checksum u16 | (source)
 * 26  source u32 | destination u32
 * 34  source port u16 | destination port u16 | sequence number u32
 * 42  acknowledgement u32 | data offset u8 | control bits u8 | window u16
 * 50  checksum u16 | urgent pointer u16
 * </pre>
 */
final class PlainSegment {
    private static final int IP_AT = EthernetHeader.LENGTH;
    private static final int TCP_AT = IP_AT + Ipv4Header.MIN_LENGTH;
    private static final int LEAST_CAPLEN = TCP_AT + TcpHeader.MIN_LENGTH;

    /** EtherType, version and IHL in one. */
    private static final int IPV4_WITHOUT_OPTIONS = EtherType.IPV4 << 8 | 0x45;

    private PlainSegment() {}

    /** Whether it is one; {@code view} then is filled, and else untouched. */
    static boolean decode(
            final ByteBuffer buffer, final int offset, final int caplen, final int wireLength, final PacketView view) {
        if (caplen < LEAST_CAPLEN) {
            return false;
        }
        final long word12 = Words.i64(buffer, offset + 12);
        final long word20 = Words.i64(buffer, offset + 20);
        final int fragment = (int) (word20 >>> 48) & (Ipv4Header.MORE_FRAGMENTS | Ipv4Header.FRAGMENT_MASK);
        final int protocol = (int) (word20 >>> 32) & 0xff;
        if (word12 >>> 40 != IPV4_WITHOUT_OPTIONS || protocol != IpProtocol.TCP || fragment != 0) {
            return false;
        }
        final int length = Math.min((int) (word12 >>> 16) & 0xffff, wireLength - IP_AT) - Ipv4Header.MIN_LENGTH;
        final long word42 = Words.i64(buffer, offset + 42);
        final int headerLength = (int) (word42 >>> 26) & 0x3c;
        // A Total Length of 0 (TSO) is left to who knows what it means.
        if (headerLength < TcpHeader.MIN_LENGTH || headerLength > length) {
            return false;
        }
        final long word26 = Words.i64(buffer, offset + 26);
        final long word34 = Words.i64(buffer, offset + 34);
        final int word50 = Words.i32(buffer, offset + 50);
        view.buffer = buffer;
        view.tunnel = Tunnel.NONE;
        view.ipVersion = 4;
        view.ipId = (int) word12 & 0xffff;
        view.trafficClass = (int) (word12 >>> 32) & 0xff;
        view.hopLimit = (int) (word20 >>> 40) & 0xff;
        view.sourceHigh = 0;
        view.sourceLow = IpAddress.mapV4((int) (word26 >>> 32));
        view.destinationHigh = 0;
        view.destinationLow = IpAddress.mapV4((int) word26);
        view.sourcePort = (int) (word34 >>> 48);
        view.destinationPort = (int) (word34 >>> 32) & 0xffff;
        view.segSeq = (int) word34;
        view.segAck = (int) (word42 >>> 32);
        view.segFlags = (int) (word42 >>> 16) & 0xff;
        view.segWnd = (int) word42 & 0xffff;
        view.tcpChecksum = word50 >>> 16;
        view.segUp = word50 & 0xffff;
        // The snaplen may have cut inside the options: the header is whole, its options and payload are not.
        final int captured = caplen - TCP_AT;
        final int capturedHeader = Math.min(headerLength, captured);
        view.optionsOffset = offset + TCP_AT + TcpHeader.OPTIONS_OFFSET;
        view.optionsLength = capturedHeader - TcpHeader.MIN_LENGTH;
        view.payloadOffset = offset + TCP_AT + capturedHeader;
        view.payloadLength = length - headerLength;
        view.payloadCaplen = Math.min(view.payloadLength, captured - capturedHeader);
        view.payloadDigest = PacketView.NO_DIGEST;
        return true;
    }
}
