package io.tcpreplayj.replay;

import io.tcpreplayj.linux.PacketChannel;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Packets into this machine's own IP layer, by a TUN device. Each is in the kernel when {@link #send} returns. The
 * channel is shared with the tap that reads the answers; closing either removes the device.
 */
public final class TunWire implements Wire {
    private final PacketChannel packets;
    private final int mtu;
    private long sent;
    private long dropped;

    public TunWire(final PacketChannel packets, final int mtu) {
        this.packets = packets;
        this.mtu = mtu;
    }

    @Override
    public String name() {
        return "tun";
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public ByteBuffer frame() {
        return packets.frame();
    }

    @Override
    public int offset() {
        return 0;
    }

    @Override
    public void send(final int length) throws IOException {
        if (packets.write(length)) {
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
        packets.close();
    }
}
