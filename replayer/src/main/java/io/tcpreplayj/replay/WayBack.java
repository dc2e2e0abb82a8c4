package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.linux.TransparentSocket;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Whether answers to captured addresses come back to this host's kernel, and to nobody else. A connection from a captured address
 * would show it, and where it fails the target has answered a real client by then. So the question comes from an address that
 * is nobody's, in the network that a local route here holds, for the target's route will have been set for the same.
 */
final class WayBack {
    /** As large as a link's network usually is: the first address of a part of it might be a neighbour's. */
    private static final int USUAL_V4 = 24;

    private static final int USUAL_V6 = 64;

    private static final Comparator<Cidr> BY_ADDRESS =
            Comparator.comparing(Cidr::address).thenComparing(Cidr::prefixLength);

    /** Each client's own network on this host. */
    private final Map<IpAddress, Cidr> networks;
    /** Who asks for each network; nobody does where no target is on another host. */
    private final Map<Cidr, IpAddress> askers;
    /** One for each host that is not this one. */
    private final Map<Endpoint, Routes.Route> targets;

    /** One connection that must be answered here. */
    record Question(IpAddress asker, Cidr network, Endpoint target, Routes.Route route) {
        /** What it means when it is not. */
        String danger() {
            return "its answers to clients in " + network + " might reach the real ones";
        }

        String cure() {
            return RouteCures.wayBack(target, List.of(network), route);
        }
    }

    private WayBack(
            final Map<IpAddress, Cidr> networks,
            final Map<Cidr, IpAddress> askers,
            final Map<Endpoint, Routes.Route> targets) {
        this.networks = networks;
        this.askers = askers;
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
        for (final IpAddress client : new TreeSet<>(clients)) {
            own(client).ifPresentOrElse(network -> networks.put(client, network), () -> strangers.add(client));
        }
        if (!strangers.isEmpty()) {
            throw new UserException(
                    "--clients original: this host does not take " + strangers.get(0) + " for its own"
                            + (strangers.size() > 1 ? ", nor " + (strangers.size() - 1) + " other clients" : ""),
                    cure(strangers, clients, to));
        }
        final Map<Cidr, IpAddress> askers = targets.isEmpty() ? Map.of() : askers(networks, targets, to);
        networks.keySet().forEach(WayBack::checkBind);
        return new WayBack(networks, askers, targets);
    }

    private static Map<Cidr, IpAddress> askers(
            final Map<IpAddress, Cidr> networks, final Map<Endpoint, Routes.Route> targets, final List<Endpoint> to) {
        final Surroundings surroundings = Surroundings.ofThisHost(to);
        final Map<Cidr, IpAddress> askers = new LinkedHashMap<>();
        final SortedSet<Cidr> narrow = new TreeSet<>(BY_ADDRESS);
        networks.forEach((client, network) -> {
            // This host's usual address: what answers it gets, it gets in every other replay as well.
            if (targets.values().stream().allMatch(route -> route.source().equals(client))) {
                askers.put(network, client);
                return;
            }
            final String objection = surroundings.objection(network);
            if (!objection.isEmpty()) {
                throw new UserException("--clients original: " + objection, "use --intercept");
            }
            nobody(network, networks.keySet())
                    .ifPresentOrElse(asker -> askers.putIfAbsent(network, asker), () -> narrow.add(network));
        });
        if (!narrow.isEmpty()) {
            final List<IpAddress> within = networks.entrySet().stream()
                    .filter(each -> narrow.contains(each.getValue()))
                    .map(Map.Entry::getKey)
                    .toList();
            throw new UserException(
                    "--clients original: " + joined(narrow)
                            + ": no address there is surely nobody's, from which to ask where"
                            + " the target's answers go",
                    RouteCures.notHere(narrow) + "; then " + cure(within, networks.keySet(), to));
        }
        return askers;
    }

    /** Of IPv6 the first one is every router's (RFC 4291 2.6.1), so one is drawn that is nobody's but for a miracle. */
    private static Optional<IpAddress> nobody(final Cidr network, final Set<IpAddress> clients) {
        final IpAddress first = network.canonical().address();
        if (network.prefixLength() > (first.isV4() ? USUAL_V4 : USUAL_V6)) {
            return Optional.empty();
        }
        if (first.isV4()) {
            return clients.contains(first) ? Optional.empty() : Optional.of(first);
        }
        IpAddress drawn = first;
        while (drawn.equals(first) || clients.contains(drawn)) {
            drawn = new IpAddress(first.high(), ThreadLocalRandom.current().nextLong());
        }
        return Optional.of(drawn);
    }

