package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * Tunnels that a UDP port announces. A port alone is not believed: every fixed bit of the tunnel's header must be as its
 * standard says, and {@link PacketDecoder} then wants an IP packet inside. Methods answer as
 * {@link LinkLayer#findNetworkLayer} does, and note the tunnel in the view.
 */
final class UdpTunnels {
    private static final int UDP_LENGTH = 8;

    private static final int VXLAN_PORT = 4789;
    /** Linux's before IANA gave one. */
    private static final int VXLAN_OLD_PORT = 8472;

    private static final int VXLAN_GPE_PORT = 4790;
    private static final int GENEVE_PORT = 6081;
    private static final int GTP_PORT = 2152;
    private static final int TEREDO_PORT = 3544;
    private static final int GRE_PORT = 4754;

    private static final int VXLAN_LENGTH = 8;
    /** First byte: I must be set, the Group Policy extension's G may be. */
    private static final int VXLAN_FLAGS = 0x08;

    private static final int VXLAN_GROUP_POLICY = 0x80;

    /** The first word of VXLAN-GPE but for its last byte, the next protocol: I and P, version 0. */
    private static final int VXLAN_GPE = 0x0c0000;

    private static final int GENEVE_LENGTH = 8;
    /** The first byte is the version, which is 0, and up to 63 words of options. */
    private static final int GENEVE_MAX_OPTION_WORDS = 0x3f;

    /** Second byte: O and C; the other bits are reserved. */
    private static final int GENEVE_RESERVED = 0x3f;

    private static final int GTP_LENGTH = 8;
    /** Version 1, protocol type GTP, the reserved bit; below them E, S and PN. */
    private static final int GTP_FIXED_MASK = 0xf8;

    private static final int GTP_FIXED = 0x30;
    private static final int GTP_OPTIONAL = 0x07;
    private static final int GTP_EXTENSION = 0x04;
    private static final int GTP_OPTIONAL_LENGTH = 4;
    /** The message type of user data. */
    private static final int GTP_G_PDU = 255;

    private static final int MAX_GTP_EXTENSIONS = 8;

    /** Indicators before a Teredo packet (RFC 4380 5.1.1). */
    private static final int TEREDO_ORIGIN = 0x0000;

    private static final int TEREDO_ORIGIN_LENGTH = 8;
    private static final int TEREDO_AUTHENTICATION = 0x0001;
    private static final int TEREDO_AUTHENTICATION_LENGTH = 13;
    /** 2001:0::/32. */
    private static final int TEREDO_PREFIX = 0x2001_0000;

    private UdpTunnels() {}

    /** For a UDP header at {@code at}. */
    static int behind(final int offset, final int at, final int caplen, final PacketView view) {
        if (caplen - at < UDP_LENGTH) {
            return LinkLayer.NO_ETHERTYPE;
        }
        final int sourcePort = view.buffer.getShort(offset + at) & 0xffff;
        final int destinationPort = view.buffer.getShort(offset + at + 2) & 0xffff;
        final int payload = at + UDP_LENGTH;
        return switch (destinationPort) {
            case VXLAN_PORT, VXLAN_OLD_PORT -> behindVxlan(offset, payload, caplen, view);
            case VXLAN_GPE_PORT -> behindVxlanGpe(offset, payload, caplen, view);
            case GENEVE_PORT -> behindGeneve(offset, payload, caplen, view);
            case GTP_PORT -> behindGtp(offset, payload, caplen, view);
            case GRE_PORT -> Gre.behind(offset, payload, caplen, view);
            case TEREDO_PORT -> behindTeredo(offset, payload, caplen, view);
            default ->
                switch (sourcePort) {
                    case GTP_PORT -> behindGtp(offset, payload, caplen, view);
                    case TEREDO_PORT -> behindTeredo(offset, payload, caplen, view);
                    default -> LinkLayer.NO_ETHERTYPE;
                };
        };
    }

    /**
     * VXLAN (RFC 7348 5; draft-smith-vxlan-group-policy).
     *
     * <pre>
     * +--------+---------------+---------------+----------------------------+--------+
     * |G...I...|   reserved    |  group policy |             VNI            |   0    |
     * +--------+---------------+---------------+----------------------------+--------+
     * </pre>
     */
    private static int behindVxlan(final int offset, final int at, final int caplen, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        if (caplen - at < VXLAN_LENGTH) {
            return LinkLayer.NO_ETHERTYPE;
        }
        final int word = buffer.getInt(offset + at);
        final int vni = buffer.getInt(offset + at + 4);
        final boolean plain = word == VXLAN_FLAGS << 24;
        final boolean grouped = word >>> 24 == (VXLAN_FLAGS | VXLAN_GROUP_POLICY);
        if ((!plain && !grouped) || (vni & 0xff) != 0) {
            return LinkLayer.NO_ETHERTYPE;
        }
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.VXLAN, vni >>> 8);
        return LinkLayer.behindEthernet(buffer, offset, at + VXLAN_LENGTH, caplen);
    }

    /** VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe 3): the last reserved byte of the first word says what follows. */
    private static int behindVxlanGpe(final int offset, final int at, final int caplen, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        if (caplen - at < VXLAN_LENGTH) {
            return LinkLayer.NO_ETHERTYPE;
        }
        final int word = buffer.getInt(offset + at);
        final int vni = buffer.getInt(offset + at + 4);
        if (word >>> 8 != VXLAN_GPE || (vni & 0xff) != 0) {
            return LinkLayer.NO_ETHERTYPE;
        }
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.VXLAN, vni >>> 8);
        final int end = at + VXLAN_LENGTH;
        return switch (word & 0xff) {
            case 1 -> LinkLayer.found(end, EtherType.IPV4);
            case 2 -> LinkLayer.found(end, EtherType.IPV6);
            case 3 -> LinkLayer.behindEthernet(buffer, offset, end, caplen);
            default -> LinkLayer.NO_ETHERTYPE;
        };
    }

    /**
     * Geneve (RFC 8926 3.4).
     *
     * <pre>
     * +--+--------+--------+-----------------+----------------------------+--------+-------------
     * |0 | Opt Len|O C ... |  Protocol Type  |             VNI            |   0    | options ...
     * +--+--------+--------+-----------------+----------------------------+--------+-------------
     * </pre>
     */
    private static int behindGeneve(final int offset, final int at, final int caplen, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        if (caplen - at < GENEVE_LENGTH) {
            return LinkLayer.NO_ETHERTYPE;
        }
        final int optionWords = buffer.get(offset + at) & 0xff;
        final int vni = buffer.getInt(offset + at + 4);
        final int length = GENEVE_LENGTH + (optionWords << 2);
        if (optionWords > GENEVE_MAX_OPTION_WORDS
                || (buffer.get(offset + at + 1) & GENEVE_RESERVED) != 0
                || (vni & 0xff) != 0
                || caplen - at < length) {
            return LinkLayer.NO_ETHERTYPE;
        }
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.GENEVE, vni >>> 8);
        final int protocol = buffer.getShort(offset + at + 2) & 0xffff;
        return protocol == EtherType.ETHERNET_BRIDGING
                ? LinkLayer.behindEthernet(buffer, offset, at + length, caplen)
                : LinkLayer.found(at + length, protocol);
    }

    /**
     * GTP-U (3GPP TS 29.281 5.1); each extension header ends with the type of the next, 0 for none (5.2.1).
     *
     * <pre>
     * +--------+--------+-----------------+---------------------+ - - - - - - - - - - - - - - - +
     * |  flags |  255   |     length      |        TEID         | sequence | N-PDU | next type   |
     * +--------+--------+-----------------+---------------------+ - - - - - - - - - - - - - - - +
     * </pre>
     */
    private static int behindGtp(final int offset, final int at, final int caplen, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        if (caplen - at < GTP_LENGTH + GTP_OPTIONAL_LENGTH) {
            return LinkLayer.NO_ETHERTYPE;
        }
        final int flags = buffer.get(offset + at) & 0xff;
        if ((flags & GTP_FIXED_MASK) != GTP_FIXED || (buffer.get(offset + at + 1) & 0xff) != GTP_G_PDU) {
            return LinkLayer.NO_ETHERTYPE;
        }
        int end = at + GTP_LENGTH + ((flags & GTP_OPTIONAL) != 0 ? GTP_OPTIONAL_LENGTH : 0);
        int next = (flags & GTP_EXTENSION) != 0 ? buffer.get(offset + end - 1) & 0xff : 0;
        for (int i = 0; next != 0; i++) {
            if (i == MAX_GTP_EXTENSIONS || end >= caplen) {
                return LinkLayer.NO_ETHERTYPE;
            }
            final int length = (buffer.get(offset + end) & 0xff) << 2;
            if (length == 0 || caplen - end < length) {
                return LinkLayer.NO_ETHERTYPE;
            }
            end += length;
            next = buffer.get(offset + end - 1) & 0xff;
        }
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.GTP, buffer.getInt(offset + at + 4));
        return LinkLayer.byVersion(buffer, offset, end, caplen);
    }

    /** Teredo (RFC 4380 5.1): an IPv6 packet, of which one end at least has a Teredo address, behind indicators. */
    private static int behindTeredo(final int offset, final int at, final int caplen, final PacketView view) {
        final ByteBuffer buffer = view.buffer;
        int ipv6 = at;
        if (caplen - ipv6 >= TEREDO_AUTHENTICATION_LENGTH
                && (buffer.getShort(offset + ipv6) & 0xffff) == TEREDO_AUTHENTICATION) {
            // Lengths of client id and authentication value, then these two; behind them nonce and confirmation.
            ipv6 += TEREDO_AUTHENTICATION_LENGTH
                    + (buffer.get(offset + ipv6 + 2) & 0xff)
                    + (buffer.get(offset + ipv6 + 3) & 0xff);
        }
        if (caplen - ipv6 >= TEREDO_ORIGIN_LENGTH && (buffer.getShort(offset + ipv6) & 0xffff) == TEREDO_ORIGIN) {
            ipv6 += TEREDO_ORIGIN_LENGTH;
        }
        if (caplen - ipv6 < Ipv6Header.LENGTH
                || (buffer.getInt(offset + ipv6 + Ipv6Header.SOURCE_OFFSET) != TEREDO_PREFIX
                        && buffer.getInt(offset + ipv6 + Ipv6Header.DESTINATION_OFFSET) != TEREDO_PREFIX)) {
            return LinkLayer.NO_ETHERTYPE;
        }
        view.tunnel = Tunnel.within(view.tunnel, Tunnel.Kind.TEREDO);
        return LinkLayer.found(ipv6, EtherType.IPV6);
    }
}
