package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/** PPP (RFC 1661), in the framings that captures hold it in, and Cisco's HDLC (RFC 1547 4.3.1). */
final class Ppp {
    /** Address and control field of HDLC-like framing (RFC 1662 3.1). */
    private static final int ALL_STATIONS_UI = 0xff03;

    private static final int CISCO_UNICAST = 0x0f;
    private static final int CISCO_BROADCAST = 0x8f;
    private static final int CISCO_LENGTH = 4;

    private static final int PROTOCOL_IPV4 = 0x0021;
    private static final int PROTOCOL_IPV6 = 0x0057;
    private static final int PROTOCOL_MPLS = 0x0281;
    private static final int PROTOCOL_MPLS_UPSTREAM = 0x0283;

    private Ppp() {}

    /** As {@link LinkLayer#findNetworkLayer}, for HDLC-like framing, none, or Cisco's, which its first byte tells. */
    static int behindFraming(final ByteBuffer buffer, final int offset, final int at, final int caplen) {
        if (caplen - at < 2) {
            return LinkLayer.TOO_SHORT;
        }
        final int address = buffer.get(offset + at) & 0xff;
        if (address == CISCO_UNICAST || address == CISCO_BROADCAST) {
            return behindCisco(buffer, offset, at, caplen);
        }
        final boolean framed = (buffer.getShort(offset + at) & 0xffff) == ALL_STATIONS_UI;
        return behindProtocol(buffer, offset, framed ? at + 2 : at, caplen);
    }

    /** As {@link LinkLayer#findNetworkLayer}, for Cisco's HDLC: address, control, EtherType. */
    static int behindCisco(final ByteBuffer buffer, final int offset, final int at, final int caplen) {
        return caplen - at < CISCO_LENGTH
                ? LinkLayer.TOO_SHORT
                : LinkLayer.found(at + CISCO_LENGTH, buffer.getShort(offset + at + 2) & 0xffff);
    }

    /** As {@link LinkLayer#findNetworkLayer}, for a PPP protocol field, one byte of it when it is compressed. */
    static int behindProtocol(final ByteBuffer buffer, final int offset, final int at, final int caplen) {
        if (caplen - at < 1) {
            return LinkLayer.TOO_SHORT;
        }
        int protocol = buffer.get(offset + at) & 0xff;
        int length = 1;
        // RFC 1661 2: the last byte of a protocol field is odd, all others are even.
        if ((protocol & 1) == 0) {
            if (caplen - at < 2) {
                return LinkLayer.TOO_SHORT;
            }
            protocol = buffer.getShort(offset + at) & 0xffff;
            length = 2;
        }
        return switch (protocol) {
            case PROTOCOL_IPV4 -> LinkLayer.found(at + length, EtherType.IPV4);
            case PROTOCOL_IPV6 -> LinkLayer.found(at + length, EtherType.IPV6);
            case PROTOCOL_MPLS -> LinkLayer.found(at + length, EtherType.MPLS);
            case PROTOCOL_MPLS_UPSTREAM -> LinkLayer.found(at + length, EtherType.MPLS_UPSTREAM);
            default -> LinkLayer.NO_ETHERTYPE;
        };
    }
}
