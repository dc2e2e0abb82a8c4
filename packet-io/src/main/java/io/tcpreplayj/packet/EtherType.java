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

    private EtherType() {}

    /** Whether {@code etherType} announces a VLAN tag: 2 bytes of tag, then the EtherType of what follows. */
    public static boolean isVlanTag(final int etherType) {
        return etherType == VLAN || etherType == SERVICE_VLAN || etherType == OLD_SERVICE_VLAN;
    }
}
