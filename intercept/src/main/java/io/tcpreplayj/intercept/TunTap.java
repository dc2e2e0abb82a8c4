package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.PacketChannel;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/**
 * The answers of a target on this machine, read from the TUN device that its clients' addresses are routed to. Nothing
 * else can see or answer them, so no rule is needed. The channel is shared with the wire that sends; closing either
 * removes the device.
 */
public final class TunTap implements ResponseTap {
    private final PacketChannel packets;
    private final DropCount drops;
    private long lastDrops;

    /** Packets to us that the kernel had no room for. */
    @FunctionalInterface
    public interface DropCount {
        long ask() throws LinuxException;
    }

    public TunTap(final PacketChannel packets, final DropCount drops) {
        this.packets = packets;
        this.drops = drops;
    }

    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        return packets.poll(handler, limit);
    }

    @Override
    public boolean checksumKnown() {
        return packets.checksumKnown();
    }

    @Override
    public int fd() {
        return packets.fd();
    }

    @Override
    public long drops() {
        try {
            lastDrops = drops.ask();
        } catch (final LinuxException e) {
            // The device is gone: what it dropped before is still the answer.
            return lastDrops;
        }
        return lastDrops;
    }

    @Override
    public void close() {
        packets.close();
    }
}
