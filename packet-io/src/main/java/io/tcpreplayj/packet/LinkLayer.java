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

    /** More tags than this are an attack, not a packet; what follows them is then not IP. */
    private static final int MAX_VLAN_TAGS = 4;

    /** LINKTYPE_NULL and LINKTYPE_LOOP: the address family, 4 bytes. */
    private static final int NULL_LENGTH = 4;

    private static final int SLL_PROTOCOL_OFFSET = 14;
    private static final int SLL_LENGTH = 16;
    private static final int SLL2_PROTOCOL_OFFSET = 0;
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
     *     or {@link #TOO_SHORT}, {@link #UNKNOWN} or {@link #NO_ETHERTYPE}
     */
    static int findNetworkLayer(final ByteBuffer buffer, final int offset, final int caplen, final int linktype) {
        return switch (linktype) {
            case Linktype.ETHERNET ->
                behindTags(buffer, offset, caplen, EthernetHeader.ETHERTYPE_OFFSET, EthernetHeader.LENGTH);
            case Linktype.LINUX_SLL -> behindTags(buffer, offset, caplen, SLL_PROTOCOL_OFFSET, SLL_LENGTH);
            case Linktype.LINUX_SLL2 -> behindTags(buffer, offset, caplen, SLL2_PROTOCOL_OFFSET, SLL2_LENGTH);
            case Linktype.NULL, Linktype.LOOP -> behindAddressFamily(buffer, offset, caplen);
            case Linktype.RAW, DLT_RAW, DLT_RAW_OPENBSD -> byVersion(buffer, offset, caplen);
            case Linktype.IPV4 -> EtherType.IPV4;
            case Linktype.IPV6 -> EtherType.IPV6;
            default -> UNKNOWN;
        };
    }

    private static int behindTags(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int etherTypeOffset,
            final int headerLength) {
        if (caplen < headerLength) {
            return TOO_SHORT;
        }
        int etherType = buffer.getShort(offset + etherTypeOffset) & 0xffff;
        int length = headerLength;
        for (int tags = 0; tags < MAX_VLAN_TAGS && EtherType.isVlanTag(etherType); tags++) {
            if (caplen - length < EthernetHeader.VLAN_TAG_LENGTH) {
                return TOO_SHORT;
            }
            etherType = buffer.getShort(offset + length + 2) & 0xffff;
            length += EthernetHeader.VLAN_TAG_LENGTH;
        }
        return length << 16 | etherType;
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

    private static int byVersion(final ByteBuffer buffer, final int offset, final int caplen) {
        if (caplen < 1) {
            return TOO_SHORT;
        }
        return switch ((buffer.get(offset) & 0xff) >>> 4) {
            case 4 -> EtherType.IPV4;
            case 6 -> EtherType.IPV6;
            default -> NO_ETHERTYPE;
        };
    }
}
