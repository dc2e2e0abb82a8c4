package io.tcpreplayj.replay;

import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.PacketSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Packets as Ethernet frames to one next hop, in batches: past this machine's routing, filters and TCP. */
public final class PacketWire implements Wire {
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int ETHER_TYPE = 12;

    private final PacketSocket socket;
    private final int mtu;

    /**
     * Takes over {@code socket}.
     *
     * @param link the interface that {@code socket} sends by
     * @param nextHopMac 6 bytes in the low end
     * @param mtu of the path, at most the link's
     */
    public PacketWire(final PacketSocket socket, final Link link, final long nextHopMac, final int mtu) {
        this.socket = socket;
        this.mtu = Math.min(mtu, link.mtu());
        for (final ByteBuffer frame : socket.frames()) {
            putMac(frame, 6, link.mac());
        }
        setNextHop(nextHopMac);
    }

    /** The next hop has another link-layer address now; queued frames get it too. */
    public void setNextHop(final long mac) {
        for (final ByteBuffer frame : socket.frames()) {
            putMac(frame, 0, mac);
        }
    }

    private static void putMac(final ByteBuffer frame, final int at, final long mac) {
        frame.putShort(at, (short) (mac >>> 32)).putInt(at + 2, (int) mac);
    }

    @Override
    public String name() {
        return "packet";
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public @Nullable ByteBuffer frame() {
        return socket.frame();
    }

    @Override
    public int offset() {
        return PacketSocket.ETHERNET_HEADER;
    }

    @Override
    public void send(final int length) throws IOException {
        final ByteBuffer frame = socket.frame();
        if (frame == null) {
            throw new IllegalStateException("send without a frame");
        }
        final boolean v6 = frame.get(PacketSocket.ETHERNET_HEADER) >> 4 == 6;
        frame.putShort(ETHER_TYPE, (short) (v6 ? ETH_P_IPV6 : ETH_P_IP));
        socket.add(PacketSocket.ETHERNET_HEADER + length);
    }

    @Override
    public void flush() throws IOException {
        socket.flush();
    }

    @Override
    public long sentPackets() {
        return socket.sent();
    }

    @Override
    public long droppedPackets() {
        return socket.dropped();
    }

    @Override
    public String lastRefusal() {
        return socket.lastRefusal();
    }

    @Override
    public void close() {
        socket.close();
    }
}
