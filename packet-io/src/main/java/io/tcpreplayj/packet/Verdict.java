package io.tcpreplayj.packet;

/** What became of one packet in {@link PacketDecoder}: exactly one verdict each, so the ledger adds up. */
public enum Verdict {
    /** A TCP segment; the view is filled. */
    TCP,
    /** A UDP datagram that is no tunnel's; the view is filled. Only of a decoder that opens tunnels. */
    UDP,
    /** The link type is not one we decode. */
    UNKNOWN_LINKTYPE,
    /** Not IP: ARP, LLDP, STP, … */
    NOT_IP,
    /** IP, but neither TCP, UDP, a fragment nor a tunnel with IP inside: ICMP, … (to who opens no tunnels also UDP) */
    NOT_TCP,
    /** An IP fragment that did not complete its datagram; of the one that does, the verdict is the datagram's. */
    FRAGMENT,
    /** An IEEE 802.11 frame whose payload is encrypted. */
    ENCRYPTED,
    /** Not one packet: an IEEE 802.11 A-MSDU, or a fragment of the link layer. */
    NOT_WHOLE,
    /** Shorter than its link-layer header. */
    MALFORMED_LINK,
    /** IP header cut short, of impossible length, or longer than its packet. */
    MALFORMED_IP,
    /** TCP header cut short or of impossible length. */
    MALFORMED_TCP,
    /** UDP header cut short or of impossible length. */
    MALFORMED_UDP
}
