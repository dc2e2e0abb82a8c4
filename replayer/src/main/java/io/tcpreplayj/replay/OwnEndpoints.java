package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where clients of ours are, or were a moment ago. A host that translates the target's address (DNAT) shows what we send once
 * more, on its way to a server that is no target; its client is still one of ours, and must not be replayed: what came of it
 * would be captured too, and so on without end.
 */
public final class OwnEndpoints {
    /** A capture hands over what a ring held back, and whole batches of it, later than this only when it loses packets. */
    static final long MEMORY_NS = 10_000_000_000L;

    private static final long IN_USE = Long.MAX_VALUE;

    private final @Nullable LocalEndpoints pool;
    private final Map<Endpoint, Long> leftNs = new HashMap<>();
    private final Map<Endpoint, Integer> issOf = new HashMap<>();
    private final Deque<Left> left = new ArrayDeque<>();

    private record Left(Endpoint endpoint, long atNs) {}

    /** @param pool where our clients live, or null where the kernel chooses */
    public OwnEndpoints(final @Nullable LocalEndpoints pool) {
        this.pool = pool;
    }

    public void takes(final Endpoint endpoint) {
        leftNs.put(endpoint, IN_USE);
    }

    public void leaves(final Endpoint endpoint, final long nowNs) {
        leftNs.put(endpoint, nowNs);
        left.add(new Left(endpoint, nowNs));
    }

    /** A connection of ours begins there with this number, which no translation of addresses changes. */
    void opens(final Endpoint endpoint, final int iss) {
        if (pool != null && pool.areShared()) {
            issOf.put(endpoint, iss);
        }
    }

    /** Whether a connection that began with {@code iss} there is ours; where real clients have the same addresses, it tells. */
    boolean contains(final Endpoint client, final int iss, final long nowNs) {
        if (!contains(client, nowNs)) {
            return false;
        }
        final Integer ours = issOf.get(client);
        return ours == null ? pool == null || !pool.areShared() : ours == iss;
    }

    public boolean contains(final Endpoint client, final long nowNs) {
        while (!left.isEmpty() && nowNs - left.element().atNs() > MEMORY_NS) {
            final Left oldest = left.remove();
            if (leftNs.remove(oldest.endpoint(), oldest.atNs())) {
                issOf.remove(oldest.endpoint());
            }
        }
        return leftNs.containsKey(client) || (pool != null && pool.isOurs(client.address()));
    }
}
