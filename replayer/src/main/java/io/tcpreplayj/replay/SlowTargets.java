package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Each target of a run as a {@link SlowTarget} of its own: one that is far away is not slow because another is near. While one is
 * left alone, connections to the others go on, as far as theirs do not wait behind its own. No allocation but for a new target.
 */
final class SlowTargets {
    private final Map<Endpoint, SlowTarget> byEndpoint = new HashMap<>();
    private final List<SlowTarget> all = new ArrayList<>();

    private SlowTarget of(final Endpoint target) {
        final SlowTarget known = byEndpoint.get(target);
        if (known != null) {
            return known;
        }
        final SlowTarget made = new SlowTarget(target);
        byEndpoint.put(target, made);
        all.add(made);
        return made;
    }

    void onRoundTrip(final Endpoint target, final long roundTripNs, final long nowNs) {
        of(target).onRoundTrip(roundTripNs, nowNs);
    }

    void onStarted(final Endpoint target, final long nowNs) {
        of(target).onStarted(nowNs);
    }

    /** Whether another connection may be opened now, to whomever: which one is next is not for us to choose. */
    boolean mayStart(final long nowNs) {
        boolean may = true;
        for (int i = 0; i < all.size(); i++) {
            may &= all.get(i).mayStart(nowNs);
        }
        return may;
    }

    /** Before then no connection may be opened; 0 when one may. */
    long startsNs() {
        long startsNs = 0;
        for (int i = 0; i < all.size(); i++) {
            startsNs = Math.max(startsNs, all.get(i).startsNs());
        }
        return startsNs;
    }

    /** What was measured lately says more of this host. */
    void forget() {
        all.forEach(SlowTarget::forget);
    }

    /** One that was slow for too long, or null. */
    @Nullable
    SlowTarget exhausted() {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).isExhausted()) {
                return all.get(i);
            }
        }
        return null;
    }

    long pauses() {
        return all.stream().mapToLong(SlowTarget::pauses).sum();
    }

    /** Of all targets together. */
    long pausedNs(final long nowNs) {
        return all.stream().mapToLong(target -> target.pausedNs(nowNs)).sum();
    }
}
