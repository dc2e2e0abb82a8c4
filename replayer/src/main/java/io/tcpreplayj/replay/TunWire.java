package io.tcpreplayj.replay;

import io.tcpreplayj.linux.PacketChannel;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;

/**
 * Packets into this machine's own IP layer, by a TUN device. Each is in the kernel when {@link #send} returns. The
 * channel is shared with the tap that reads the answers; closing either removes the device.
 */
public final class TunWire implements Wire {
    private final PacketChannel packets;
    private final int mtu;
    private final List<IpAddress> targets;
    private long sent;
    private long dropped;

    /** @param targets the only destinations */
    public TunWire(final PacketChannel packets, final int mtu, final Collection<Endpoint> targets) {
        this.packets = packets;
        this.mtu = mtu;
        this.targets = targets.stream().map(Endpoint::address).distinct().toList();
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
        if (!isToATarget(packets.frame())) {
            throw new IllegalArgumentException("a packet that is not to " + targets);
        }
        if (packets.write(length)) {
            sent++;
        } else {
            dropped++;
        }
    }

    private boolean isToATarget(final ByteBuffer packet) {
        for (int i = 0; i < targets.size(); i++) {
            if (targets.get(i).isDestinationOf(packet, 0)) {
                return true;
            }
        }
        return false;
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
