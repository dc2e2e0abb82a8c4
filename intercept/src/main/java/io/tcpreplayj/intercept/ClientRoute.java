package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.intercept.guard.Hole;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way that answers of a server would take to a network of replayed clients.
 *
 * @param client an address of it
 * @param server who answers
 * @param route how that one is reached
 */
record ClientRoute(IpAddress client, IpAddress server, Routes.Route route) {
    /** @throws KernelRulesException when there is none: the target's TCP would not even begin to answer */
    static ClientRoute to(final Connections.Pair pair) throws LinuxException, KernelRulesException {
        final Cidr network = pair.network();
        final ClientRoute found = find(network, pair.target().address());
        if (found == null) {
            throw new KernelRulesException(
                    "this host has no route to the clients in " + network,
                    "any will do, nothing leaves by it: ip route add " + network + " via ITS-GATEWAY");
        }
        return found;
    }

    /**
     * Null when there is none.
     *
     * @throws LinuxException when the kernel did not say: who is a neighbour is not known then
     */
    static @Nullable ClientRoute find(final Cidr network, final IpAddress server) throws LinuxException {
        final IpAddress client =
                new IpAddress(network.address().high(), network.address().low() | 1);
        try {
            final Routes.Route route = Routes.to(client, server);
            // A dead intercept's guard holds that one, and takes it away.
            return Hole.isOne(route.link().name()) ? null : new ClientRoute(client, server, route);
        } catch (final LinuxException e) {
            if (!e.isNoRoute()) {
                throw e;
            }
            return null;
        }
    }

    /** All interfaces by which some client of the network may be answered. */
    List<Link> links() throws LinuxException {
        return Routes.links(client, server);
    }

    /** The kernel would look for the clients themselves, not for a gateway, before it sends anything. */
    boolean isNeighbour() {
        return route.nextHop().equals(client);
    }
}
