package io.tcpreplayj.replay;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.replay.script.FlowScript;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;

/** Plans for tests of what runs them. */
final class Plans {
    private static final int FIRST_PORT = 40_000;

    private Plans() {}

    /** So many sessions of one client, {@code everyNs} apart. */
    static ReplayPlan of(
            final FlowScript script, final int count, final long everyNs, final String client, final String target) {
        final List<PlannedSession> sessions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sessions.add(new PlannedSession(
                    i,
                    script,
                    i,
                    new Endpoint(IpAddress.parse(client), FIRST_PORT + i),
                    new Endpoint(IpAddress.parse(target), 80),
                    i * everyNs,
                    -1));
        }
        return new ReplayPlan(
                sessions, new EnumMap<>(FlowRecord.SkipReason.class), count, new StartLimits(count, 0), false, 0);
    }
}
