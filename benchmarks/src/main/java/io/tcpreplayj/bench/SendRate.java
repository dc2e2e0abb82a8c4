package io.tcpreplayj.bench;

import io.tcpreplayj.linux.Neighbour;
import io.tcpreplayj.linux.Routes;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.PacketWire;
import io.tcpreplayj.replay.Wire;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;

/**
 * Packets a second, and what of the processor each takes, by one way of sending: whole packets, checksums included, through
 * the same {@link Wire} as a replay's. {@code send-rate.sh} calls it in a namespace of its own.
 */
public final class SendRate {
    private static final int BATCH = 256;
    private static final int WARM_UP = 400_000;
    private static final long PATIENCE_NS = 2_000_000_000L;

    private SendRate() {}

    /** {@code WAY TARGET PACKETS PAYLOAD}: prints packets a second and CPU nanoseconds a packet. */
    public static void main(final String[] words) throws IOException {
        final Endpoint target = new Endpoint(IpAddress.parse(words[1]), 9);
        final Routes.Route route = Routes.to(target.address());
        final int packets = Integer.parseInt(words[2]);
        final SegmentOut segment = new SegmentOut();
        segment.flags = TcpFlags.ACK;
        segment.payloadLength = Integer.parseInt(words[3]);
        segment.payload = ByteBuffer.allocate(segment.payloadLength);
        try (Wire wire = wire(words[0], target.address(), route)) {
            final Endpoint client = new Endpoint(route.source(), 40_000);
            send(wire, segment, client, target, WARM_UP);
            final long sentBefore = wire.sentPackets();
            final long cpuBefore = cpuNs();
            final long begin = System.nanoTime();
            send(wire, segment, client, target, packets);
            final long ns = System.nanoTime() - begin;
            final long cpu = cpuNs() - cpuBefore;
            final long sent = wire.sentPackets() - sentBefore;
            if (sent != packets) {
                throw new IOException(packets - sent + " of " + packets + " packets did not leave");
            }
            System.out.println(sent * 1_000_000_000L / ns + " " + cpu / sent);
        }
    }

    private static Wire wire(final String way, final IpAddress target, final Routes.Route route) throws IOException {
        final long mac;
        try (Neighbour neighbour = new Neighbour(route.link(), route.nextHop())) {
            mac = neighbour.resolve(PATIENCE_NS);
        }
        return switch (way) {
            case "packet" -> PacketWire.packet(target, route, mac);
            case "xdp" -> PacketWire.xdp(target, route, mac);
            default -> throw new IllegalArgumentException("packet or xdp, not " + way);
        };
    }

    private static void send(
            final Wire wire, final SegmentOut segment, final Endpoint client, final Endpoint target, final int packets)
            throws IOException {
        final SegmentWriter writer = new SegmentWriter(1);
        for (int i = 0; i < packets; i++) {
            ByteBuffer frame = wire.frame();
            while (frame == null) {
                wire.flush();
                frame = wire.frame();
            }
            wire.send(writer.write(segment, client, target, frame, wire.offset()));
            if (i % BATCH == BATCH - 1) {
                wire.flush();
            }
        }
        wire.flush();
    }

    private static long cpuNs() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
