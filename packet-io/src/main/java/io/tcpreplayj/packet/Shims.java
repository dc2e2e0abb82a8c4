package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * Encapsulations whose headers are a few words: MPLS, PPPoE, IP in IP. Methods answer as
 * {@link LinkLayer#findNetworkLayer} does, and note the tunnel in the view.
 */
final class Shims {
    private static final int LABEL_LENGTH = 4;
    private static final int LABEL_SHIFT = 12;
    private static final int BOTTOM_OF_STACK = 0x100;

    /** More labels than this are an attack, not a packet. */
    private static final int MAX_LABELS = 16;

    /** What precedes Ethernet in a pseudowire; its first 4 bits are 0 (RFC 4385 3). */
    private static final int CONTROL_WORD_LENGTH = 4;

    private static final int PPPOE_LENGTH = 6;
    /** Version 1, type 1, code 0: a session's data (RFC 2516 4). */
    private static final int PPPOE_DATA = 0x1100;

    private Shims() {}

    /** IP directly behind IP. */
    static int behindNothing(final int at, final int etherType, final PacketView view) {
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.IPIP);
        return LinkLayer.found(at, etherType);
    }

    /**
     * A label stack (RFC 3032 2.1). It does not say what follows: an IP version tells itself, 0 announces the control word
     * of an Ethernet pseudowire (RFC 4928 3, RFC 4448 4.6).
     */
    static int behindMpls(final int offset, final int at, final int caplen, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        int end = at;
        int entry;
        do {
            if (caplen - end < LABEL_LENGTH) {
                return LinkLayer.TOO_SHORT;
            }
            if (end - at == MAX_LABELS * LABEL_LENGTH) {
                return LinkLayer.NO_ETHERTYPE;
            }
            entry = buffer.getInt(offset + end);
            end += LABEL_LENGTH;
        } while ((entry & BOTTOM_OF_STACK) == 0);
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.MPLS, entry >>> LABEL_SHIFT);
        final boolean controlWord = end < caplen && (buffer.get(offset + end) & 0xf0) == 0;
        return controlWord
                ? LinkLayer.behindEthernet(buffer, offset, end + CONTROL_WORD_LENGTH, caplen)
                : LinkLayer.byVersion(buffer, offset, end, caplen);
    }

    /** A PPPoE session's data: version, code, session id, length, then PPP's protocol. */
    static int behindPppoe(final int offset, final int at, final int caplen, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        if (caplen - at < PPPOE_LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        if ((buffer.getShort(offset + at) & 0xffff) != PPPOE_DATA) {
            return LinkLayer.NO_ETHERTYPE;
        }
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.PPPOE, buffer.getShort(offset + at + 2) & 0xffff);
        return Ppp.behindProtocol(buffer, offset, at + PPPOE_LENGTH, caplen);
    }
}
