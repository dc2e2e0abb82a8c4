package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.util.List;
import java.util.Map;

/**
 * What a way to the targets must have room for.
 *
 * @param targets each once; never empty
 * @param sessionsByClient sessions of each captured client, in the order of first packets; empty where nothing is planned
 * @param sessions each needs a port of its own
 * @param planned who the clients are is known beforehand
 */
record TransportNeeds(List<Endpoint> targets, Map<IpAddress, Long> sessionsByClient, int sessions, boolean planned) {
    /** Different captured clients that get an address of their own without a plan, where clients have some; others share. */
    private static final long UNPLANNED_CLIENTS = 4094;

    static TransportNeeds of(final ReplayPlan plan) {
        return new TransportNeeds(
                plan.targets(), plan.sessionsByClient(), plan.sessions().size(), true);
    }

    /** Of one session. */
    static TransportNeeds ofOne(final Endpoint target, final IpAddress client) {
        return new TransportNeeds(List.of(target), Map.of(client, 1L), 1, true);
    }

    /** Of a run without a plan: its clients are those who will be captured. */
    static TransportNeeds unplanned(final List<Endpoint> targets) {
        return new TransportNeeds(targets, Map.of(), 0, false);
    }

    /** Addresses that clients need, where these have some of their own. */
    long addresses() {
        return planned ? ClientPool.addressesFor(sessionsByClient) : UNPLANNED_CLIENTS;
    }

    /** The one that decides by which interface packets leave. */
    Endpoint target() {
        return targets.get(0);
    }
}
