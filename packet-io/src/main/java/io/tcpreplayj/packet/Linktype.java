package io.tcpreplayj.packet;

/** LINKTYPE_ values of capture files that the decoder understands (the pcap draft's registry). */
public final class Linktype {
    public static final int NULL = 0;
    public static final int ETHERNET = 1;
    public static final int PPP = 9;
    public static final int PPP_HDLC = 50;
    public static final int PPP_ETHER = 51;
    public static final int ATM_RFC1483 = 100;
    public static final int RAW = 101;
    public static final int C_HDLC = 104;
    public static final int IEEE802_11 = 105;
    public static final int LOOP = 108;
    public static final int LINUX_SLL = 113;
    public static final int IEEE802_11_PRISM = 119;
    public static final int IEEE802_11_RADIOTAP = 127;
    public static final int IEEE802_11_AVS = 163;
    public static final int PPP_PPPD = 166;
    public static final int PPI = 192;
    public static final int PPP_WITH_DIR = 204;
    public static final int IPV4 = 228;
    public static final int IPV6 = 229;
    public static final int NFLOG = 239;
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
            case PPP -> "PPP";
            case 10 -> "FDDI";
            case 12, 14, RAW -> "RAW";
            case PPP_HDLC -> "PPP_HDLC";
            case PPP_ETHER -> "PPP_ETHER";
            case ATM_RFC1483 -> "ATM_RFC1483";
            case C_HDLC -> "C_HDLC";
            case IEEE802_11 -> "IEEE802_11";
            case 107 -> "FRELAY";
            case LOOP -> "LOOP";
            case LINUX_SLL -> "LINUX_SLL";
            case IEEE802_11_PRISM -> "IEEE802_11_PRISM";
            case 122 -> "IP_OVER_FC";
            case IEEE802_11_RADIOTAP -> "IEEE802_11_RADIOTAP";
            case IEEE802_11_AVS -> "IEEE802_11_AVS";
            case PPP_PPPD -> "PPP_PPPD";
            case 189 -> "USB_LINUX";
            case PPI -> "PPI";
            case 195 -> "IEEE802_15_4_WITHFCS";
            case 201 -> "BLUETOOTH_HCI_H4_WITH_PHDR";
            case PPP_WITH_DIR -> "PPP_WITH_DIR";
            case 220 -> "USB_LINUX_MMAPPED";
            case 227 -> "CAN_SOCKETCAN";
            case IPV4 -> "IPV4";
            case IPV6 -> "IPV6";
            case NFLOG -> "NFLOG";
            case 249 -> "USBPCAP";
            case 253 -> "NETLINK";
            case LINUX_SLL2 -> "LINUX_SLL2";
            default -> "LINKTYPE " + linktype;
        };
    }
}
