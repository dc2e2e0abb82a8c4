package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refuses networks of clients that somebody needs whom this host must answer, its own neighbours above all. */
final class ClientNetworks {
    private static final String CURE = "give --clients a network that is nobody's here, as 198.18.4.0/22";

    /** Documentation's networks (RFC 5737, RFC 3849): the default route leads there. */
    private static final Cidr FAR_V4 = Cidr.parse("192.0.2.0/24");

    private static final Cidr FAR_V6 = Cidr.parse("2001:db8::/32");

    private ClientNetworks() {}

    /** @throws KernelRulesException for all addresses, those of this host or of its networks, and the gateway's */
    static void check(final Connections connections) throws KernelRulesException, LinuxException, SocketException {
        for (final NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            checkOwn(connections.clients(), each);
        }
        for (final Connections.Pair pair : connections.pairs()) {
            final Cidr network = pair.network();
            final IpAddress server = pair.target().address();
            final ClientRoute found = ClientRoute.find(network, server);
            final ClientRoute far = ClientRoute.find(server.isV4() ? FAR_V4 : FAR_V6, server);
            checkGateway(network, found);
            checkGateway(network, far);
            checkNeighbours(network, found, far);
        }
    }

    /**
     * The same where what comes in by {@code device} is dropped: all who speak with this host by it would be cut off.
     *
     * @throws KernelRulesException for all addresses, and those of the device
     */
    static void checkAt(final Link device, final List<Cidr> networks) throws KernelRulesException, SocketException {
        final NetworkInterface found = NetworkInterface.getByIndex(device.index());
        if (found != null) {
            checkOwn(networks, found);
        }
    }

    /** Who holds the whole of a network that this host is in holds this host's address in it, too. */
    private static void checkOwn(final List<Cidr> networks, final NetworkInterface device) throws KernelRulesException {
        for (final Cidr network : networks) {
            if (network.prefixLength() == 0) {
                throw new KernelRulesException("--clients " + network + " is everybody", CURE);
            }
            for (final InterfaceAddress each : device.getInterfaceAddresses()) {
                final IpAddress own = IpAddress.of(each.getAddress());
                if (network.contains(own)) {
                    throw new KernelRulesException(
                            "--clients " + network + " holds " + own + ", which is this host's own at "
                                    + device.getName(),
                            CURE);
                }
            }
        }
    }

    /** All the world is "neighbours" where a point-to-point link without a gateway is the default route, as with PPP. */
    private static void checkNeighbours(
            final Cidr network, final @Nullable ClientRoute found, final @Nullable ClientRoute far)
            throws KernelRulesException {
        if (found != null
                && found.isNeighbour()
                && (found.route().link().ethernet() || far == null || !far.isNeighbour())) {
            throw new KernelRulesException(
                    "the clients in " + network + " are neighbours at "
                            + found.route().link().name(),
                    CURE);
        }
    }

    private static void checkGateway(final Cidr network, final @Nullable ClientRoute found)
            throws KernelRulesException {
        if (found != null
                && !found.isNeighbour()
                && network.contains(found.route().nextHop())) {
            throw new KernelRulesException(
                    "--clients " + network + " holds the gateway "
                            + found.route().nextHop(),
                    CURE);
        }
    }
}