    /** A network that is proposed for {@code client}. */
    static Cidr usual(final IpAddress client) {
        return new Cidr(client, client.isV4() ? USUAL_V4 : USUAL_V6).canonical();
    }

    /** Such networks of all of them, in the order of addresses. */
    static SortedSet<Cidr> usual(final Collection<IpAddress> clients) {
        final SortedSet<Cidr> networks = new TreeSet<>(BY_ADDRESS);
        clients.forEach(client -> networks.add(usual(client)));
        return networks;
    }

    private static String joined(final Collection<Cidr> networks) {
        return networks.stream().map(Cidr::toString).collect(Collectors.joining(", "));
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

    private static void checkBind(final IpAddress client) {
        try (SocketChannel channel = SocketChannel.open()) {
            TransparentSocket.bind(channel, new InetSocketAddress(client.toInetAddress(), 0));
        } catch (final IOException e) {
            final String why = String.valueOf(e.getMessage());
            // Nor may it be a transparent one (TransparentSocket).
            final boolean unassigned = !client.isV4() && why.contains("Cannot assign");
            throw new UserException(
                    "--clients original: " + client + " is this host's own by its routes, and no socket may have it: "
                            + why,
                    unassigned
                            ? "give this program CAP_NET_RAW, or: sysctl -w net.ipv6.ip_nonlocal_bind=1 (until: ...=0)"
                            : "use --intercept");
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

    /** Who asks for {@code client}: itself where no packet of that leaves this host. */
    IpAddress asker(final IpAddress client) {
        return askers.getOrDefault(network(client), client);
    }

    /** For each target and each network. */
    List<Question> questions() {
        final List<Question> questions = new ArrayList<>();
        targets.forEach((target, route) ->
                askers.forEach((network, asker) -> questions.add(new Question(asker, network, target, route))));
        return questions;
    }

    /**
     * Asks all of them: one connection each, without a byte.
     *
     * @throws UserException when an answer does not come here
     */
    void prove() throws IOException {
        for (final Question question : questions()) {
            final Endpoint target = question.target();
            final ProbeResult result = ProbeRun.fromOwn(new Endpoint(question.asker(), 0), target);
            switch (result.fate()) {
                case CONNECTED -> {}
                case REFUSED ->
                    throw new UserException(
                            "target " + target + " refuses: nothing listens there",
                            "start the server, or check the port: ss -ltn 'sport = :" + target.port() + "'");
                case NOT_SENT ->
                    throw new UserException(
                            "this host does not send from " + question.asker() + " to " + target + ": "
                                    + result.refusal(),
                            "ip route get " + target.address() + " from " + question.asker() + "; nft list ruleset");
                default ->
                    throw new UserException(
                            "--clients original: no answer of " + target + " to " + question.asker()
                                    + ", an address of nobody's, came here, so " + question.danger(),
                            "here: " + RouteCures.here(List.of(question.network())) + "; " + question.cure());
            }
        }
    }

    /** What lets {@code strangers} be this host's, by networks in which an address is nobody's, and the hosts themselves are not. */
    private static String cure(
            final List<IpAddress> strangers, final Collection<IpAddress> clients, final List<Endpoint> to) {
        final Surroundings surroundings = Surroundings.ofThisHost(to);
        final SortedSet<Cidr> networks = usual(strangers);
        for (final Cidr network : networks) {
            final String objection = surroundings.objection(network);
            if (!objection.isEmpty()) {
                return "use --intercept: " + objection;
            }
            if (nobody(network, Set.copyOf(clients)).isEmpty()) {
                return "use --intercept: the first address of " + network + " is a captured client's";
            }
        }
        final Map<Endpoint, Routes.Route> targets = elsewhere(to);
        final List<String> commands = new ArrayList<>(List.of("here: " + RouteCures.here(networks)));
        targets.forEach((target, route) -> commands.add(RouteCures.wayBack(target, networks, route)));
        return commands.stream().distinct().collect(Collectors.joining("; "));
    }
}
