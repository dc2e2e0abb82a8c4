package io.tcpreplayj.bench;

import io.tcpreplayj.packet.Ipv4Header;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.TcpHeader;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Packets decoded and assembled a second. The path of every packet is {@link #serverData}: an answer's segments and their
 * ACKs on flows that are there already. What must be kept (client bytes, flows, exchanges) is measured apart.
 */
public class FlowAssemblerBenchmark extends Rates {
    private static final int FLOWS = 256;
    static final int PACKETS_PER_ROUND = 2 * FLOWS;
    private static final int NEW_FLOWS = 1000;
    private static final int CLIENT_SEGMENTS = 1000;

    /** Flows that stand, each with the next segment of its server and the ACK to it. */
    @State(Scope.Thread)
    public static class StandingFlows {
        private final PacketHandler assembly;
        private final PacketPile next = new PacketPile(new byte[0], Linktype.RAW, FLOWS * 4096);
        private long timeNs;

        public StandingFlows() {
            this(new Assembly((flow, clientBytes) -> {}));
        }

        StandingFlows(final PacketHandler assembly) {
            this.assembly = assembly;
            final Traffic setUp = new Traffic(assembly, false);
            final Traffic more = new Traffic(next, false);
            final ByteBuffer segment = Traffic.answer(2 * Traffic.SEGMENT).limit(Traffic.SEGMENT);
            for (int i = 0; i < FLOWS; i++) {
                setUp.connection(i).open().request(Traffic.request());
                more.connection(i)
                        .afterRequest(Traffic.request())
                        .answer(segment)
                        .acknowledge();
            }
            timeNs = setUp.timeNs();
        }

        /** One server segment and one ACK on each flow. */
        long round() {
            for (int i = 0; i < PACKETS_PER_ROUND; i++) {
                timeNs += 1_000;
                assembly.onPacket(next.bytes(), next.offset(i), next.length(i), next.length(i), timeNs, Linktype.RAW);
                // The next round's bytes follow: of the server's packets SEG.SEQ moves, of the client's SEG.ACK.
                final int field = i % 2 == 0 ? TcpHeader.SEQ_OFFSET : TcpHeader.ACK_OFFSET;
                final int at = next.offset(i) + Ipv4Header.MIN_LENGTH + field;
                next.bytes().putInt(at, next.bytes().getInt(at) + Traffic.SEGMENT);
            }
            return timeNs;
        }
    }

    @Benchmark
    @OperationsPerInvocation(PACKETS_PER_ROUND)
    public long serverData(final StandingFlows flows) {
        return flows.round();
    }

    /** CRC-32C of the same bytes, the work that no design avoids. */
    @Benchmark
    @OperationsPerInvocation(PACKETS_PER_ROUND)
    public long controlDigest(final StandingFlows flows, final Digest digest) {
        for (int i = 0; i < PACKETS_PER_ROUND; i += 2) {
            digest.crc.update(digest.segment, 0, digest.segment.length);
        }
        return digest.crc.getValue();
    }

    /** What {@link #controlDigest} works on. */
    @State(Scope.Thread)
    public static class Digest {
        final java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        final byte[] segment = new byte[Traffic.SEGMENT];
    }

    /** Packets of one flow in which only the client sends: its bytes and when they left are kept. */
    @State(Scope.Thread)
    public static class Upload {
        final PacketPile packets = new PacketPile(new byte[0], Linktype.RAW, CLIENT_SEGMENTS * 256);

        public Upload() {
            final Traffic.Connection connection =
                    new Traffic(packets, false).connection(1).open();
            while (packets.size() < CLIENT_SEGMENTS) {
                connection.request(Traffic.request());
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(CLIENT_SEGMENTS)
    public long clientData(final Upload upload) {
        return assemble(upload.packets);
    }

    /** Whole connections of one exchange each. */
    @State(Scope.Thread)
    public static class ShortFlows {
        final PacketPile packets = new PacketPile(new byte[0], Linktype.RAW, NEW_FLOWS * 1024);

        public ShortFlows() {
            final Traffic traffic = new Traffic(packets, false);
            for (int i = 0; i < NEW_FLOWS; i++) {
                traffic.connection(i)
                        .open()
                        .exchange(Traffic.request(), Traffic.answer(100))
                        .close();
            }
        }
    }

    /** Flows (not packets) a second: eight packets and a finished record each. */
    @Benchmark
    @OperationsPerInvocation(NEW_FLOWS)
    public long newFlows(final ShortFlows flows) {
        final long finished = assemble(flows.packets);
        if (finished != NEW_FLOWS) {
            throw new IllegalStateException(finished + " flows instead of " + NEW_FLOWS);
        }
        return finished;
    }

    private static long assemble(final PacketPile packets) {
        final long[] flows = {0};
        final Assembly assembly = new Assembly((flow, clientBytes) -> flows[0]++);
        packets.replayTo(assembly);
        assembly.assembler.finish();
        return flows[0];
    }
}
