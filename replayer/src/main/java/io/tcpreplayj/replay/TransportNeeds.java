package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import java.util.List;

/**
 * What a way to the targets must have room for.
 *
 * @param targets each once; never empty
 * @param addresses of clients, where these have some of their own
 * @param sessions each needs a port of its own
 */
record TransportNeeds(List<Endpoint> targets, long addresses, int sessions) {
    static TransportNeeds of(final ReplayPlan plan) {
        return new TransportNeeds(
                plan.targets(),
                ClientPool.addressesFor(plan.sessionsByClient()),
                plan.sessions().size());
    }

    /** The one that decides by which interface packets leave. */
    Endpoint target() {
        return targets.get(0);
    }
}
