package io.tcpreplayj.packet;

import static io.tcpreplayj.packet.Frames.PAYLOAD;
import static io.tcpreplayj.packet.Frames.ethernet;
import static io.tcpreplayj.packet.Frames.hex;
import static io.tcpreplayj.packet.Frames.ipv4;
import static io.tcpreplayj.packet.Frames.ipv6;
import static io.tcpreplayj.packet.Frames.join;
import static io.tcpreplayj.packet.Frames.tcp;
import static io.tcpreplayj.packet.Frames.udp;

import java.util.List;

/** One segment, {@link Frames#PAYLOAD}, in every link layer and every tunnel that is opened. */
final class Encapsulated {
    static final byte[] SEGMENT = tcp(hex("0204 05b4 0101 0402"), PAYLOAD);
    static final byte[] IPV4 = ipv4(6, SEGMENT);
    static final byte[] IPV6 = ipv6(6, SEGMENT);
    static final byte[] FRAME = ethernet("0800", IPV4);

    private static final String SNAP = "aaaa03 000000 0800";
    private static final String STATIONS = "020000000001 020000000002 020000000003";

    final String name;
    final int linktype;
    final byte[] packet;
    final String tunnel;

    private Encapsulated(final String name, final int linktype, final String tunnel, final byte[]... parts) {
        this.name = name;
        this.linktype = linktype;
        this.tunnel = tunnel;
        packet = join(parts);
    }

    private static Encapsulated link(final String name, final int linktype, final byte[]... parts) {
        return new Encapsulated(name, linktype, "none", parts);
    }

    /** In an IPv4 packet with that protocol, on Ethernet. */
    private static Encapsulated ip(final String name, final int protocol, final String tunnel, final byte[]... parts) {
        return new Encapsulated(name, Linktype.ETHERNET, tunnel, ethernet("0800", ipv4(protocol, join(parts))));
    }

    private static Encapsulated udpTo(final String name, final int port, final String tunnel, final byte[]... parts) {
        return ip(name, 17, tunnel, udp(50000, port, join(parts)));
    }

    static List<Encapsulated> links() {
        final byte[] qos = hex("8801 0000" + STATIONS + "1000 0000" + SNAP);
        return List.of(
                link("LLC/SNAP in Ethernet", 1, ethernet("0047 " + SNAP, IPV4)),
                link("LLC/SNAP of IEEE 802.1H", 1, ethernet("0047 aaaa03 0000f8 0800", IPV4)),
                link("LLC without SNAP", 1, ethernet("0042 0606 03", IPV4)),
                link("LLC/SNAP in a VLAN", 1, ethernet("8100 0007 0047 " + SNAP, IPV4)),
                link("LLC/SNAP in SLL", 113, hex("0000 0001 0006 020000000001 0000 0004" + SNAP), IPV4),
                link("PPP", 9, hex("0021"), IPV4),
                link("PPP, IPv6, address and control", 9, hex("ff03 0057"), IPV6),
                link("PPP, compressed protocol", 50, hex("ff03 21"), IPV4),
                link("PPP in HDLC", 50, hex("ff03 0021"), IPV4),
                link("Cisco HDLC in PPP's link type", 50, hex("0f00 0800"), IPV4),
                link("Cisco HDLC", 104, hex("8f00 86dd"), IPV6),
                link("PPP of pppd", 166, hex("01 03 0021"), IPV4),
                link("PPP with direction", 204, hex("01 ff03 0021"), IPV4),
                link("RFC 1483", 100, hex(SNAP), IPV4),
                link("802.11", 105, hex("0801 0000" + STATIONS + "1000" + SNAP), IPV4),
                link("802.11, four addresses", 105, hex("0803 0000" + STATIONS + "1000 020000000004" + SNAP), IPV4),
                link("802.11, QoS", 105, qos, IPV4),
                link(
                        "802.11, QoS and HT control",
                        105,
                        hex("8881 0000" + STATIONS + "1000 0000 00000000" + SNAP),
                        IPV4),
                link("radiotap", 127, hex("0000 0800 00000000"), qos, IPV4),
                link(
                        "radiotap, two words of fields, padded header",
                        127,
                        hex("0000 1900 03000080 00000000 00000000 0102030405060708 20"),
                        hex("8801 0000" + STATIONS + "1000 0000 0000" + SNAP),
                        IPV4),
                link("Prism", 119, hex("44000000 90000000"), new byte[136], qos, IPV4),
                link("AVS in Prism's link type", 119, hex("80211001 00000040"), new byte[56], qos, IPV4),
                link("AVS", 163, hex("80211001 00000044"), new byte[60], qos, IPV4),
                link("PPI", 192, hex("0000 0800 69000000"), qos, IPV4),
                link("NFLOG", 239, hex("0200 0000 0800 0100 08000100 0500 0a00 41 000000 5200 0900"), IPV4),
                link("NFLOG, big-endian", 239, hex("0a00 0000 0008 0001 08000100 0066 0009"), IPV6));
    }

