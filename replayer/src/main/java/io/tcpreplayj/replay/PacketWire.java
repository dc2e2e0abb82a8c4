package io.tcpreplayj.replay;

import io.tcpreplayj.linux.FrameSocket;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.PacketSocket;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.linux.XdpSocket;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Packets to one target as Ethernet frames to its next hop, in batches: past this machine's routing, filters and TCP. */
public final class PacketWire implements Wire {
    private static final int ETH_P_IP = 0x0800;
    private static final int ETH_P_IPV6 = 0x86dd;
    private static final int ETHER_TYPE = 12;

    private final FrameSocket socket;
    private final String name;
    private final IpAddress target;
    private final LinkMtu mtu;

    private PacketWire(
            final String name,
            final FrameSocket socket,
            final IpAddress target,
            final Routes.Route route,
            final long nextHopMac) {
        this.name = name;
        this.socket = socket;
        this.target = target;
        final int most = Math.min(route.mtu(), route.link().mtu());
        mtu = new LinkMtu(route.link(), Math.min(most, socket.frameBytes() - PacketSocket.ETHERNET_HEADER));
        for (final ByteBuffer frame : socket.frames()) {
            putMac(frame, 6, route.link().mac());
        }
        setNextHop(nextHopMac);
    }

    /**
     * By AF_PACKET.
     *
     * @param route to {@code target}, the only destination
     * @param nextHopMac 6 bytes in the low end
     */
    public static PacketWire packet(final IpAddress target, final Routes.Route route, final long nextHopMac)
            throws LinuxException {
        return new PacketWire("packet", PacketSocket.open(route.link()), target, route, nextHopMac);
    }

    /**
     * By AF_XDP, which is cheaper, and past this machine's egress hooks too; packets of 4,082 bytes at most.
     *
     * @param route to {@code target}, the only destination
     * @param nextHopMac 6 bytes in the low end
     */
    public static PacketWire xdp(final IpAddress target, final Routes.Route route, final long nextHopMac)
            throws LinuxException {
        return new PacketWire("xdp", XdpSocket.open(route.link()), target, route, nextHopMac);
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
        return name;
    }

    @Override
    public int mtu() {
        return mtu.bytes();
    }

    @Override
    public void lookAtLink() {
        mtu.look();
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
        if (!target.isDestinationOf(frame, PacketSocket.ETHERNET_HEADER)) {
            throw new IllegalArgumentException("a packet that is not to " + target);
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
