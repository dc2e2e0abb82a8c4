package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.replay.protocol.RewriteRule;
import io.tcpreplayj.replay.protocol.Rewriter;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Gaps;
import io.tcpreplayj.replay.script.GateMode;
import io.tcpreplayj.replay.script.HoleMender;
import io.tcpreplayj.replay.tcp.Likeness;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How faithful a replay is to what it cannot reproduce exactly.
 *
 * @param gates what a client waits for before it sends on
 * @param congestionControl false sends as much as the target's window takes
 * @param ecn the clients offer Explicit Congestion Notification
 * @param midstream flows whose beginning the capture does not hold are opened with a handshake of our own
 * @param gaps what becomes of flows with holes in the client's stream
 * @param onEarlyFin what follows when the target closes before the client sent all
 * @param onReset what follows when the target resets a connection
 * @param likeness what is repeated of the captured client's manners
 * @param rewrites what clients say otherwise than captured, one after the other
 */
public record ReplayRules(
        GateMode gates,
        boolean congestionControl,
        boolean ecn,
        boolean midstream,
        Gaps gaps,
        OnEarlyFin onEarlyFin,
        OnReset onReset,
        Likeness likeness,
        List<RewriteRule> rewrites) {
    /** What is asked for unless the user says otherwise. */
    public static final ReplayRules DEFAULT = new ReplayRules(
            GateMode.HYBRID, true, false, false, Gaps.DROP_FLOW, OnEarlyFin.CONTINUE, OnReset.FAIL, Likeness.NONE);

    /** Of clients that say what they said. */
    public ReplayRules(
            final GateMode gates,
            final boolean congestionControl,
            final boolean ecn,
            final boolean midstream,
            final Gaps gaps,
            final OnEarlyFin onEarlyFin,
            final OnReset onReset,
            final Likeness likeness) {
        this(gates, congestionControl, ecn, midstream, gaps, onEarlyFin, onReset, likeness, List.of());
    }

    /**
     * What is sent of a flow that is not skipped.
     *
     * @param rewriter of these rules
     * @throws UserException when a rule finds what it cannot change
     */
    public FlowScript script(final FlowRecord flow, final ByteBuffer clientBytes, final Rewriter rewriter) {
        return rewriter.apply(HoleMender.mend(new FlowScript(flow, clientBytes), gaps));
    }

    /** Why {@code flow} is not replayed under these rules, or null. */
    public @Nullable SkipReason skipReason(final FlowRecord flow) {
        final SkipReason recorded = flow.skipReason();
        final boolean ruled = (recorded == SkipReason.MIDSTREAM && midstream)
                || (recorded == SkipReason.GAP && gaps != Gaps.DROP_FLOW);
        if (!ruled) {
            return recorded;
        }
        if (flow.clientStream().bytes() == 0) {
            return SkipReason.NO_CLIENT_BYTES;
        }
        if (flow.app() == FlowRecord.App.TLS) {
            return SkipReason.TLS;
        }
        // Only the first reason is recorded: the other one may stand behind it.
        if (flow.midstream() && !midstream) {
            return SkipReason.MIDSTREAM;
        }
        final boolean holes = recorded == SkipReason.GAP || flow.clientStream().gapBytes() > 0;
        return holes && !HoleMender.canMend(flow, gaps) ? SkipReason.GAP : null;
    }
}
