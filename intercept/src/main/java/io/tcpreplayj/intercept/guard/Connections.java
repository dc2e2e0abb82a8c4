package io.tcpreplayj.intercept.guard;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * Connections of targets with replayed clients.
 *
 * @param targets servers of this host
 * @param clients networks that replayed clients live in
 */
public record Connections(List<Endpoint> targets, List<Cidr> clients) {
    public Connections {
        if (targets.stream().noneMatch(target -> clients.stream().anyMatch(network -> match(target, network)))) {
            // An empty filter is every connection of this host.
            throw new IllegalArgumentException("no client of " + clients + " can speak to " + targets);
        }
    }

    private static boolean match(final Endpoint target, final Cidr network) {
        return network.address().isV4() == target.address().isV4();
    }

    /** As {@code ss} takes it (ss(8), FILTER). */
    public String filter() {
        final List<String> pairs = new ArrayList<>();
        for (final Endpoint target : targets) {
            for (final Cidr network : clients) {
                if (match(target, network)) {
                    pairs.add("( src " + inBrackets(target.address()) + " sport = :" + target.port() + " dst "
                            + inBrackets(network) + " )");
                }
            }
        }
        return String.join(" or ", pairs);
    }

    private static String inBrackets(final Object address) {
        final String text = address.toString();
        return text.indexOf(':') < 0 ? text : "[" + text + "]";
    }
}
