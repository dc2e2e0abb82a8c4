package io.tcpreplayj.packet;

/** EtherType values (IEEE 802 registry) that the decoder follows or the sender writes. */
public final class EtherType {
    public static final int IPV4 = 0x0800;
    public static final int ARP = 0x0806;
    public static final int IPV6 = 0x86dd;

    /** IEEE 802.1Q customer tag. */
    public static final int VLAN = 0x8100;

    /** IEEE 802.1ad service tag (QinQ). */
    public static final int SERVICE_VLAN = 0x88a8;

    /** The outer tag of QinQ gear older than 802.1ad. */
    public static final int OLD_SERVICE_VLAN = 0x9100;

    /** Transparent Ethernet Bridging: an Ethernet frame follows (GRE, Geneve). */
    public static final int ETHERNET_BRIDGING = 0x6558;

    /** MPLS label stack, unicast (RFC 3032). */
    public static final int MPLS = 0x8847;

    /** MPLS label stack, multicast or upstream-assigned (RFC 5332). */
    public static final int MPLS_UPSTREAM = 0x8848;

    /** PPPoE session stage (RFC 2516). */
    public static final int PPPOE_SESSION = 0x8864;

    /** PPP in GRE version 1 (RFC 2637 4.1). */
    public static final int PPP = 0x880b;

    /** ERSPAN type I and II over GRE (draft-foschiano-erspan). */
    public static final int ERSPAN = 0x88be;

    /** ERSPAN type III over GRE (draft-foschiano-erspan). */
    public static final int ERSPAN_III = 0x22eb;

    /** Below this the field is the frame's length, and an LLC header follows (IEEE 802.3 3.2.6). */
    static final int LEAST = 0x600;

    private EtherType() {}

    /** Whether {@code etherType} announces a VLAN tag: 2 bytes of tag, then the EtherType of what follows. */
    public static boolean isVlanTag(final int etherType) {
        return etherType == VLAN || etherType == SERVICE_VLAN || etherType == OLD_SERVICE_VLAN;
    }
}
