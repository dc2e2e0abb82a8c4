package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.PacketRing;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.util.List;

/**
 * The answers of targets that route the replayed clients' networks to this machine: seen by a packet ring, and dropped
 * behind it, so that this machine neither forwards nor answers what it swallows.
 */
public final class AssistantTap implements ResponseTap {
    private static final long RING_BYTES = 64L << 20;

    private final KernelRules rules;
    private final PacketRingTap ring;

    private AssistantTap(final KernelRules rules, final PacketRingTap ring) {
        this.rules = rules;
        this.ring = ring;
    }

    /**
     * Begins to swallow.
     *
     * @param clients networks whose packets are swallowed
     * @param snaplen bytes of each frame that are wanted
     */
    public static AssistantTap open(final Link link, final List<Cidr> clients, final int snaplen) throws IOException {
        final KernelRules rules = KernelRules.swallow(link, clients);
        boolean done = false;
        try {
            final PacketRing ring = PacketRing.open(link, PacketFilter.to(clients, snaplen), snaplen, RING_BYTES);
            done = true;
            return new AssistantTap(rules, new PacketRingTap(ring));
        } finally {
            if (!done) {
                rules.close();
            }
        }
    }

    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        return ring.poll(handler, limit);
    }

    @Override
    public boolean checksumKnown() {
        return ring.checksumKnown();
    }

    @Override
    public int fd() {
        return ring.fd();
    }

    @Override
    public long drops() {
        return ring.drops();
    }

    /** The rules go last: what comes meanwhile reaches nobody. */
    @Override
    public void close() {
        ring.close();
        rules.close();
    }
}
