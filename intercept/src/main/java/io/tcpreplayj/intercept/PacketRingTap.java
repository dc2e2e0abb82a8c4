package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.linux.PacketRing;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/**
 * The answers of a target as they come in by a network interface. It sees them before {@link KernelRules} drop them.
 */
public final class PacketRingTap implements ResponseTap {
    private static final long RING_BYTES = 64L << 20;

    private final PacketRing ring;
    private long lastDrops;

    public PacketRingTap(final PacketRing ring) {
        this.ring = ring;
    }

    /** As {@link TapOpener} says. */
    public static PacketRingTap open(
            final Link link, final PacketFilter filter, final int snaplen, final boolean outgoing)
            throws LinuxException {
        return new PacketRingTap(
                outgoing
                        ? PacketRing.openOutgoing(link, filter, snaplen, RING_BYTES)
                        : PacketRing.open(link, filter, snaplen, RING_BYTES));
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
        try {
            lastDrops = ring.drops();
        } catch (final LinuxException e) {
            // The ring is closed: what it dropped before is still the answer.
            return lastDrops;
        }
        return lastDrops;
    }

    @Override
    public void close() {
        ring.close();
    }
}
