package io.tcpreplayj.packet;

/** Field offsets of an Ethernet II header, from its first byte. */
public final class EthernetHeader {
    public static final int DESTINATION_OFFSET = 0;
    public static final int SOURCE_OFFSET = 6;
    public static final int ETHERTYPE_OFFSET = 12;
    public static final int LENGTH = 14;

    /** Length of one VLAN tag: 2 bytes of PCP, DEI and VID, then the next EtherType. */
    public static final int VLAN_TAG_LENGTH = 4;

    private EthernetHeader() {}
}
