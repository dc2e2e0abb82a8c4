package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.replay.script.GateMode;
import org.jspecify.annotations.Nullable;

/**
 * How faithful a replay is to what it cannot reproduce exactly.
 *
 * @param gates what a client waits for before it sends on
 * @param congestionControl false sends as much as the target's window takes
 * @param ecn the clients offer Explicit Congestion Notification
 * @param midstream flows whose beginning the capture does not hold are opened with a handshake of our own
 * @param gaps of flows with holes in the client's stream what is there is sent, as if it were whole
 * @param onEarlyFin what follows when the target closes before the client sent all
 * @param onReset what follows when the target resets a connection
 */
public record ReplayRules(
        GateMode gates,
        boolean congestionControl,
        boolean ecn,
        boolean midstream,
        boolean gaps,
        OnEarlyFin onEarlyFin,
        OnReset onReset) {
    /** What is asked for unless the user says otherwise. */
    public static final ReplayRules DEFAULT =
            new ReplayRules(GateMode.HYBRID, true, false, false, false, OnEarlyFin.CONTINUE, OnReset.FAIL);

    /** Why {@code flow} is not replayed under these rules, or null. */
    public @Nullable SkipReason skipReason(final FlowRecord flow) {
        final SkipReason recorded = flow.skipReason();
        final boolean ruled = (recorded == SkipReason.MIDSTREAM && midstream) || (recorded == SkipReason.GAP && gaps);
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
        return flow.clientStream().gapBytes() > 0 && !gaps ? SkipReason.GAP : null;
    }
}
