package io.tcpreplayj.replay;

import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The commands that give clients over kernel sockets their addresses, here and where answers are routed. */
public final class RouteCures {
    private RouteCures() {}

    /** Makes this host take the addresses for its own. */
    static String here(final Collection<Cidr> networks) {
        return each(networks, "ip route add local %s dev lo") + " (until: ip route del ...)";
    }

    /** Takes that back. */
    static String notHere(final Collection<Cidr> networks) {
        return each(networks, "ip route del local %s dev lo");
    }

    /**
     * Brings a target's answers to clients in {@code network} here.
     *
     * @param route to the target, or null when there is none
     */
    public static String wayBack(final Endpoint target, final Cidr network, final Routes.@Nullable Route route) {
        return wayBack(target, List.of(network.canonical()), route);
    }

    /** The second route keeps answers from everybody where the first one is lost: it has no link that could go down. */
    static String wayBack(final Endpoint target, final Collection<Cidr> networks, final Routes.@Nullable Route route) {
        final String via = route == null ? "THIS-HOST" : route.source().toString();
        return (route == null || route.nextHop().equals(target.address())
                        ? "on the target: "
                        : "on router " + route.nextHop() + ": ")
                + each(networks, "ip route replace %s via " + via) + "; "
                + each(networks, "ip route add blackhole %s metric 4294967295");
    }

    private static String each(final Collection<Cidr> networks, final String command) {
        return networks.size() == 1
                ? command.formatted(networks.iterator().next())
                : "for n in " + networks.stream().map(Cidr::toString).collect(Collectors.joining(" ")) + "; do "
                        + command.formatted("$n") + "; done";
    }
}
