package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Whether answers to captured addresses come back to this host's kernel, and to nobody else. A connection from a captured address
 * would show it, and where it fails the target has answered a real client by then. So the question comes from an address that
 * is nobody's: the first one of the network that a local route here holds, for the target's route will have been set for the same.
 */
final class WayBack {
    /** Networks as large as a link usually has are proposed. */
    private static final int USUAL_V4 = 24;

    private static final int USUAL_V6 = 64;

    /** Each client's own network on this host. */
    private final Map<IpAddress, Cidr> networks;
    /** One for each host that is not this one. */
    private final Map<Endpoint, Routes.Route> targets;

    private WayBack(final Map<IpAddress, Cidr> networks, final Map<Endpoint, Routes.Route> targets) {
        this.networks = networks;
        this.targets = targets;
    }

    /**
     * Looks at this host's own part; nothing is sent.
     *
     * @throws UserException when the clients' addresses are not this host's own, or no address of nobody's is beside them
     */
    static WayBack of(final Collection<IpAddress> clients, final List<Endpoint> to) {
        final Map<Endpoint, Routes.Route> targets = elsewhere(to);
        final Map<IpAddress, Cidr> networks = new LinkedHashMap<>();
        final List<IpAddress> strangers = new ArrayList<>();
        for (final IpAddress client : clients) {
            own(client).ifPresentOrElse(network -> networks.put(client, network), () -> strangers.add(client));
        }
        if (!strangers.isEmpty()) {
            final IpAddress first = strangers.get(0);
            throw new UserException(
                    "--clients original: this host does not take " + first + " for its own"
                            + (strangers.size() > 1 ? ", nor " + (strangers.size() - 1) + " other clients" : ""),
                    cure(first, to));
        }
        final WayBack way = new WayBack(networks, targets);
        networks.forEach((client, network) -> way.check(client, network, to));
        return way;
    }

    private void check(final IpAddress client, final Cidr network, final List<Endpoint> to) {
        if (!mayBind(client)) {
            throw new UserException(
                    "--clients original: " + client + " is this host's own by its routes, and no socket may have it",
                    "sysctl -w net.ipv6.ip_nonlocal_bind=1 (until: ...=0)");
        }
        final boolean somebodys = networks.containsKey(network.address());
        for (final Routes.Route route : targets.values()) {
            // This host's usual address: what answers it gets, it gets in every other replay as well.
            if (somebodys && !route.source().equals(network.address())) {
                throw new UserException(
                        "--clients original: " + network + " has no address but captured clients' from which to ask"
                                + " where the target's answers go",
                        cure(client, to));
            }
        }
    }

    /** Targets on other hosts, one a host: what this host answers itself never leaves it. */
    private static Map<Endpoint, Routes.Route> elsewhere(final List<Endpoint> to) {
        final Map<IpAddress, Endpoint> hosts = to.stream()
                .collect(Collectors.toMap(Endpoint::address, Function.identity(), (a, b) -> a, LinkedHashMap::new));
        final Map<Endpoint, Routes.Route> targets = new LinkedHashMap<>();
        hosts.values().forEach(target -> {
            final Routes.Route route = route(target);
            if (!route.local()) {
                targets.put(target, route);
            }
        });
        return targets;
    }

    private static Routes.Route route(final Endpoint target) {
        try {
            return Routes.to(target.address());
        } catch (final LinuxException e) {
            throw new UserException(
                    "there is no way to " + target + ": " + e.getMessage(), "see: ip route get " + target.address());
        }
    }

    private static Optional<Cidr> own(final IpAddress client) {
        try {
            return Routes.own(client);
        } catch (final LinuxException e) {
            // No route at all.
            return Optional.empty();
        }
    }

    /** Of IPv6 the kernel lets a socket have assigned addresses only, unless it is told otherwise (inet6_bind). */
    private static boolean mayBind(final IpAddress client) {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(client.toInetAddress(), 0));
            return true;
        } catch (final IOException e) {
            return false;
        }
    }

    /** The network of this host's that {@code client} lives in. */
    Cidr network(final IpAddress client) {
        final Cidr network = networks.get(client);
        if (network == null) {
            throw new IllegalArgumentException(client + " was not asked for");
        }
        return network;
    }

    /**
     * Asks each target for each network: one connection from nobody's address, without a byte.
     *
     * @throws UserException when an answer does not come here
     */
    void prove() throws IOException {
        final Set<Cidr> asked = new LinkedHashSet<>(networks.values());
        for (final Map.Entry<Endpoint, Routes.Route> each : targets.entrySet()) {
            for (final Cidr network : asked) {
                final Endpoint target = each.getKey();
                final ProbeResult result = ProbeRun.fromOwn(new Endpoint(network.address(), 0), target);
                if (result.fate() != ProbeResult.Fate.CONNECTED) {
                    throw new UserException(
                            "--clients original: no answer of " + target + " to " + network.address()
                                    + ", an address of nobody's, came here ("
                                    + result.fate().name().toLowerCase(Locale.ROOT)
                                    + "), so its answers to clients in " + network + " might reach the real ones",
                            commands(network, target, each.getValue()));
                }
            }
        }
    }

    /** What lets {@code client} be this host's, by a network in which an address is nobody's, and the hosts themselves are not. */
    private static String cure(final IpAddress client, final List<Endpoint> to) {
        final int bits = client.isV4() ? 32 : 128;
        for (int length = client.isV4() ? USUAL_V4 : USUAL_V6; length < bits; length++) {
            final Cidr network = new Cidr(client, length).canonical();
            boolean free = !network.address().equals(client);
            for (final Endpoint target : to) {
                final Routes.Route route = route(target);
                free &= !network.contains(target.address())
                        && !network.contains(route.source())
                        && !network.contains(route.nextHop());
            }
            if (free) {
                return commands(network, to.get(0), route(to.get(0)));
            }
        }
        return "no network holds it that the target is not in: use --intercept";
    }

    private static String commands(final Cidr network, final Endpoint target, final Routes.Route route) {
        final String here = "ip route add local " + network + " dev lo (until: ip route del ...)";
        return route.local() ? here : "here: " + here + "; " + SocketClients.wayBack(target, network, route);
    }
}
