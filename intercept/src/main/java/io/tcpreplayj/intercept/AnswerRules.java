package io.tcpreplayj.intercept;

import io.tcpreplayj.intercept.guard.Connections;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * nftables' lines for the answers of targets to replayed clients: what is swallowed, and what stops whatever would leave by
 * another way. Nobody else's packet matches.
 */
final class AnswerRules {
    private final List<String> matches = new ArrayList<>();
    private final String table;

    AnswerRules(final Connections connections, final String table) {
        this.table = table;
        connections.pairs().forEach(pair -> addMatches(pair.target(), pair.network()));
    }

    /** Segments, and the ICMP errors by which this host refuses a client's packet. */
    private void addMatches(final Endpoint target, final Cidr network) {
        final String family = target.address().isV4() ? "ip" : "ip6";
        final String pair = family + " saddr " + target.address() + " " + family + " daddr " + network + " ";
        matches.add(pair + "tcp sport " + target.port());
        matches.add(pair
                + (target.address().isV4()
                        ? "icmp type { destination-unreachable, time-exceeded }"
                        : "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded }"));
    }

    /** Forwards answers that leave by one of {@code devices} to {@code sink}; stops those that leave by others. */
    List<String> forward(final Set<String> devices, final String sink) {
        final List<String> lines = new ArrayList<>();
        lines.add("add table netdev " + table + " { flags owner; }");
        int chains = 0;
        for (final String device : devices) {
            final String chain = table + " answers" + chains++;
            lines.add("add chain netdev " + chain + " { type filter hook egress device \"" + device
                    + "\" priority 0; policy accept; }");
            matches.forEach(
                    match -> lines.add("add rule netdev " + chain + " " + match + " counter fwd to \"" + sink + "\""));
        }
        lines.addAll(stop("oifname != { \"" + String.join("\", \"", devices) + "\" } "));
        return lines;
    }

    /** Drops answers that are about to leave; {@code unless} says which do not. */
    List<String> stop(final String unless) {
        final List<String> lines = new ArrayList<>();
        lines.add("add table inet " + table + " { flags owner; }");
        lines.add(
                "add chain inet " + table + " backstop { type filter hook postrouting priority 300; policy accept; }");
        matches.forEach(match -> lines.add("add rule inet " + table + " backstop " + unless + match + " counter drop"));
        return lines;
    }
}
