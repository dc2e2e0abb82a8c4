package io.tcpreplayj.linux;

import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.testdata.HandMadeSegment;
import io.tcpreplayj.testdata.NearAndFar;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A test of frames between two namespaces: "va" 10.77.0.1 here, where it runs, "vb" 10.77.0.2 there. */
abstract class FramesBetweenTwoHosts {
    static final int IP = PacketSocket.ETHERNET_HEADER;
    static final long PATIENCE_NS = 10_000_000_000L;
    static final int SNAPLEN = 128;
    static final long RING_BYTES = 8 << 20;

    private NearAndFar hosts;
    Netns here;
    Netns there;
    Link va;
    Link vb;
    InetAddress client;
    InetAddress server;

    @BeforeEach
    void build() throws IOException {
        Privileges.needRootAnd("ip", "ethtool", "tc");
        hosts = NearAndFar.addressed();
        here = hosts.here();
        there = hosts.there();
        NetworkNamespace.enter(there.name());
        vb = Link.byName("vb");
        NetworkNamespace.enter(here.name());
        va = Link.byName("va");
        client = IpAddress.parse("10.77.0.1").toInetAddress();
        server = IpAddress.parse("10.77.0.2").toInetAddress();
    }

    @AfterEach
    void remove() throws IOException {
        NetworkNamespace.leave();
        if (hosts != null) {
            hosts.close();
        }
    }

    /** What {@link #segment} makes, and nothing that the kernels say to each other. */
    final PacketFilter ours(final int snaplen) {
        return PacketFilter.tcpFrom(IpAddress.of(client), 9, 10, 10, snaplen);
    }

    final PacketRing ringThere(final PacketFilter filter, final long bytes) throws IOException {
        NetworkNamespace.enter(there.name());
        try {
            return PacketRing.open(vb, filter, SNAPLEN, bytes);
        } finally {
            NetworkNamespace.enter(here.name());
        }
    }

    final int segment(final ByteBuffer frame, final int sequence, final int payload) {
        return fill(frame, new HandMadeSegment(client, 9, server, 10, sequence, 0, 4, new byte[payload]));
    }

    /** A frame to the other end whose addresses need not be that end's. */
    final int fill(final ByteBuffer frame, final HandMadeSegment segment) {
        frame.putShort(0, (short) (vb.mac() >>> 32)).putInt(2, (int) vb.mac());
        frame.putShort(6, (short) (va.mac() >>> 32)).putInt(8, (int) va.mac());
        frame.putShort(12, (short) (segment.source().getAddress().length == 4 ? 0x0800 : 0x86dd));
        return IP + segment.write(frame, IP);
    }
}
