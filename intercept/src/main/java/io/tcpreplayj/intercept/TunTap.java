package io.tcpreplayj.intercept;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.TunDevice;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/**
 * The answers of a target on this machine, read from the TUN device that its clients' addresses are routed to. Nothing
 * else can see or answer them, so no rule is needed. The device is shared with the wire that sends; closing either
 * removes it.
 */
public final class TunTap implements ResponseTap {
    private final TunDevice tun;
    private long lastDrops;

    public TunTap(final TunDevice tun) {
        this.tun = tun;
    }

    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        return tun.poll(handler, limit);
    }

    @Override
    public int fd() {
        return tun.fd();
    }

    @Override
    public long drops() {
        try {
            lastDrops = tun.drops();
        } catch (final LinuxException e) {
            // The device is gone: what it dropped before is still the answer.
            return lastDrops;
        }
        return lastDrops;
    }

    @Override
    public void close() {
        tun.close();
    }
}
