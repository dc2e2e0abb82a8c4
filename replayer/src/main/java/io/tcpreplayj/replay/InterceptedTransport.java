package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.FeedClient;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.intercept.feed.LocalFeed;
import io.tcpreplayj.intercept.feed.RemoteTap;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.linux.RawSocket;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The way for clients that live in a network of their own, whose answers never come to this host: intercepts send them. It
 * needs no rule here, for this host's TCP never sees a packet of these connections.
 */
final class InterceptedTransport {
    /** The network's own address is no client's. */
    private static final int RESERVED = 1;

    /** All of a payload is wanted, for the comparison of answers; what comes is the intercept's decision. */
    private static final int WHOLE = 65_535;

    private static final PortRange CLIENT_PORTS = new PortRange(1024, 65_535);

    private InterceptedTransport() {}

    /** @throws UserException when there is no room for the plan, or a client is of another family than the target */
    static LocalEndpoints clients(final Interception interception, final TransportNeeds needs, final int base) {
        final Endpoint target = needs.target();
        final Cidr network = interception.clients();
        if (network == null) {
            CapturedClients.check(needs.sessionsByClient(), target);
            return new CapturedClients(base);
        }
        if (network.address().isV4() != target.address().isV4()) {
            throw new UserException(
                    "clients in " + network + " cannot speak to " + target + ": they are of two address families",
                    "give --clients a network of the target's family");
        }
        final ClientPool pool = new ClientPool(network, RESERVED, base);
        pool.checkRoom(needs.planned() ? needs.addresses() : 1);
        return pool;
    }

    /** What a plan's clients need of what there is, for people. */
    static String room(final Interception interception, final TransportNeeds needs) {
        return clients(interception, needs, 0) instanceof ClientPool pool
                ? pool.room(needs.addresses())
                : atCaptured(needs);
    }

    private static String atCaptured(final TransportNeeds needs) {
        return needs.sessionsByClient().size() + " clients at their captured addresses, room for " + ClientPool.PORTS
                + " sessions each";
    }

    /** Whether clients keep addresses that nobody knows yet. */
    private static boolean willBeCaptured(final Interception interception, final TransportNeeds needs) {
        return interception.clients() == null && !needs.planned();
    }

    /** What an intercept is asked for; of clients that are not known yet, all that it has of their family. */
    private static List<Cidr> networks(final Interception interception, final TransportNeeds needs) {
        final Cidr network = interception.clients();
        if (network != null) {
            return List.of(network);
        }
        return needs.planned()
                ? CapturedClients.networks(needs.sessionsByClient().keySet())
                : List.of(new Cidr(needs.target().address(), 0).canonical());
    }

    private static String words(final Interception interception, final TransportNeeds needs, final RemoteTap tap) {
        final Cidr network = interception.clients();
        if (needs.planned()) {
            return (network == null ? "" : "clients at ") + room(interception, needs);
        }
        return "clients in " + (network == null ? tap.served() + " at their captured addresses" : network);
    }

    private static void refuseLeaks(final Interception interception, final RemoteTap tap, final Endpoint target) {
        if (interception.mayLeak() || tap.leaky().isEmpty()) {
            return;
        }
        throw new UserException(
                (interception.attested() ? "--attested, or a public target" : "--clients original")
                        + ": intercept "
                        + String.join(", ", tap.leaky())
                        + " does not run on the target's own host, or runs in a container"
                        + (interception.attested() ? "" : ", so answers could reach the real clients"),
                "start it there, with --target " + target
                        + (interception.attested() ? "" : "; or give --clients a network"));
    }

    static RawTransport open(
            final TransportChoice.Kind kind,
            final Interception interception,
            final TransportNeeds needs,
            final int base)
            throws IOException {
        final Endpoint target = needs.target();
        final Routes.Route route = Routes.to(target.address());
        final LocalEndpoints known = willBeCaptured(interception, needs) ? null : clients(interception, needs, base);
        final Deque<AutoCloseable> opened = new ArrayDeque<>();
        try {
            final RemoteTap tap = connect(interception, needs);
            opened.push(tap);
            refuseLeaks(interception, tap, target);
            final LocalEndpoints clients = known == null ? new SwallowedClients(base, tap::serves) : known;
            final String description = route.link().name() + ", " + words(interception, needs, tap)
                    + ", answers from " + interception.words()
                    + " (" + tap.mode() + ")";
            if (kind == TransportChoice.Kind.RAW || route.link().loopback()) {
                final RawSocket socket = RawSocket.open(target.address(), route.mtu());
                opened.push(socket);
                return GuardedTransport.of(
                        new RawTransport(
                                new RawWire(socket, route),
                                new MeasuredFeed(new LocalFeed(tap)),
                                clients,
                                description,
                                RawTransport.Upkeep.until(() -> {})),
                        TransportChoice.Kind.RAW,
                        route.link(),
                        needs.targets());
            }
            final NextHop nextHop = RawTransports.nextHop(route);
            opened.push(nextHop);
            final long mac = nextHop.mac();
            final PacketWire wire = RawTransports.frames(kind, target.address(), route, mac);
            opened.push(wire);
            return GuardedTransport.of(
                    new RawTransport(
                            wire,
                            new MeasuredFeed(new LocalFeed(tap)),
                            clients,
                            description,
                            new SelfUpkeep(null, nextHop, wire, mac)),
                    kind,
                    route.link(),
                    needs.targets());
        } catch (final IOException | RuntimeException e) {
            RawTransports.closeAll(opened, e);
            throw e;
        }
    }

    private static RemoteTap connect(final Interception interception, final TransportNeeds needs)
            throws LinuxException {
        final Path keys = interception.keys();
        try {
            return RemoteTap.open(
                    interception.intercepts(),
                    keys == null ? null : FeedKeys.open(keys),
                    new FeedClient.Wish(
                            networks(interception, needs),
                            CLIENT_PORTS,
                            needs.targets(),
                            WHOLE,
                            "tcpreplay-j " + ProcessHandle.current().pid()));
        } catch (final LinuxException e) {
            // Of this host.
            throw e;
        } catch (final IOException e) {
            throw new UserException(
                    String.valueOf(e.getMessage()),
                    "is tcpreplay-j intercept running there, with the same --keys and these --clients?");
        }
    }
}
