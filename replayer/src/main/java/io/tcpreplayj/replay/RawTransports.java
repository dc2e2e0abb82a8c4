package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.EgressGuard;
import io.tcpreplayj.intercept.KernelRules;
import io.tcpreplayj.intercept.KernelRulesException;
import io.tcpreplayj.intercept.PacketRingTap;
import io.tcpreplayj.intercept.TunTap;
import io.tcpreplayj.intercept.feed.LocalFeed;
import io.tcpreplayj.linux.AddressPool;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Neighbour;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.PacketRing;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.linux.RawSocket;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.linux.TunDevice;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Sets up the ways for user-space clients; all of it lives and dies with this process. */
final class RawTransports {
    /** Addresses of a pool that no client gets: the network's own and the device's. */
    private static final int RESERVED = 2;

    /** Answers are judged byte for byte, so the ring keeps whole frames, 64 KiB super-segments included. */
    private static final int RING_SNAPLEN = 65_550;

    private static final long RING_BYTES = 128L << 20;
    private static final int TUN_MTU = 1500;
    private static final long NEIGHBOUR_PATIENCE_NS = 2_000_000_000L;

    private RawTransports() {}

    /** @param base any number; where the clients' ports begin */
    static RawTransport open(
            final TransportChoice choice,
            final TransportNeeds needs,
            final int base,
            final @Nullable Interception interception)
            throws IOException {
        if (interception != null) {
            return InterceptedTransport.open(choice.kind(), interception, needs, base);
        }
        try {
            return switch (choice.kind()) {
                case TUN -> tun(needs, base);
                case PACKET, XDP, RAW -> self(choice.kind(), needs, base);
                case SOCKET -> throw new IllegalArgumentException("kernel sockets need no raw transport");
            };
        } catch (final KernelRulesException e) {
            throw new UserException(String.valueOf(e.getMessage()), e.hint());
        }
    }

    /**
     * What the sessions need of what there is, for people, without opening anything.
     *
     * @throws UserException when they have not, with the number needed
     */
    static String room(
            final TransportChoice choice, final TransportNeeds needs, final @Nullable Interception interception)
            throws IOException {
        if (interception != null) {
            return InterceptedTransport.room(interception, needs);
        }
        final IpAddress target = needs.target().address();
        return switch (choice.kind()) {
            case TUN -> new ClientPool(clientNetwork(target, needs.addresses()), RESERVED, 0).room(needs.addresses());
            case PACKET, XDP, RAW ->
                portPool(Routes.to(target), clientPorts(PortRange.ephemeral()), needs, 0)
                        .room();
            case SOCKET ->
                needs.sessions() + " of " + PortRange.ephemeral().size()
                        + " ports that the kernel picks for an address";
        };
    }

    private static RawTransport tun(final TransportNeeds needs, final int base) throws IOException {
        final long addresses = needs.addresses();
        final Cidr pool = clientNetwork(needs.target().address(), addresses);
        final TunDevice device = TunDevice.openForSuperSegments(TUN_MTU, RING_SNAPLEN);
        boolean done = false;
        try {
            final IpAddress own =
                    new IpAddress(pool.address().high(), pool.address().low() + 1);
            device.addAddress(own, pool.prefixLength());
            final RawTransport transport = new RawTransport(
                    new TunWire(device.packets(), device.mtu(), needs.targets()),
                    new LocalFeed(new TunTap(device.packets(), device::drops)),
                    new ClientPool(pool, RESERVED, base),
                    device.name()
                            + (device.superSegments() ? "" : ", whose offloads this kernel refused") + ", " + addresses
                            + " client addresses in " + pool,
                    RawTransport.Upkeep.until(device::close));
            final RawTransport guarded =
                    GuardedTransport.of(transport, () -> EgressGuard.onTun(device.name(), needs.targets()));
            done = true;
            return guarded;
        } finally {
            if (!done) {
                device.close();
            }
        }
    }

    private static Cidr clientNetwork(final IpAddress target, final long addresses) throws IOException {
        if (!target.isV4()) {
            return uniqueLocal();
        }
        final AddressPool free = AddressPool.findFree(addresses)
                .orElseThrow(() -> new UserException(
                        "198.18.0.0/15 has no free stretch for " + addresses + " client addresses on this machine",
                        "choose fewer flows or --copies, or see who routes it with: ip route show table all"));
        return new Cidr(free.network(), free.prefixLength());
    }

    /** A network of nobody's for the clients of a target that speaks IPv6: fd00::/8 and 40 random bits (RFC 4193 3.1). */
    private static Cidr uniqueLocal() {
        final long globalId = ThreadLocalRandom.current().nextLong(1L << 40);
        return new Cidr(new IpAddress(0xfdL << 56 | globalId << 16, 0), 64);
    }

