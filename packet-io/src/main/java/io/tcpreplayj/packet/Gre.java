package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * GRE headers (RFC 2784, with key and sequence number of RFC 2890), PPTP's of version 1 (RFC 2637 4.1), and the ERSPAN
 * headers behind them (draft-foschiano-erspan).
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+---------------+-+-----+-------------------------------+
 * |C|R|K|S|    reserved   |A| Ver |         Protocol Type         |
 * +-+-+-+-+---------------+-+-----+-------------------------------+
 * |     Checksum (C or R)         |            reserved           |
 * |                          Key (K)                              |
 * |                  Sequence Number (S)                          |
 * |            Acknowledgment Number (A, version 1)               |
 * </pre>
 */
final class Gre {
    private static final int CHECKSUM = 0x8000;
    private static final int ROUTING = 0x4000;
    private static final int KEY = 0x2000;
    private static final int SEQUENCE_NUMBER = 0x1000;
    private static final int ACKNOWLEDGMENT = 0x0080;
    private static final int VERSION = 0x0007;
    private static final int PPTP = 1;

    private static final int BASE_LENGTH = 4;
    private static final int WORD = 4;

    private static final int ERSPAN_II_LENGTH = 8;
    private static final int ERSPAN_III_LENGTH = 12;
    private static final int ERSPAN_SESSION = 0x03ff;
    /** Lowest bit of type III's last byte: a platform-specific header of 8 bytes follows. */
    private static final int ERSPAN_SUBHEADER = 0x01;

    private static final int ERSPAN_SUBHEADER_LENGTH = 8;

    private Gre() {}

    /** As {@link LinkLayer#findNetworkLayer}, for a GRE header at {@code at}; notes the tunnel in the view. */
    static int behind(final int offset, final int at, final int caplen, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        if (caplen - at < BASE_LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        final int flags = buffer.getShort(offset + at) & 0xffff;
        final int protocol = buffer.getShort(offset + at + 2) & 0xffff;
        final int version = flags & VERSION;
        // Source routes of RFC 1701 were abolished by RFC 2784 and are not followed.
        if (version > PPTP || (flags & ROUTING) != 0 || (version == PPTP) != (protocol == EtherType.PPP)) {
            return LinkLayer.NO_ETHERTYPE;
        }
        int end = at + BASE_LENGTH + ((flags & CHECKSUM) != 0 ? WORD : 0);
        final int keyAt = end;
        end += (flags & KEY) != 0 ? WORD : 0;
        end += (flags & SEQUENCE_NUMBER) != 0 ? WORD : 0;
        end += version == PPTP && (flags & ACKNOWLEDGMENT) != 0 ? WORD : 0;
        if (caplen < end) {
            return LinkLayer.TOO_SHORT;
        }
        final long outer = view.tunnel;
        if ((flags & KEY) == 0) {
            view.tunnel = Tunnel.within(outer, Tunnel.Kind.GRE);
        } else {
            final int key = buffer.getInt(offset + keyAt);
            // PPTP's key is the payload's length and the call id.
            view.tunnel = Tunnel.within(outer, Tunnel.Kind.GRE, version == PPTP ? key & 0xffff : key);
        }
        return switch (protocol) {
            case EtherType.ETHERNET_BRIDGING -> LinkLayer.behindEthernet(buffer, offset, end, caplen);
            case EtherType.PPP -> Ppp.behindFraming(buffer, offset, end, caplen);
            case EtherType.ERSPAN, EtherType.ERSPAN_III -> {
                view.tunnel = outer;
                yield behindErspan(protocol, (flags & SEQUENCE_NUMBER) != 0, offset, end, caplen, view);
            }
            default -> LinkLayer.found(end, protocol);
        };
    }

    private static int behindErspan(
            final int protocol,
            final boolean numbered,
            final int offset,
            final int at,
            final int caplen,
            final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        if (protocol == EtherType.ERSPAN && !numbered) {
            // Type I has no header of its own.
            view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.ERSPAN);
            return LinkLayer.behindEthernet(buffer, offset, at, caplen);
        }
        int length = protocol == EtherType.ERSPAN ? ERSPAN_II_LENGTH : ERSPAN_III_LENGTH;
        if (caplen - at < length) {
            return LinkLayer.TOO_SHORT;
        }
        if (protocol == EtherType.ERSPAN_III && (buffer.get(offset + at + length - 1) & ERSPAN_SUBHEADER) != 0) {
            length += ERSPAN_SUBHEADER_LENGTH;
        }
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.ERSPAN, buffer.getShort(offset + at + 2) & ERSPAN_SESSION);
        return LinkLayer.behindEthernet(buffer, offset, at + length, caplen);
    }
}
