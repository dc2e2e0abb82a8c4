package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord.SkipReason;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What will be sent, before anything is: immutable once made.
 *
 * @param sessions in the order in which they start; {@code index} is the position in the list
 * @param skipped flows that are not replayed, times the copies, by reason
 * @param totalFlows {@code sessions.size()} + Σ skipped
 * @param limits of their starts
 * @param closedLoop whether sessions start as soon as there is room ({@code --speed max}) instead of when they are due
 * @param plannedNs from the first SYN to the last captured packet, at replay speed; 0 for a closed loop
 */
record ReplayPlan(
        List<PlannedSession> sessions,
        Map<SkipReason, Long> skipped,
        long totalFlows,
        StartLimits limits,
        boolean closedLoop,
        long plannedNs) {
    ReplayPlan {
        sessions = List.copyOf(sessions);
        skipped = new EnumMap<>(skipped);
    }

    /** All targets, each once, in the order in which sessions first go there. */
    List<Endpoint> targets() {
        return sessions.stream().map(PlannedSession::target).distinct().toList();
    }

    /** Different captured client addresses among the sessions. */
    long clients() {
        return sessionsByClient().size();
    }

    /** How many sessions each captured client address has. */
    Map<IpAddress, Long> sessionsByClient() {
        final Map<IpAddress, Long> count = new HashMap<>();
        sessions.forEach(s -> count.merge(s.script().flow().client().address(), 1L, Long::sum));
        return count;
    }

    /** In which order its sessions start. */
    SessionSource order() {
        return new StartOrder(sessions, closedLoop, limits);
    }

    /** The same plan with an address and a port for each session, in order. */
    ReplayPlan at(final LocalEndpoints endpoints) {
        final List<PlannedSession> placed = new ArrayList<>(sessions.size());
        for (final PlannedSession s : sessions) {
            placed.add(s.at(endpoints.next(s.script().flow().client())));
        }
        return new ReplayPlan(placed, skipped, totalFlows, limits, closedLoop, plannedNs);
    }
}
