package io.tcpreplayj.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The captures that {@code index} was given, and the filter expression that may follow them, as behind tcpdump's options.
 *
 * @param captures at least one
 * @param expression empty when there is none
 */
record Operands(List<String> captures, String expression) {
    /** The words that an expression of pcap-filter(7) can begin with. A misspelt file name is hardly one of them. */
    private static final Set<String> OPENINGS = Set.of(
            "not",
            "src",
            "dst",
            "host",
            "net",
            "port",
            "portrange",
            "proto",
            "protochain",
            "gateway",
            "less",
            "greater",
            "len",
            "broadcast",
            "multicast",
            "inbound",
            "outbound",
            "ether",
            "link",
            "ip",
            "ip6",
            "tcp",
            "udp",
            "sctp",
            "icmp",
            "icmp6",
            "arp",
            "rarp",
            "ah",
            "esp",
            "igmp",
            "pim",
            "vrrp",
            "vlan",
            "mpls",
            "pppoed",
            "pppoes",
            "geneve",
            "ppp",
            "slip",
            "fddi",
            "tr",
            "wlan",
            "type",
            "subtype",
            "dir",
            "addr1",
            "addr2",
            "addr3",
            "addr4",
            "ra",
            "ta",
            "stp",
            "llc",
            "iso",
            "atalk",
            "aarp",
            "decnet",
            "lat",
            "ipx",
            "netbeui",
            "ifname",
            "rset",
            "rulenum",
            "reason",
            "action");

    /**
     * The first operand is a capture. The expression begins at the first of the others that names nothing there is, and
     * with a word of the filter language, with {@code !} or {@code (}.
     */
    static Operands of(final List<String> operands) {
        for (int i = 1; i < operands.size(); i++) {
            if (begins(operands.get(i)) && !exists(operands.get(i))) {
                return new Operands(operands.subList(0, i), String.join(" ", operands.subList(i, operands.size())));
            }
        }
        return new Operands(operands, "");
    }

    private static boolean begins(final String operand) {
        final String text = operand.strip();
        return text.startsWith("!") || text.startsWith("(") || OPENINGS.contains(text.replaceFirst("[^a-z0-9].*", ""));
    }

    private static boolean exists(final String operand) {
        try {
            return Files.exists(Path.of(operand));
        } catch (final InvalidPathException e) {
            return false;
        }
    }
}