    private static RawTransport self(final TransportChoice.Kind kind, final TransportNeeds needs, final int base)
            throws IOException {
        final Endpoint target = needs.target();
        final Routes.Route route = Routes.to(target.address());
        final PortRange ports = clientPorts(PortRange.ephemeral());
        final PortPool endpoints = portPool(route, ports, needs, base);
        final Deque<AutoCloseable> opened = new ArrayDeque<>();
        try {
            final KernelRules rules = KernelRules.drop(List.of(new KernelRules.Answers(target, route.source(), ports)));
            opened.push(rules);
            final PacketRing ring = PacketRing.open(
                    route.link(),
                    PacketFilter.tcpFrom(target.address(), target.port(), ports.first(), ports.last(), RING_SNAPLEN),
                    RING_SNAPLEN,
                    RING_BYTES);
            opened.push(ring);
            final Wire wire;
            final SelfUpkeep upkeep;
            if (kind == TransportChoice.Kind.RAW) {
                final RawSocket socket = RawSocket.open(target.address(), route.mtu());
                opened.push(socket);
                wire = new RawWire(socket, route);
                upkeep = new SelfUpkeep(rules, null, null, 0);
            } else {
                final NextHop nextHop = route.link().loopback() ? null : nextHop(route);
                if (nextHop != null) {
                    opened.push(nextHop);
                }
                final long mac = nextHop == null ? 0 : nextHop.mac();
                final PacketWire frames = frames(kind, target.address(), route, mac);
                opened.push(frames);
                wire = frames;
                upkeep = new SelfUpkeep(rules, nextHop, frames, mac);
            }
            return GuardedTransport.of(
                    new RawTransport(
                            wire,
                            new LocalFeed(new PacketRingTap(ring)),
                            endpoints,
                            route.link().name() + ", clients at " + route.source() + " ports " + ports,
                            upkeep),
                    kind,
                    route.link(),
                    needs.targets());
        } catch (final IOException | RuntimeException e) {
            closeAll(opened, e);
            throw e;
        }
    }

    /**
     * The ports of the user-space clients.
     *
     * @param kernel what net.ipv4.ip_local_port_range says
     */
    static PortRange clientPorts(final PortRange kernel) {
        return kernel.longestOutside()
                .orElseThrow(() -> new UserException(
                        "net.ipv4.ip_local_port_range = " + kernel.first() + " " + kernel.last()
                                + " leaves no port for clients outside the kernel",
                        "use --transport socket, or narrow that range"));
    }

    private static PortPool portPool(
            final Routes.Route route, final PortRange ports, final TransportNeeds needs, final int base)
            throws IOException {
        return new PortPool(route.source(), ports, PortRange.reserved(), needs.sessions(), base);
    }

    /** Frames to {@code target}, by the interface of {@code route}. */
    static PacketWire frames(
            final TransportChoice.Kind kind, final IpAddress target, final Routes.Route route, final long mac)
            throws LinuxException {
        if (kind != TransportChoice.Kind.XDP) {
            return PacketWire.packet(target, route, mac);
        }
        try {
            return PacketWire.xdp(target, route, mac);
        } catch (final LinuxException e) {
            throw new UserException(
                    "no AF_XDP socket on " + route.link().name() + ": " + e.getMessage(),
                    switch (e.errno()) {
                        case "EBUSY" -> "another program sends by each of its queues; use --transport packet";
                        case "ENOBUFS" ->
                            "raise the limit of locked memory to 4 MiB (ulimit -l), or use --transport packet";
                        case "EAFNOSUPPORT" -> "this kernel was built without AF_XDP; use --transport packet";
                        default -> "use --transport packet";
                    });
        }
    }

    /** @throws UserException when it does not answer */
    static NextHop nextHop(final Routes.Route route) throws LinuxException {
        final Neighbour neighbour = new Neighbour(route.link(), route.nextHop());
        try {
            return NextHop.watch(neighbour, neighbour.resolve(NEIGHBOUR_PATIENCE_NS));
        } catch (final LinuxException e) {
            neighbour.close();
            throw new UserException(
                    "the next hop " + route.nextHop() + " does not answer on "
                            + route.link().name(),
                    "is it up? look with: ip neigh show dev " + route.link().name());
        }
    }

    /** Undoes a set-up that failed half-way; what cannot be closed is told beside the cause, not instead of it. */
    static void closeAll(final Deque<AutoCloseable> opened, final Exception cause) {
        for (final AutoCloseable each : opened) {
            try {
                each.close();
            } catch (final Exception e) {
                cause.addSuppressed(e);
            }
        }
    }
}