    static List<Encapsulated> tunnels() {
        final byte[] erspan3 = hex("2005 0007 00000000 0000 0000");
        return List.of(
                new Encapsulated("MPLS", 1, "mpls 17", ethernet("8847 000111 40", IPV4)),
                new Encapsulated("MPLS, three labels", 1, "mpls 16", ethernet("8848 00020040 00030040 000101ff", IPV6)),
                new Encapsulated("Ethernet in MPLS", 1, "mpls 16", ethernet("8847 000101ff 00000000", FRAME)),
                new Encapsulated("MPLS in PPP", 9, "mpls 16", hex("0281 000101ff"), IPV4),
                new Encapsulated("PPPoE", 1, "pppoe 66", ethernet("8864 11 00 0042 0048 0021", IPV4)),
                new Encapsulated("PPPoE without Ethernet", 51, "pppoe 66", hex("11 00 0042 0048 0021"), IPV4),
                ip("4in4", 4, "ipip", IPV4),
                ip("6in4", 41, "ipip", IPV6),
                new Encapsulated("4in6", 229, "ipip", ipv6(4, IPV4)),
                new Encapsulated("6in6 behind options", 229, "ipip", ipv6(60, join(hex("29 00 0104 00000000"), IPV6))),
                ip("GRE", 47, "gre", hex("0000 0800"), IPV4),
                ip("GRE, all fields", 47, "gre 4294967295", hex("b000 86dd 00000000 ffffffff 00000001"), IPV6),
                ip("GRE, Ethernet", 47, "gre 7", hex("2000 6558 00000007"), FRAME),
                ip("GRE, MPLS", 47, "mpls 16 x2", hex("0000 8847 000101ff"), IPV4),
                ip("GRE of PPTP", 47, "gre 5", hex("3081 880b 0050 0005 00000001 00000002 ff03 0021"), IPV4),
                ip("ERSPAN I", 47, "erspan", hex("0000 88be"), FRAME),
                ip("ERSPAN II", 47, "erspan 7", hex("1000 88be 00000001 1005 0807 00000000"), FRAME),
                ip("ERSPAN III", 47, "erspan 7", hex("1000 22eb 00000001"), erspan3, FRAME),
                ip(
                        "ERSPAN III, more",
                        47,
                        "erspan 7",
                        hex("1000 22eb 00000001 20050007 00000000 00000001"),
                        new byte[8],
                        FRAME),
                udpTo("VXLAN", 4789, "vxlan 42", hex("08000000 00002a00"), FRAME),
                udpTo("VXLAN, Linux's old port", 8472, "vxlan 42", hex("08000000 00002a00"), FRAME),
                udpTo("VXLAN, group policy", 4789, "vxlan 42", hex("88000005 00002a00"), FRAME),
                udpTo("VXLAN-GPE", 4790, "vxlan 42", hex("0c000003 00002a00"), FRAME),
                udpTo("VXLAN-GPE, IPv4", 4790, "vxlan 42", hex("0c000001 00002a00"), IPV4),
                udpTo("VXLAN-GPE, IPv6", 4790, "vxlan 42", hex("0c000002 00002a00"), IPV6),
                udpTo("Geneve", 6081, "geneve 66051", hex("00 00 6558 010203 00"), FRAME),
                udpTo("Geneve, options, IPv6", 6081, "geneve 1", hex("02 40 86dd 000001 00 0102800100000000"), IPV6),
                udpTo("GTP-U", 2152, "gtp 1", hex("30 ff 0054 00000001"), IPV4),
                udpTo("GTP-U, number", 2152, "gtp 4294967295", hex("32 ff 0058 ffffffff 0001 00 00"), IPV4),
                udpTo(
                        "GTP-U, extensions",
                        2152,
                        "gtp 1",
                        hex("34 ff 0064 00000001 0000 00 85 01 1005 85 01 0000 00"),
                        IPV4),
                udpTo("GRE in UDP", 4754, "gre", hex("0000 0800"), IPV4),
                udpTo("Teredo", 3544, "teredo", teredo()),
                udpTo("Teredo, origin", 3544, "teredo", hex("0000 1234 01020304"), teredo()),
                udpTo(
                        "Teredo, authentication, origin",
                        3544,
                        "teredo",
                        hex("0001 01 02 ff eeee 0102030405060708 00 0000 1234 01020304"),
                        teredo()),
                ip("GTP-U from its port", 17, "gtp 1", udp(2152, 50000, join(hex("30 ff 0054 00000001"), IPV4))),
                ip(
                        "VXLAN in GRE in IPIP",
                        4,
                        "vxlan 1 x3",
                        ipv4(
                                47,
                                join(
                                        hex("0000 0800"),
                                        ipv4(17, udp(1, 4789, join(hex("08000000 00000100"), FRAME)))))));
    }

    private static byte[] teredo() {
        final byte[] packet = IPV6.clone();
        System.arraycopy(hex("20010000"), 0, packet, 8, 4);
        return packet;
    }

    @Override
    public String toString() {
        return name;
    }
}
