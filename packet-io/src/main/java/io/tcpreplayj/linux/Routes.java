package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the kernel would reach an address (RTM_GETROUTE of linux/rtnetlink.h). */
public final class Routes {
    /**
     * The way to one address.
     *
     * @param kind what the address is to this machine
     * @param link the outgoing interface
     * @param source the address that the kernel would send from
     * @param nextHop whose link-layer address is needed: the gateway, or the destination itself
     * @param mtu of the path, bytes
     */
    public record Route(Kind kind, Link link, IpAddress source, IpAddress nextHop, int mtu) {
        /** The address is this machine's own. */
        public boolean local() {
            return kind == Kind.LOCAL;
        }
    }

    /** What an address is, as the kernel's tables say (rtm_type of linux/rtnetlink.h). */
    public enum Kind {
        UNICAST,
        LOCAL,
        BROADCAST,
        ANYCAST,
        MULTICAST
    }

    /** A network that some route leads to; a default route has length 0. */
    record Prefix(IpAddress network, int length) {}

    /**
     * Addresses that something real has, as far as this machine's tables know.
     *
     * @param what they are, for people
     */
    public record Taken(Cidr network, String what) {}

    private interface Visitor {
        void onRoute(ByteBuffer message, int body, int end);
    }

    private static final int RTM_NEWROUTE = 24;
    private static final int RTM_GETROUTE = 26;
    private static final int RTMSG_BYTES = 12;
    private static final int RTA_DST = 1;
    private static final int RTA_SRC = 2;
    private static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PREFSRC = 7;
    private static final int RTA_METRICS = 8;
    private static final int RTAX_MTU = 2;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTNEXTHOP_BYTES = 8;
    private static final int RTA_VIA = 18;
    private static final int RTM_F_CLONED = 0x200;
    private static final int RTM_F_FIB_MATCH = 0x2000;
    private static final int RTN_UNICAST = 1;
    private static final int RTN_LOCAL = 2;
    private static final int RTPROT_KERNEL = 2;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final IpAddress ANY_V4 = IpAddress.v4(0);

    private Routes() {}

    /**
     * Asks for the way to {@code target}.
     *
     * @throws LinuxException ENETUNREACH, EHOSTUNREACH, EINVAL or EACCES when there is none, as connect(2) would say
     */
    public static Route to(final IpAddress target) throws LinuxException {
        try (Netlink netlink = new Netlink()) {
            return ask(netlink, target, null, 0, Found::parse).toRoute(netlink, target);
        }
    }

    /**
     * The same from an address of this machine, for which rules may choose another table (ip-rule(8)).
     *
     * @throws LinuxException also EINVAL where it is none
     */
    public static Route to(final IpAddress target, final IpAddress source) throws LinuxException {
        try (Netlink netlink = new Netlink()) {
            return ask(netlink, target, source, 0, Found::parse).toRoute(netlink, target);
        }
    }

    /**
     * By which interfaces packets from {@code source} to {@code target}, and to others of the same route, may leave: several where
     * that has several next hops, one of these where the kernel names none.
     *
     * @throws LinuxException as {@link #to(IpAddress, IpAddress)}
     */
    public static List<Link> links(final IpAddress target, final IpAddress source) throws LinuxException {
        try (Netlink netlink = new Netlink()) {
            final Set<Integer> indexes = ask(netlink, target, source, RTM_F_FIB_MATCH, Routes::interfaces);
            if (indexes.isEmpty()) {
                // Of a route by ip-nexthop(8) it tells an id only, if net.ipv4.nexthop_compat_mode is 0.
                indexes.add(ask(netlink, target, source, 0, Found::parse).interfaceIndex);
            }
            final List<Link> links = new ArrayList<>();
            for (final int index : indexes) {
                links.add(Link.byIndex(netlink, index));
            }
            return links;
        }
    }

