package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Clients over kernel sockets with addresses of their own. A local route for their network makes this host take all of it for
 * its addresses (ip-route(8), type local), which over IPv4 needs no privilege of ours (over IPv6: {@link
 * io.tcpreplayj.linux.TransparentSocket}); who sets it decides how long it stays, so it is not set here.
 *
 * @param network that they are mapped into, IPv4 only; or null: each has its captured address, see {@link WayBack}
 */
public record SocketClients(@Nullable Cidr network) {
    /** The network's own address is no client's. */
    private static final int RESERVED = 1;

    /**
     * Where a plan's clients live.
     *
     * @param description how that is said
     * @param way what must be proven before anything is sent, or null: a network of nobody's needs no proof
     */
    record Places(
            LocalEndpoints endpoints,
            ReplayPlan plan,
            String description,
            @Nullable WayBack way) {}

    /**
     * Gives each session of a plan its place; nothing is sent.
     *
     * @param base any number; where the clients' ports begin
     * @throws UserException when this host does not take the addresses for its own, or they are too few
     */
    Places places(final ReplayPlan plan, final int base) {
        final Cidr mapped = network;
        final TransportNeeds needs = TransportNeeds.of(plan);
        if (mapped != null) {
            final LocalEndpoints endpoints = in(mapped, needs, base);
            return new Places(endpoints, plan.at(endpoints), ", clients in " + mapped, null);
        }
        needs.targets().forEach(target -> CapturedClients.check(needs.sessionsByClient(), target));
        final WayBack way = WayBack.of(needs.sessionsByClient().keySet(), needs.targets());
        final List<Endpoint> captured =
                plan.sessions().stream().map(s -> s.script().flow().client()).toList();
        final CapturedPorts endpoints = new CapturedPorts(captured, base);
        final ReplayPlan placed = plan.at(endpoints);
        return new Places(
                endpoints,
                placed,
                ", clients at their captured addresses, " + endpoints.kept() + " of "
                        + placed.sessions().size() + " sessions at the captured port",
                way);
    }

    /**
     * Where a probe may come from that stands for the clients, without being one that somebody really is.
     *
     * @param captured one of them, where each has its captured address
     */
    Asker asker(final Endpoint target, final @Nullable IpAddress captured, final int base) {
        final Cidr mapped = network;
        if (mapped != null) {
            final TransportNeeds needs = TransportNeeds.ofOne(target, target.address());
            return new Asker(mapped, in(mapped, needs, base).next(target.address()));
        }
        if (captured == null) {
            throw ProbeRun.noClientKnown(target);
        }
        final WayBack way = WayBack.of(List.of(captured), List.of(target));
        return new Asker(way.network(captured), new Endpoint(way.asker(captured), 0));
    }

    /** Who asks, in which network. */
    record Asker(Cidr network, Endpoint from) {}

    private static LocalEndpoints in(final Cidr network, final TransportNeeds needs, final int base) {
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
                        RouteCures.here(List.of(network.canonical()))
                                + ", and let the target route that network to this host");
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
