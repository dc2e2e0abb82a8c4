package io.tcpreplayj.replay.doctor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rules of this host that drop or reject; what they do to the probe, the kernel tells. */
final class FirewallCheck implements Check {
    @Override
    public String name() {
        return "firewall";
    }

    @Override
    public @Nullable Finding look(final Patient patient, final Host host) {
        if (!host.capabilities().netAdmin()) {
            return Finding.warn(name(), "cannot be looked at without CAP_NET_ADMIN", "run as root: nft list ruleset");
        }
        final String legacy = host.read("proc/net/ip_tables_names").orElse("");
        final List<String> rules = host.run("nft", "list", "ruleset")
                .orElse("")
                .lines()
                .map(String::strip)
                .filter(line -> line.matches(".*\\b(drop|reject)\\b.*"))
                .toList();
        final String port = "dport " + patient.target().port();
        final List<String> ours =
                rules.stream().filter(line -> (line + " ").contains(port + " ")).toList();
        if (!patient.isReplayer() && !ours.isEmpty()) {
            return Finding.warn(
                    name(),
                    "a rule is about port " + patient.target().port() + ": " + ours.get(0)
                            + "; whether it hits clients is seen on the replayer",
                    "nft -a list ruleset; nft delete rule … handle …");
        }
        final String found = rules.isEmpty() ? "drops nothing" : rules.size() + " rules that drop, none seen at work";
        return legacy.isEmpty()
                ? Finding.ok(name(), found)
                : Finding.warn(name(), found + "; rules of iptables-legacy are not seen", "iptables-legacy-save");
    }
}
