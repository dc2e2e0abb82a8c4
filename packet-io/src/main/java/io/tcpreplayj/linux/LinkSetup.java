package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;

/**
 * Changes one interface of ours through rtnetlink. The device's settings (rp_filter, route_localnet) go by
 * {@code IFLA_AF_SPEC} too, because /proc/sys is read-only in most containers.
 */
final class LinkSetup {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_NEWROUTE = 24;
    private static final int RTA_DST = 1;
    private static final int RTA_OIF = 4;
    private static final int RT_TABLE_MAIN = 254;
    private static final int RTPROT_STATIC = 4;
    private static final int RT_SCOPE_LINK = 253;
    private static final int RTN_UNICAST = 1;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_TXQLEN = 13;
    private static final int IFLA_AF_SPEC = 26;
    private static final int IFLA_INET_CONF = 1;
    private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    private static final int IN6_ADDR_GEN_MODE_NONE = 1;
    // linux/ip.h; numbered as in /proc/sys/net/ipv4/conf.
    private static final int IPV4_DEVCONF_RP_FILTER = 8;
    private static final int IPV4_DEVCONF_ROUTE_LOCALNET = 26;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_F_NODAD = 2;
    private static final int IFF_UP = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    private final Netlink netlink;
    private final int index;

    LinkSetup(final Netlink netlink, final int index) {
        this.netlink = netlink;
        this.index = index;
    }

    void queueAndMtu(final int txqueuelen, final int mtu) throws LinuxException {
        final NetlinkMessage message = link(0).attributeU32(IFLA_MTU, mtu).attributeU32(IFLA_TXQLEN, txqueuelen);
        netlink.change(message, "MTU " + mtu + ", txqueuelen " + txqueuelen);
    }

    /**
     * Lets packets of outside clients reach 127.0.0.0/8 by this interface (route_localnet, ip-sysctl) and takes them
     * whatever the way back (rp_filter).
     */
    void openToLoopback() throws LinuxException {
        final NetlinkMessage message = link(0);
        final int spec = message.beginNested(IFLA_AF_SPEC);
        final int inet = message.beginNested(AF_INET);
        final int conf = message.beginNested(IFLA_INET_CONF);
        message.attributeU32(IPV4_DEVCONF_RP_FILTER, 0);
        message.attributeU32(IPV4_DEVCONF_ROUTE_LOCALNET, 1);
        message.endNested(conf);
        message.endNested(inet);
        message.endNested(spec);
        netlink.change(message, "route_localnet=1, rp_filter=0");
    }

    /** No link-local address, so that no router solicitation and no MLD report mixes with the answers. */
    void silenceIpv6() throws LinuxException {
        final NetlinkMessage message = link(0);
        final int spec = message.beginNested(IFLA_AF_SPEC);
        final int inet6 = message.beginNested(AF_INET6);
        message.attributeU8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
        message.endNested(inet6);
        message.endNested(spec);
        try {
            netlink.change(message, "addr_gen_mode none");
        } catch (final LinuxException e) {
            // A kernel without IPv6, or one where it is off: then there is nothing to silence.
            if (e.isPermission()) {
                throw e;
            }
        }
    }

    void up() throws LinuxException {
        netlink.change(link(IFF_UP), "link up");
    }

    /** Adds an address; the kernel adds the route to its prefix. */
    void address(final IpAddress address, final int prefixLength) throws LinuxException {
        final int family = address.isV4() ? AF_INET : AF_INET6;
        final byte[] bytes = address.toBytes();
        final NetlinkMessage message = new NetlinkMessage(RTM_NEWADDR, NetlinkMessage.NLM_F_CREATE)
                .u8(family)
                .u8(prefixLength)
                .u8(IFA_F_NODAD)
                .u8(0)
                .u32(index)
                .attribute(IFA_LOCAL, bytes)
                .attribute(IFA_ADDRESS, bytes);
        netlink.change(message, "address " + address + "/" + prefixLength);
    }

    /**
     * Routes a network to the interface; the route vanishes with it.
     *
     * @throws LinuxException EEXIST when the main table has a route for this very network
     */
    void route(final Cidr network) throws LinuxException {
        final byte[] bytes = network.address().toBytes();
        for (int bit = network.prefixLength(); bit < bytes.length * 8; bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        final NetlinkMessage message = new NetlinkMessage(
                        RTM_NEWROUTE, NetlinkMessage.NLM_F_CREATE | NetlinkMessage.NLM_F_EXCL)
                .u8(network.address().isV4() ? AF_INET : AF_INET6)
                .u8(network.prefixLength())
                .u8(0)
                .u8(0)
                .u8(RT_TABLE_MAIN)
                .u8(RTPROT_STATIC)
                .u8(RT_SCOPE_LINK)
                .u8(RTN_UNICAST)
                .u32(0)
                .attribute(RTA_DST, bytes)
                .attributeU32(RTA_OIF, index);
        netlink.change(message, "route to " + network);
    }

    private NetlinkMessage link(final int flags) {
        return new NetlinkMessage(RTM_NEWLINK, 0).u32(0).u32(index).u32(flags).u32(flags);
    }
}
