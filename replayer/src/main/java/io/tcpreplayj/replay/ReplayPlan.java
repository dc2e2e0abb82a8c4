package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord.SkipReason;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What will be sent, before anything is: immutable once made.
 *
 * @param sessions in the order in which they start; {@code index} is the position in the list
 * @param skipped flows that are not replayed, times the copies, by reason
 * @param totalFlows {@code sessions.size()} + Σ skipped
 * @param maxOpen sessions open at the same time, at most
 * @param closedLoop whether sessions start as soon as there is room ({@code --speed max}) instead of when they are due
 * @param plannedNs from the first SYN to the last captured packet, at replay speed; 0 for a closed loop
 */
record ReplayPlan(
        List<PlannedSession> sessions,
        Map<SkipReason, Long> skipped,
        long totalFlows,
        int maxOpen,
        boolean closedLoop,
        long plannedNs) {
    ReplayPlan {
        sessions = List.copyOf(sessions);
        skipped = new EnumMap<>(skipped);
    }
}
