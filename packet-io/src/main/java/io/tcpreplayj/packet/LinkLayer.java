package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/** Finds where the network layer begins behind each kind of link-layer header that {@link Linktype} lists. */
final class LinkLayer {
    /** The packet ends inside its link-layer header. */
    static final int TOO_SHORT = -1;

    /** A link type that is not decoded. */
    static final int UNKNOWN = -2;

    /** No EtherType can be told from the link layer. */
    static final int NO_ETHERTYPE = -3;

    /** What follows is encrypted. */
    static final int ENCRYPTED = -4;

    /** What follows is several packets, or a part of one. */
    static final int NOT_WHOLE = -5;

    /** More tags than this are an attack, not a packet; what follows them is then not IP. */
    private static final int MAX_VLAN_TAGS = 4;

    private static final int MAX_LENGTH = 0x7fff;

    /** LINKTYPE_NULL and LINKTYPE_LOOP: the address family, 4 bytes. */
    private static final int NULL_LENGTH = 4;

    private static final int SLL_PROTOCOL_OFFSET = 14;
    private static final int SLL_LENGTH = 16;
    private static final int SLL2_PROTOCOL_OFFSET = 0;
    private static final int SLL2_TYPE_OFFSET = 10;
    private static final int SLL2_LENGTH = 20;

    /** What DLT_RAW is on most systems, and on OpenBSD; old tools wrote it where LINKTYPE_RAW belongs. */
    private static final int DLT_RAW = 12;

    private static final int DLT_RAW_OPENBSD = 14;

    private static final int AF_INET = 2;

    private LinkLayer() {}

    /**
     * Looks behind the link-layer header.
     *
     * @return {@code length << 16 | etherType} where {@code length} counts the link-layer header with its VLAN tags;
     *     or {@link #TOO_SHORT}, {@link #UNKNOWN}, {@link #NO_ETHERTYPE}, {@link #ENCRYPTED} or {@link #NOT_WHOLE}
     */
    static int findNetworkLayer(final ByteBuffer buffer, final int offset, final int caplen, final int linktype) {
        return switch (linktype) {
            case Linktype.ETHERNET -> behindEthernet(buffer, offset, 0, caplen);
            case Linktype.LINUX_SLL -> behindTags(buffer, offset, caplen, SLL_PROTOCOL_OFFSET, SLL_LENGTH);
            case Linktype.LINUX_SLL2 -> behindTags(buffer, offset, caplen, SLL2_PROTOCOL_OFFSET, SLL2_LENGTH);
            case Linktype.NULL, Linktype.LOOP -> behindAddressFamily(buffer, offset, caplen);
            case Linktype.RAW, DLT_RAW, DLT_RAW_OPENBSD -> byVersion(buffer, offset, 0, caplen);
            case Linktype.IPV4 -> EtherType.IPV4;
            case Linktype.IPV6 -> EtherType.IPV6;
            default -> behindRare(buffer, offset, caplen, linktype);
        };
    }

    /**
     * Whether the frame was for more than one host: the group bit of an Ethernet address, or what a cooked header says. Asked
     * only of a link type whose header {@link #findNetworkLayer} found whole.
     */
    static boolean isToGroup(final ByteBuffer buffer, final int offset, final int linktype) {
        return switch (linktype) {
            case Linktype.ETHERNET -> (buffer.get(offset) & 1) != 0;
            case Linktype.LINUX_SLL -> isGroupType(buffer.getShort(offset));
            case Linktype.LINUX_SLL2 -> isGroupType(buffer.get(offset + SLL2_TYPE_OFFSET));
            default -> false;
        };
    }

    /** PACKET_BROADCAST or PACKET_MULTICAST (linux/if_packet.h). */
    private static boolean isGroupType(final int packetType) {
        return packetType == 1 || packetType == 2;
    }

