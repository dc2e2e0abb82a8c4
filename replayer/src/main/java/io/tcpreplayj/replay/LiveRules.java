package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Which flows are replayed while they are captured, where to, and when. Immutable: both threads ask.
 *
 * @param originNs the capture time at which the replay clock began, by a clock that nobody sets
 */
public record LiveRules(LiveOptions options, long originNs) {
    /** Why the flow is not replayed, or null. */
    @Nullable
    SkipReason skipReason(final OpenFlow flow) {
        if (isOurs(flow.server()) || target(flow) == null) {
            // What goes to a target is what we send, or would be sent there twice: it must not come round.
            return SkipReason.FILTERED;
        }
        final SkipReason reason = flow.skipReason();
        if (reason == SkipReason.MIDSTREAM && options.midstream()) {
            return flow.app() == FlowRecord.App.TLS ? SkipReason.TLS : null;
        }
        return reason;
    }

    /** The same of a UDP conversation; of one whose beginning was lost the target may look like the client. */
    @Nullable
    SkipReason udpSkipReason(final OpenFlow flow) {
        return isOurs(flow.server()) || isOurs(flow.client()) || target(flow) == null ? SkipReason.FILTERED : null;
    }

    private boolean isOurs(final Endpoint server) {
        for (final ReplayOptions.TargetMapping mapping : options.targets()) {
            if (mapping.target().equals(server)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it was captured at the target's own host, which may not be loaded then. */
    public boolean isOfTargetsHost(final OpenFlow flow) {
        final Endpoint target = target(flow);
        return !options.sameServer()
                && target != null
                && TargetGuard.isCaptured(target.address(), flow.server().address());
    }

    /** Whether the target of a UDP conversation may have datagrams: a public one has nobody who says so. */
    public boolean isVouchedForUdp(final OpenFlow flow) {
        final Endpoint target = target(flow);
        return target == null || TargetGuard.isPrivate(target.address());
    }

    /** Whether a flow that is over turned out to lack some of its client's bytes. */
    boolean isTorn(final FlowRecord flow) {
        final SkipReason reason = flow.skipReason();
        return reason == SkipReason.GAP
                || reason == SkipReason.TRUNCATED
                || reason == SkipReason.CAPACITY
                || (flow.midstream() && flow.clientStream().gapBytes() > 0);
    }

    public @Nullable Endpoint target(final OpenFlow flow) {
        for (final ReplayOptions.TargetMapping mapping : options.targets()) {
            if (mapping.serverPort() == flow.server().port() || mapping.serverPort() == -1) {
                return mapping.target();
            }
        }
        return null;
    }

    /** The replay clock at a moment of the capture. */
    public long replayNs(final long captureTimeNs) {
        return captureTimeNs - originNs;
    }
}