    private static Set<Integer> interfaces(final ByteBuffer message, final int body, final int end) {
        final Set<Integer> indexes = new LinkedHashSet<>();
        final int oif = NetlinkMessage.find(message, body + RTMSG_BYTES, end, RTA_OIF);
        if (oif >= 0) {
            indexes.add(message.getInt(oif));
        }
        final int hops = NetlinkMessage.find(message, body + RTMSG_BYTES, end, RTA_MULTIPATH);
        if (hops >= 0) {
            // struct rtnexthop: length (2), flags, hops, interface (4), and attributes behind it.
            final int hopsEnd = hops + NetlinkMessage.value(message, hops).length;
            for (int at = hops; at + RTNEXTHOP_BYTES <= hopsEnd; ) {
                indexes.add(message.getInt(at + 4));
                at += Math.max(RTNEXTHOP_BYTES, Short.toUnsignedInt(message.getShort(at)) + 3 & -4);
            }
        }
        return indexes;
    }

    /**
     * The network that this machine takes for its own, {@code address} with it: of one address where that is assigned, of more
     * where a route of type local leads to them.
     *
     * @return empty where the address is not this machine's own
     * @throws LinuxException as {@link #to}
     */
    public static Optional<Cidr> own(final IpAddress address) throws LinuxException {
        try (Netlink netlink = new Netlink()) {
            return ask(netlink, address, null, RTM_F_FIB_MATCH, (message, body, end) -> {
                if (Found.parse(message, body, end).kind != Kind.LOCAL) {
                    return Optional.empty();
                }
                final int destination = NetlinkMessage.find(message, body + RTMSG_BYTES, end, RTA_DST);
                final IpAddress network =
                        destination < 0 ? address : IpAddress.of(NetlinkMessage.value(message, destination));
                return Optional.of(new Cidr(network, message.get(body + 1) & 0xff));
            });
        }
    }

    private interface Parser<T> {
        T parse(ByteBuffer message, int body, int end);
    }

    private static <T> T ask(
            final Netlink netlink,
            final IpAddress target,
            final @Nullable IpAddress source,
            final int flags,
            final Parser<T> parser)
            throws LinuxException {
        final byte[] bytes = target.toBytes();
        final NetlinkMessage request = new NetlinkMessage(RTM_GETROUTE, 0)
                .u8(target.isV4() ? AF_INET : AF_INET6)
                .u8(bytes.length * 8)
                .u8(source == null ? 0 : bytes.length * 8)
                .u8(0)
                .u32(0)
                .u32(flags)
                .attribute(RTA_DST, bytes);
        if (source != null) {
            request.attribute(RTA_SRC, source.toBytes());
        }
        final List<T> found = new ArrayList<>(1);
        netlink.ask(request, "route to " + target, (type, message, body, end) -> {
            if (type == RTM_NEWROUTE) {
                found.add(parser.parse(message, body, end));
            }
        });
        if (found.isEmpty()) {
            throw new LinuxException("netlink", Errno.ENETUNREACH, "route to " + target);
        }
        return found.get(0);
    }

    /** All networks of all routing tables, both families. */
    static List<Prefix> prefixes() throws LinuxException {
        final List<Prefix> prefixes = new ArrayList<>();
        forEach((message, body, end) -> {
            final int destination = NetlinkMessage.find(message, body + RTMSG_BYTES, end, RTA_DST);
            if (destination >= 0) {
                final IpAddress network = IpAddress.of(NetlinkMessage.value(message, destination));
                prefixes.add(new Prefix(network, message.get(body + 1) & 0xff));
            }
        });
        return prefixes;
    }

