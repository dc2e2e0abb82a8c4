package io.tcpreplayj.packet;

/** Values of IPv4's Protocol and IPv6's Next Header field (IANA protocol-numbers) that the decoder tells apart. */
public final class IpProtocol {
    /** IPv6 Hop-by-Hop Options (RFC 8200 4.3). */
    public static final int HOP_BY_HOP = 0;

    public static final int ICMP = 1;

    /** IPv4 in IP (RFC 2003, RFC 2473). */
    public static final int IPV4 = 4;

    public static final int TCP = 6;
    public static final int UDP = 17;

    /** IPv6 in IP (RFC 4213, RFC 2473). */
    public static final int IPV6 = 41;

    /** IPv6 Routing Header (RFC 8200 4.4). */
    public static final int ROUTING = 43;

    /** IPv6 Fragment Header (RFC 8200 4.5). */
    public static final int FRAGMENT = 44;

    /** Generic Routing Encapsulation (RFC 2784). */
    public static final int GRE = 47;

    /** Authentication Header (RFC 4302): in the clear, so what follows can be read. */
    public static final int AUTHENTICATION = 51;

    public static final int ICMPV6 = 58;

    /** IPv6 Destination Options (RFC 8200 4.6). */
    public static final int DESTINATION_OPTIONS = 60;

    /** Mobility Header (RFC 6275 6.1). */
    public static final int MOBILITY = 135;

    private IpProtocol() {}
}
