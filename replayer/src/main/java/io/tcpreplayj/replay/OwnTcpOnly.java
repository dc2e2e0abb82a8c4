package io.tcpreplayj.replay;

import io.tcpreplayj.replay.tcp.AckStyle;
import io.tcpreplayj.replay.tcp.Likeness;
import java.util.ArrayList;
import java.util.List;

/** What only a TCP of our own can do for a user who asks for it: over the kernel's sockets it would silently not be done. */
final class OwnTcpOnly {
    private OwnTcpOnly() {}

    /** @throws UserException when {@code rules} ask for something that nothing would come of */
    static void check(final TransportChoice choice, final ReplayRules rules) {
        final List<String> unheeded = flags(rules);
        if (choice.kind() != TransportChoice.Kind.SOCKET || unheeded.isEmpty()) {
            return;
        }
        final boolean one = unheeded.size() == 1;
        throw new UserException(
                String.join(", ", unheeded) + (one ? " does" : " do")
                        + " nothing over kernel sockets, which are the transport because " + choice.reason(),
                "leave " + (one ? "it" : "them") + " out, or run as root with --transport tun or packet");
    }

    private static List<String> flags(final ReplayRules rules) {
        final Likeness likeness = rules.likeness();
        final List<String> flags = new ArrayList<>();
        add(flags, "--cc", !rules.congestionControl());
        add(flags, "--ecn", rules.ecn());
        add(flags, "--ack-policy", likeness.acks() != AckStyle.RFC);
        add(flags, "--window-policy", likeness.windows());
        add(flags, "--preserve-isn", likeness.iss());
        add(flags, "--dscp", likeness.dscp() != Likeness.NONE.dscp());
        add(flags, "--ttl", likeness.hopLimit() != Likeness.NONE.hopLimit());
        return flags;
    }

    private static void add(final List<String> flags, final String flag, final boolean given) {
        if (given) {
            flags.add(flag);
        }
    }
}