    private static int behindRare(final ByteBuffer buffer, final int offset, final int caplen, final int linktype) {
        return switch (linktype) {
            case Linktype.PPP, Linktype.PPP_HDLC -> Ppp.behindFraming(buffer, offset, 0, caplen);
            case Linktype.PPP_WITH_DIR -> Ppp.behindFraming(buffer, offset, 1, caplen);
            // The direction stands in the place of the address field; the control field follows.
            case Linktype.PPP_PPPD -> Ppp.behindProtocol(buffer, offset, 2, caplen);
            case Linktype.PPP_ETHER -> EtherType.PPPOE_SESSION;
            case Linktype.C_HDLC -> Ppp.behindCisco(buffer, offset, 0, caplen);
            case Linktype.ATM_RFC1483 -> Llc.behind(buffer, offset, 0, caplen);
            case Linktype.IEEE802_11 -> Ieee80211.behind(buffer, offset, 0, caplen, false);
            case Linktype.IEEE802_11_RADIOTAP -> Ieee80211.behindRadiotap(buffer, offset, caplen);
            case Linktype.IEEE802_11_PRISM -> Ieee80211.behindPrism(buffer, offset, caplen);
            case Linktype.IEEE802_11_AVS -> Ieee80211.behindAvs(buffer, offset, caplen);
            case Linktype.PPI -> Ieee80211.behindPpi(buffer, offset, caplen);
            case Linktype.NFLOG -> Nflog.behind(buffer, offset, caplen);
            default -> UNKNOWN;
        };
    }

    /** As {@link #findNetworkLayer}, for an Ethernet header at {@code at}, on the wire or in a tunnel. */
    static int behindEthernet(final ByteBuffer buffer, final int offset, final int at, final int caplen) {
        return behindTags(buffer, offset, caplen, at + EthernetHeader.ETHERTYPE_OFFSET, at + EthernetHeader.LENGTH);
    }

    /** The way in which this class says what it found. */
    static int found(final int length, final int etherType) {
        // No header is so long; what claims to be would not leave room for the sign.
        return length > MAX_LENGTH ? TOO_SHORT : length << 16 | etherType;
    }

    private static int behindTags(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int etherTypeOffset,
            final int headersLength) {
        if (caplen < headersLength) {
            return TOO_SHORT;
        }
        int etherType = buffer.getShort(offset + etherTypeOffset) & 0xffff;
        if (etherType == EtherType.IPV4 || etherType == EtherType.IPV6) {
            return headersLength << 16 | etherType;
        }
        int length = headersLength;
        for (int tags = 0; tags < MAX_VLAN_TAGS && EtherType.isVlanTag(etherType); tags++) {
            if (caplen - length < EthernetHeader.VLAN_TAG_LENGTH) {
                return TOO_SHORT;
            }
            etherType = buffer.getShort(offset + length + 2) & 0xffff;
            length += EthernetHeader.VLAN_TAG_LENGTH;
        }
        // Too little is added here to lose more than the sign, and what is negative and has no name is malformed.
        return etherType >= EtherType.LEAST ? length << 16 | etherType : Llc.behind(buffer, offset, length, caplen);
    }

    private static int behindAddressFamily(final ByteBuffer buffer, final int offset, final int caplen) {
        if (caplen < NULL_LENGTH) {
            return TOO_SHORT;
        }
        // LINKTYPE_NULL is in the byte order of the capturing host, which the file does not tell; families are small.
        final int raw = buffer.getInt(offset);
        final int family = (raw & 0xffff_0000) != 0 ? Integer.reverseBytes(raw) : raw;
        return switch (family) {
            case AF_INET -> NULL_LENGTH << 16 | EtherType.IPV4;
            // AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
            case 10, 23, 24, 28, 30 -> NULL_LENGTH << 16 | EtherType.IPV6;
            default -> NO_ETHERTYPE;
        };
    }

    /** As {@link #findNetworkLayer}, for an IP packet at {@code at}, of the version that its first four bits tell. */
    static int byVersion(final ByteBuffer buffer, final int offset, final int at, final int caplen) {
        if (caplen - at < 1) {
            return TOO_SHORT;
        }
        return switch ((buffer.get(offset + at) & 0xff) >>> 4) {
            case 4 -> found(at, EtherType.IPV4);
            case 6 -> found(at, EtherType.IPV6);
            default -> NO_ETHERTYPE;
        };
    }
}
