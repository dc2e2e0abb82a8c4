package io.tcpreplayj.replay.pkt;

import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.tcp.TcpConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What a script sets by {@code --name=value}: times in seconds, sizes in bytes. */
final class Settings {
    private static final Set<String> SIZES =
            Set.of("mtu", "family", "syn_retries", "receive_window", "congestion_control", "ecn", "ends_at_early_fin");
    private static final Set<String> TIMES = Set.of(
            "min_rto", "max_rto", "user_timeout", "delayed_ack", "response_timeout", "tolerance", "captured_rtt");
    private static final int IPV6_HEADER_IS_LONGER_BY = 20;

    private GateMode gates = GateMode.HYBRID;
    private final Map<String, Long> values = new LinkedHashMap<>();

    /** Takes one {@code --name=value}. */
    void parse(final ScriptLine line) {
        final int at = line.position();
        final String name = line.word();
        line.expect("=");
        if (SIZES.contains(name)) {
            values.put(name, line.number("a number"));
        } else if (TIMES.contains(name)) {
            values.put(name, line.seconds());
        } else if ("speed".equals(name)) {
            values.put(name, line.seconds());
        } else if ("gates".equals(name)) {
            gates = mode(line);
        } else {
            throw line.errorAt(at, "no setting is called '" + name + "'");
        }
    }

    private static GateMode mode(final ScriptLine line) {
        final int at = line.position();
        final String label = line.word();
        for (final GateMode mode : GateMode.values()) {
            if (mode.label().equals(label)) {
                return mode;
            }
        }
        throw line.errorAt(at, "no gates are called '" + label + "'");
    }

    private long get(final String name, final long otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    /** Whether the script is for this family too. */
    boolean isFor(final boolean v6) {
        final long family = get("family", 0);
        return family == 0 || family == (v6 ? 6 : 4);
    }

    /** IPv6's MTU is larger by what its header is longer, so that MSS and segments are the same. */
    TcpConfig config(final boolean v6) {
        final TcpConfig usual = TcpConfig.defaults(mtuOfPath((int) get("mtu", 1500), v6));
        return new TcpConfig(
                usual.mtu(),
                get("min_rto", usual.minRtoNs()),
                get("max_rto", usual.maxRtoNs()),
                get("user_timeout", usual.userTimeoutNs()),
                (int) get("syn_retries", usual.synRetries()),
                get("delayed_ack", usual.delayedAckNs()),
                (int) get("receive_window", usual.receiveWindow()),
                get("ecn", 0) != 0,
                get("congestion_control", 1) != 0,
                get("ends_at_early_fin", 0) != 0,
                usual.likeness());
    }

    /** What a script calls an MTU; 0 stays 0, for none. */
    int mtuOfPath(final int ofIpv4, final boolean v6) {
        return ofIpv4 == 0 || !v6 ? ofIpv4 : ofIpv4 + IPV6_HEADER_IS_LONGER_BY;
    }

    /** How time and waiting are scaled. */
    Pace pace() {
        return new Pace(get("speed", 1_000_000_000L) / 1e9, get("response_timeout", 30_000_000_000L), gates);
    }

    /** By how much a segment may be early or late. */
    long toleranceNs() {
        return get("tolerance", 0);
    }

    /** SYN to SYN+ACK in the capture. */
    long capturedRttNs() {
        return get("captured_rtt", 100_000L);
    }

    /** Whether nothing but the family is set: what a kernel's client can be measured by. */
    boolean usual() {
        return gates == GateMode.HYBRID && values.keySet().stream().allMatch("family"::equals);
    }
}
