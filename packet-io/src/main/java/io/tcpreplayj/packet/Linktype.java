package io.tcpreplayj.packet;

/** LINKTYPE_ values of capture files that the decoder understands (the pcap draft's registry). */
public final class Linktype {
    public static final int NULL = 0;
    public static final int ETHERNET = 1;
    public static final int RAW = 101;
    public static final int LOOP = 108;
    public static final int LINUX_SLL = 113;
    public static final int IPV4 = 228;
    public static final int IPV6 = 229;
    public static final int LINUX_SLL2 = 276;

    private Linktype() {}

    /**
     * The registry's name without its LINKTYPE_ prefix, for messages: those decoded here and those that people meet;
     * for any other value the number, "LINKTYPE 65535".
     */
    public static String name(final int linktype) {
        return switch (linktype) {
            case NULL -> "NULL";
            case ETHERNET -> "ETHERNET";
            case 3 -> "AX25";
            case 6 -> "IEEE802_5";
            case 7 -> "ARCNET_BSD";
            case 8 -> "SLIP";
            case 9 -> "PPP";
            case 10 -> "FDDI";
            case 12, 14, RAW -> "RAW";
            case 50 -> "PPP_HDLC";
            case 51 -> "PPP_ETHER";
            case 100 -> "ATM_RFC1483";
            case 104 -> "C_HDLC";
            case 105 -> "IEEE802_11";
            case 107 -> "FRELAY";
            case LOOP -> "LOOP";
            case LINUX_SLL -> "LINUX_SLL";
            case 119 -> "IEEE802_11_PRISM";
            case 122 -> "IP_OVER_FC";
            case 127 -> "IEEE802_11_RADIOTAP";
            case 189 -> "USB_LINUX";
            case 192 -> "PPI";
            case 195 -> "IEEE802_15_4_WITHFCS";
            case 201 -> "BLUETOOTH_HCI_H4_WITH_PHDR";
            case 220 -> "USB_LINUX_MMAPPED";
            case 227 -> "CAN_SOCKETCAN";
            case IPV4 -> "IPV4";
            case IPV6 -> "IPV6";
            case 239 -> "NFLOG";
            case 249 -> "USBPCAP";
            case 253 -> "NETLINK";
            case LINUX_SLL2 -> "LINUX_SLL2";
            default -> "LINKTYPE " + linktype;
        };
    }
}
