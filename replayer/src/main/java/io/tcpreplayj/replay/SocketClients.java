package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;

/**
 * Clients over kernel sockets with addresses of their own. A local route for their network makes this host take all of it for
 * its addresses (ip-route(8), type local), which needs no privilege of ours and no IP_TRANSPARENT; who sets it decides how long
 * it stays, so it is not set here. IPv4 only: of IPv6 the kernel lets a socket have assigned addresses only (inet6_bind).
 */
final class SocketClients {
    /** The network's own address is no client's. */
    private static final int RESERVED = 1;

    private SocketClients() {}

    /**
     * Endpoints in {@code network}.
     *
     * @param base any number; where the clients' ports begin
     * @throws UserException when this host does not take its addresses for its own, or they are too few
     */
    static LocalEndpoints in(final Cidr network, final TransportNeeds needs, final int base) {
        if (!network.address().isV4()) {
            throw new UserException(
                    "--clients " + network + ": over IPv6 kernel sockets cannot have addresses that are not assigned",
                    "use --intercept, or clients at this host's own address: leave --clients out");
        }
        for (final Endpoint target : needs.targets()) {
            if (!target.address().isV4()) {
                throw new UserException(
                        "clients in " + network + " cannot speak to " + target + ": they are of two address families",
                        "give a target of the clients' family");
            }
        }
        final ClientPool pool = new ClientPool(network, RESERVED, base);
        pool.checkRoom(needs.addresses());
        checkOwn(network);
        return pool;
    }

    /** The first and the last address that clients may get: a route for a part of the network is not enough. */
    private static void checkOwn(final Cidr network) {
        final long hosts = 1L << (32 - network.prefixLength());
        final IpAddress first = network.canonical().address();
        for (final long host : new long[] {RESERVED, hosts - 2}) {
            if (!isOwn(new IpAddress(first.high(), first.low() + Math.max(0, host)))) {
                throw new UserException(
                        "--clients " + network + ": this host does not take these addresses for its own",
                        "ip route add local " + network.canonical()
                                + " dev lo (until: ip route del ...), and let the target route that network to this host");
            }
        }
    }

    private static boolean isOwn(final IpAddress address) {
        try {
            return Routes.to(address).kind() == Routes.Kind.LOCAL;
        } catch (final LinuxException e) {
            // No route at all.
            return false;
        }
    }
}