    /** The networks of this machine's links, its own addresses and its gateways; a default route is no network. */
    public static List<Taken> taken() throws LinuxException {
        final List<Taken> taken = new ArrayList<>();
        forEach((message, body, end) -> {
            final int from = body + RTMSG_BYTES;
            final Optional<IpAddress> gateway = Found.gateway(message, from, end);
            gateway.ifPresent(address -> taken.add(new Taken(single(address), "a gateway of this host")));
            final Optional<IpAddress> destination = Found.address(message, from, end, RTA_DST);
            final int length = message.get(body + 1) & 0xff;
            final int type = message.get(body + 7);
            // Who is told by hand to take addresses does not have them: only assigning them makes the kernel route them
            // here.
            if (destination.isPresent()
                    && type == RTN_LOCAL
                    && message.get(body + 5) == RTPROT_KERNEL
                    && length == single(destination.get()).prefixLength()) {
                taken.add(new Taken(single(destination.get()), "an address of this host"));
            } else if (destination.isPresent() && type == RTN_UNICAST && gateway.isEmpty()) {
                taken.add(new Taken(new Cidr(destination.get(), length), "a network that this host is connected to"));
            }
        });
        return taken;
    }

    private static Cidr single(final IpAddress address) {
        return new Cidr(address, address.isV4() ? 32 : 128);
    }

    private static void forEach(final Visitor visitor) throws LinuxException {
        try (Netlink netlink = new Netlink()) {
            final NetlinkMessage request = new NetlinkMessage(RTM_GETROUTE, NetlinkMessage.NLM_F_DUMP)
                    .u32(0)
                    .u32(0)
                    .u32(0);
            netlink.ask(request, "routes", (type, message, body, end) -> {
                final boolean cached = type != RTM_NEWROUTE || (message.getInt(body + 8) & RTM_F_CLONED) != 0;
                if (!cached) {
                    visitor.onRoute(message, body, end);
                }
            });
        }
    }

    private record Found(
            Kind kind, int interfaceIndex, Optional<IpAddress> source, Optional<IpAddress> gateway, int mtu) {

        static Found parse(final ByteBuffer message, final int body, final int end) {
            final int from = body + RTMSG_BYTES;
            final int oif = NetlinkMessage.find(message, from, end, RTA_OIF);
            final int metrics = NetlinkMessage.find(message, from, end, RTA_METRICS);
            int mtu = -1;
            if (metrics >= 0) {
                final int metricsEnd = metrics + NetlinkMessage.value(message, metrics).length;
                mtu = NetlinkMessage.find(message, metrics, metricsEnd, RTAX_MTU);
            }
            return new Found(
                    kind(message.get(body + 7)),
                    oif < 0 ? 0 : message.getInt(oif),
                    address(message, from, end, RTA_PREFSRC),
                    gateway(message, from, end),
                    mtu < 0 ? 0 : message.getInt(mtu));
        }

        // RTN_UNICAST is 1 and the others follow in this order; a route that leads nowhere comes as an error instead.
        private static Kind kind(final int rtmType) {
            final Kind[] kinds = Kind.values();
            return rtmType >= 1 && rtmType <= kinds.length ? kinds[rtmType - 1] : Kind.UNICAST;
        }

        private static Optional<IpAddress> gateway(final ByteBuffer message, final int from, final int end) {
            final int via = NetlinkMessage.find(message, from, end, RTA_VIA);
            if (via < 0) {
                return address(message, from, end, RTA_GATEWAY);
            }
            // struct rtvia: an IPv4 route by an IPv6 gateway (RFC 5549); two bytes of family first.
            final byte[] value = NetlinkMessage.value(message, via);
            final byte[] bytes = new byte[value.length - 2];
            System.arraycopy(value, 2, bytes, 0, bytes.length);
            return Optional.of(IpAddress.of(bytes));
        }

        private static Optional<IpAddress> address(
                final ByteBuffer message, final int from, final int end, final int type) {
            final int at = NetlinkMessage.find(message, from, end, type);
            return at < 0 ? Optional.empty() : Optional.of(IpAddress.of(NetlinkMessage.value(message, at)));
        }

        Route toRoute(final Netlink netlink, final IpAddress target) throws LinuxException {
            final Link link = Link.byIndex(netlink, interfaceIndex);
            return new Route(
                    kind,
                    link,
                    source.orElse(kind == Kind.LOCAL ? target : ANY_V4),
                    gateway.orElse(target),
                    mtu > 0 ? mtu : link.mtu());
        }
    }
}
