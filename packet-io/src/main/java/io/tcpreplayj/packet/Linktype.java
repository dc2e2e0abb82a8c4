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
        switch (linktype) {
            case NULL:
                return "NULL";
            case ETHERNET:
                return "ETHERNET";
            case 3:
                return "AX25";
            case 6:
                return "IEEE802_5";
            case 7:
                return "ARCNET_BSD";
            case 8:
                return "SLIP";
            case 9:
                return "PPP";
            case 10:
                return "FDDI";
            case 12:
            case 14:
            case RAW:
                return "RAW";
            case 50:
                return "PPP_HDLC";
            case 51:
                return "PPP_ETHER";
            case 100:
                return "ATM_RFC1483";
            case 104:
                return "C_HDLC";
            case 105:
                return "IEEE802_11";
            case 107:
                return "FRELAY";
            case LOOP:
                return "LOOP";
            case LINUX_SLL:
                return "LINUX_SLL";
            case 119:
                return "IEEE802_11_PRISM";
            case 122:
                return "IP_OVER_FC";
            case 127:
                return "IEEE802_11_RADIOTAP";
            case 189:
                return "USB_LINUX";
            case 192:
                return "PPI";
            case 195:
                return "IEEE802_15_4_WITHFCS";
            case 201:
                return "BLUETOOTH_HCI_H4_WITH_PHDR";
            case 220:
                return "USB_LINUX_MMAPPED";
            case 227:
                return "CAN_SOCKETCAN";
            case IPV4:
                return "IPV4";
            case IPV6:
                return "IPV6";
            case 239:
                return "NFLOG";
            case 249:
                return "USBPCAP";
            case 253:
                return "NETLINK";
            case LINUX_SLL2:
                return "LINUX_SLL2";
            default:
                return "LINKTYPE " + linktype;
        }
    }
}
