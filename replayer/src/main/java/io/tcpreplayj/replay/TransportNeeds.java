package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import java.util.Map;

/**
 * What a way to the targets must have room for.
 *
 * @param targets each once; never empty
 * @param sessionsByClient sessions of each captured client, in the order of first packets
 * @param sessions each needs a port of its own
 */
record TransportNeeds(List<Endpoint> targets, Map<IpAddress, Long> sessionsByClient, int sessions) {
    static TransportNeeds of(final ReplayPlan plan) {
        return new TransportNeeds(
                plan.targets(), plan.sessionsByClient(), plan.sessions().size());
    }

    /**
     * Of a run without a plan.
     *
     * @param clients different captured clients that get an address of their own, where these have some
     * @param sessions at the same time
     */
    static TransportNeeds budget(final List<Endpoint> targets, final long clients, final int sessions) {
        return new TransportNeeds(targets, Map.of(targets.get(0).address(), clients * ClientPool.PORTS), sessions);
    }

    /** Addresses that clients need, where these have some of their own. */
    long addresses() {
        return ClientPool.addressesFor(sessionsByClient);
    }

    /** The one that decides by which interface packets leave. */
    Endpoint target() {
        return targets.get(0);
    }
}
