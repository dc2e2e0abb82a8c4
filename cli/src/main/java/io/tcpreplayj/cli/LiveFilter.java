package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.PortSpan;
import io.tcpreplayj.linux.LiveCapture;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.pcap.live.BpfException;
import io.tcpreplayj.pcap.live.KernelFilter;
import io.tcpreplayj.replay.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What of an interface's packets the kernel lets in: all that may belong to what was selected. Of fragments, tunnels and
 * inner VLAN tags the kernel cannot tell; they come in, and {@link PacketSelection} looks at what is in them.
 */
final class LiveFilter {
    /** What {@link io.tcpreplayj.packet.Reassembler} opens or joins, before it is known whose it is. */
    private static final String CARRIERS = "ip[6:2] & 0x1fff != 0"
            + " or ip proto 4 or ip proto 41 or ip proto 47 or ip proto 51"
            + " or ip6 proto 0 or ip6 proto 4 or ip6 proto 41 or ip6 proto 43 or ip6 proto 44 or ip6 proto 47"
            + " or ip6 proto 51 or ip6 proto 60 or ip6 proto 135"
            + " or udp port 2152 or udp port 3544 or udp port 4754 or udp port 4789 or udp port 4790"
            + " or udp port 6081 or udp port 8472"
            + " or ether proto 0x8100 or ether proto 0x88a8 or ether proto 0x9100 or ether proto 0x8847"
            + " or ether proto 0x8848 or ether proto 0x8864";

    /**
     * The kernel takes the outer tag off a frame before its filter runs, and the compiler does not know; we put it back
     * before ours runs.
     */
    private static final Pattern OF_TAGS = Pattern.compile("\\bvlan\\b");

    private final String users;
    private final String expression;

    private LiveFilter(final String users, final String expression) {
        this.users = users;
        this.expression = expression;
    }

    /**
     * From {@code --port --host} and an expression.
     *
     * @param expression of pcap-filter(7), or empty
     */
    static LiveFilter of(final LowArgs args, final String expression) {
        final List<String> ports = new ArrayList<>();
        for (final String text : args.all(Flags.PACKET_PORT)) {
            for (final PortSpan span : PortSpan.parseAll(Flags.PACKET_PORT, text)) {
                ports.add("portrange " + span.first() + "-" + span.last());
            }
        }
        final List<String> hosts = new ArrayList<>();
        for (final String text : args.all(Flags.PACKET_HOST)) {
            final Cidr network = Selection.network(Flags.PACKET_HOST, text);
            hosts.add("net " + network.canonical());
        }
        final List<String> parts = new ArrayList<>();
        if (!expression.isEmpty() && !isOfTags(expression)) {
            parts.add("(" + expression + ")");
        }
        for (final List<String> choice : List.of(ports, hosts)) {
            if (!choice.isEmpty()) {
                parts.add("(" + String.join(" or ", choice) + " or " + CARRIERS + ")");
            }
        }
        return new LiveFilter(expression, String.join(" and ", parts));
    }

    /** The same but for what goes to these and comes from them: what we replay ourselves must not be captured. */
    LiveFilter without(final List<Endpoint> targets) {
        final List<String> parts = new ArrayList<>();
        if (!expression.isEmpty()) {
            parts.add("(" + expression + ")");
        }
        for (final Endpoint target : targets) {
            // Not "host and port": real clients may live at the target's address. "and" and "or" bind alike.
            final String way = "(%1$s host " + target.address() + " and %1$s port " + target.port() + ")";
            parts.add("not ((tcp or udp) and (" + way.formatted("dst") + " or " + way.formatted("src") + "))");
        }
        return new LiveFilter(users, String.join(" and ", parts));
    }

    private static boolean isOfTags(final String expression) {
        return OF_TAGS.matcher(expression).find();
    }

    /** What the kernel lets in, in the language of pcap-filter(7); empty when that is everything. */
    String expression() {
        return expression;
    }

    /** The user's expression when it is not the kernel that applies it; else empty. */
    String left() {
        return isOfTags(users) ? users : "";
    }

    /**
     * For frames of that link type.
     *
     * @throws UserException when the user's expression is none
     */
    PacketFilter compile(final int linktype) {
        try {
            if (!users.isEmpty()) {
                // Whoever applies it: its mistakes are told before anything is captured.
                KernelFilter.compile(users, linktype);
            }
            return expression.isEmpty()
                    ? PacketFilter.everything(LiveCapture.SNAPLEN)
                    : PacketFilter.compiled(KernelFilter.compile(expression, linktype), LiveCapture.SNAPLEN);
        } catch (final BpfException e) {
            if (users.isEmpty()) {
                // No libpcap. What comes in besides is looked at here, which costs time and is no mistake.
                return PacketFilter.everything(LiveCapture.SNAPLEN);
            }
            throw PacketSelection.refused(e);
        }
    }
}
