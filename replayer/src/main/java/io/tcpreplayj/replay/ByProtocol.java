package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.Protocol;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.replay.protocol.Rewriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The flows of a run, those of TCP and those of UDP, which are planned apart and begin at one moment. What no rule lets through
 * is counted with those of its protocol, or, where that has no other, with the others.
 */
final class ByProtocol {
    private final List<FlowRecord> tcp = new ArrayList<>();
    private final List<FlowRecord> udp = new ArrayList<>();
    private final ReplayOptions options;
    private final Rewriter rewriter;
    private long tcpStartNs = Long.MAX_VALUE;
    private long udpStartNs = Long.MAX_VALUE;

    private ByProtocol(final ReplayOptions options) {
        this.options = options;
        rewriter = new Rewriter(options.rules().rewrites());
    }

    static ByProtocol of(final List<FlowRecord> flows, final ReplayOptions options) {
        final ByProtocol split = new ByProtocol(options);
        for (final FlowRecord flow : flows) {
            split.add(flow);
        }
        if (!split.hasUdp()) {
            split.tcp.addAll(split.udp);
            split.udp.clear();
        } else if (!split.hasTcp()) {
            split.udp.addAll(split.tcp);
            split.tcp.clear();
        }
        return split;
    }

    private void add(final FlowRecord flow) {
        final boolean isReplayed = options.rules().skipReason(flow) == null;
        if (flow.protocol() == Protocol.UDP) {
            udp.add(flow);
            udpStartNs = isReplayed ? Math.min(udpStartNs, flow.startNs()) : udpStartNs;
        } else {
            tcp.add(flow);
            tcpStartNs = isReplayed ? Math.min(tcpStartNs, flow.startNs()) : tcpStartNs;
        }
    }

    boolean hasTcp() {
        return tcpStartNs != Long.MAX_VALUE;
    }

    private boolean hasUdp() {
        return udpStartNs != Long.MAX_VALUE;
    }

    ReplayPlan tcpPlan(final FlowDb db, final long filtered) throws IOException {
        return new ReplayPlanner(options, rewriter).plan(db, tcp, filtered, udpStartNs);
    }

    /** Null when there is no UDP. {@code filtered} is counted here only when there is no TCP. */
    @Nullable
    UdpRun udpRun(final FlowDb db, final long filtered, final ByteLimit limit, final RunControl control)
            throws IOException {
        if (!hasUdp()) {
            return null;
        }
        final ReplayPlan plan = new ReplayPlanner(options, rewriter).plan(db, udp, hasTcp() ? 0 : filtered, tcpStartNs);
        return new UdpRun(plan, options, limit, control);
    }

    /** What the rules changed of all that was planned; null without any. */
    ReplayResult.@Nullable Rewrites rewrites() {
        return rewriter.hasRules()
                ? new ReplayResult.Rewrites(rewriter.places(), rewriter.flows(), rewriter.unmatched())
                : null;
    }
}
