package io.tcpreplayj.replay;

import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.packet.Endpoint;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Addresses and ports of sessions whose flows are being captured: each is free again once nothing is kept of its session. */
final class LivePlaces {
    private final @Nullable LocalEndpoints endpoints;
    private final LiveRules rules;
    private final Set<Endpoint> taken = new HashSet<>();
    private final @Nullable Endpoint[] locals;
    private final OwnEndpoints own;

    /**
     * @param endpoints where clients live, or null where the kernel chooses
     * @param capacity numbers of sessions are below it
     */
    LivePlaces(final @Nullable LocalEndpoints endpoints, final LiveRules rules, final int capacity) {
        this.endpoints = endpoints;
        this.rules = rules;
        locals = new Endpoint[capacity];
        own = new OwnEndpoints(endpoints);
    }

    /** One for each copy, null where the kernel chooses; or null when there are not that many left. */
    @Nullable
    Endpoint @Nullable [] take(final OpenFlow flow, final int copies) {
        final @Nullable Endpoint[] from = new Endpoint[copies];
        if (endpoints == null) {
            return from;
        }
        for (int copy = 0; copy < copies; copy++) {
            final Endpoint local = endpoints.again(flow.client().address(), taken::contains);
            if (local == null) {
                taken.removeAll(Arrays.asList(from));
                return null;
            }
            from[copy] = local;
            taken.add(local);
        }
        return from;
    }

    /** That is where the session lives; told more than once. */
    void connected(final int index, final Endpoint local) {
        if (locals[index] == null) {
            locals[index] = local;
            own.takes(local);
        }
    }

    void forgotten(final int index, final long nowNs) {
        final Endpoint local = locals[index];
        if (local != null) {
            taken.remove(local);
            own.leaves(local, nowNs);
        }
        locals[index] = null;
    }

    /** What it says from there begins with this number. */
    void opens(final int index, final int iss) {
        final Endpoint local = locals[index];
        if (local != null) {
            own.opens(local, iss);
        }
    }

    /** Why nobody may be replayed in the place of the flow's client, or null. */
    @Nullable
    LiveDrop refuses(final OpenFlow flow, final long nowNs) {
        if (isOurs(flow, nowNs)) {
            return LiveDrop.OWN;
        }
        if (rules.isOfTargetsHost(flow)) {
            return LiveDrop.SAME_SERVER;
        }
        return endpoints == null || endpoints.serves(flow.client().address()) ? null : LiveDrop.NOT_SWALLOWED;
    }

    /** Or was one of ours a moment ago. */
    private boolean isOurs(final OpenFlow flow, final long nowNs) {
        return flow.midstream()
                ? own.contains(flow.client(), nowNs)
                : own.contains(flow.client(), flow.opening().headers().iss(), nowNs);
    }
}
