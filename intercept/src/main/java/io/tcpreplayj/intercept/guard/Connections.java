package io.tcpreplayj.intercept.guard;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Connections of targets with replayed clients.
 *
 * @param targets servers of this host
 * @param clients networks that replayed clients live in
 */
public record Connections(List<Endpoint> targets, List<Cidr> clients) {
    public Connections {
        if (pairs(targets, clients).isEmpty()) {
            // An empty filter is every connection of this host.
            throw new IllegalArgumentException("no client of " + clients + " can speak to " + targets);
        }
    }

    /** A server and a network of its address family. */
    public record Pair(Endpoint target, Cidr network) {}

    /** Who may speak to whom. */
    public List<Pair> pairs() {
        return pairs(targets, clients);
    }

    private static List<Pair> pairs(final List<Endpoint> targets, final List<Cidr> clients) {
        final List<Pair> pairs = new ArrayList<>();
        for (final Endpoint target : targets) {
            for (final Cidr network : clients) {
                if (network.address().isV4() == target.address().isV4()) {
                    pairs.add(new Pair(target, network));
                }
            }
        }
        return pairs;
    }

    /** As {@code ss} takes it (ss(8), FILTER). */
    public String filter() {
        return pairs().stream()
                .map(pair -> "( src " + inBrackets(pair.target().address()) + " sport = :"
                        + pair.target().port() + " dst " + inBrackets(pair.network()) + " )")
                .collect(Collectors.joining(" or "));
    }

    private static String inBrackets(final Object address) {
        final String text = address.toString();
        return text.indexOf(':') < 0 ? text : "[" + text + "]";
    }
}
