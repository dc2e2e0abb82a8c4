package io.tcpreplayj.replay;

import io.tcpreplayj.linux.TunDevice;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Packets into this machine's own IP layer, by a TUN device. Each is in the kernel when {@link #send} returns. The
 * device is shared with the tap that reads the answers; closing either removes it.
 */
public final class TunWire implements Wire {
    private final TunDevice tun;
    private long sent;
    private long dropped;

    public TunWire(final TunDevice tun) {
        this.tun = tun;
    }

    @Override
    public String name() {
        return "tun";
    }

    @Override
    public int mtu() {
        return tun.mtu();
    }

    @Override
    public ByteBuffer frame() {
        return tun.frame();
    }

    @Override
    public int offset() {
        return 0;
    }

    @Override
    public void send(final int length) throws IOException {
        if (tun.write(length)) {
            sent++;
        } else {
            dropped++;
        }
    }

    /** Nothing is ever queued. */
    @Override
    public void flush() {}

    @Override
    public long sentPackets() {
        return sent;
    }

    @Override
    public long droppedPackets() {
        return dropped;
    }

    @Override
    public void close() {
        tun.close();
    }
}
