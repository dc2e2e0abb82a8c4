package io.tcpreplayj.bench;

import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.relay.RelayReceiver;
import io.tcpreplayj.intercept.relay.RelaySender;
import io.tcpreplayj.intercept.relay.RelaySource;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What {@code live} does with a packet from where the ring has it on: flows that are replayed while they are captured, and packets
 * that are sent on to another host. What reading the ring costs stands in docs/live.md, a replayed request in
 * {@link SessionBenchmark}.
 */
public class LiveBenchmark extends Rates {
    private static final int REQUESTS = 1000;
    private static final int RELAYED = 4096;
    /** Packets between two looks at the ring. */
    private static final int BATCH = 512;

    private static final int SPOOL_BYTES = 64 << 20;
    private static final long PATIENCE_S = 10;

    /** As those of an index, and somebody follows them. */
    @State(Scope.Thread)
    public static class FollowedFlows extends FlowAssemblerBenchmark.StandingFlows {
        public FollowedFlows() {
            super(new LiveAssembly());
        }
    }

    @Benchmark
    @OperationsPerInvocation(FlowAssemblerBenchmark.PACKETS_PER_ROUND)
    public long serverData(final FollowedFlows flows) {
        return flows.round();
    }

    /** Requests handed over; the flow and its client's bytes are kept for the database besides. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public long requests(final FlowAssemblerBenchmark.Upload upload) {
        final LiveAssembly live = new LiveAssembly();
        upload.packets.replayTo(live);
        return live.rows();
    }

    /** The two ends of {@code live --forward}, over a UNIX socket. */
    @State(Scope.Thread)
    public static class Relay {
        private final PacketPile packets = new PacketPile(new byte[0], Linktype.RAW, RELAYED * 2048);
        private final Path folder;
        private final RelayReceiver receiver;
        private final RelaySender sender;
        private final RelaySource source;
        private final PacketHandler taken;
        private long bytes;

        public Relay() {
            final Traffic traffic = new Traffic(packets, false);
            for (int i = 0; packets.size() < RELAYED; i++) {
                traffic.connection(i)
                        .open()
                        .exchange(Traffic.request(), Traffic.answer(2000))
                        .close();
            }
            taken = (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> bytes += caplen;
            try {
                folder = Files.createTempDirectory("benchmark");
                final FeedAddress door = FeedAddress.unix(folder.resolve("door"));
                final BlockingQueue<RelaySource> came = new LinkedBlockingQueue<>();
                receiver = RelayReceiver.open(door, null, came::add);
                sender = RelaySender.open(door, null, "benchmark", new RelaySender.Spool(null, SPOOL_BYTES));
                final RelaySource first = came.poll(PATIENCE_S, TimeUnit.SECONDS);
                if (first == null) {
                    throw new IllegalStateException("nobody came");
                }
                source = first;
            } catch (final IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** Sends packets, and has them at the other end when it returns. */
        long round() throws InterruptedException {
            for (int i = 0; i < RELAYED; i++) {
                final int length = packets.length(i);
                sender.onPacket(packets.bytes(), packets.offset(i), length, length, i, Linktype.RAW);
                if (i % BATCH == BATCH - 1) {
                    sender.flush();
                }
            }
            for (int left = RELAYED; left > 0; ) {
                final int count = source.poll(taken, left);
                if (count == 0) {
                    source.await(1);
                }
                left -= count;
            }
            return bytes;
        }

        @TearDown
        public void close() throws IOException {
            sender.close();
            receiver.close();
            try (var left = Files.list(folder)) {
                for (final Path file : left.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    /** Packets put into batches, spooled, sent, taken in, acknowledged and handed over: on one machine, without TLS. */
    @Benchmark
    @OperationsPerInvocation(RELAYED)
    public long forwarded(final Relay relay) throws InterruptedException {
        return relay.round();
    }
}
