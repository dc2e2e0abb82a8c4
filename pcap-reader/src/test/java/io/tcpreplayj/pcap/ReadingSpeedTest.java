package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.live.BpfFilter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reading and decoding makes no garbage per packet; the rate is printed, not asserted. */
final class ReadingSpeedTest {
    private static final int PACKETS = 400_000;
    private static final int ROUNDS = 5;

    @TempDir
    Path folder;

    @Test
    void pcapIsReadWithoutGarbage() throws IOException {
        final byte[] packet = packet();
        final Path file = folder.resolve("large.pcap");
        final ByteBuffer buffer = ByteBuffer.wrap(packet);
        try (PcapWriter writer = PcapWriter.create(file, 1)) {
            for (int i = 0; i < PACKETS; i++) {
                writer.onPacket(buffer, 0, packet.length, packet.length, i, 1);
            }
        }
        assertNoGarbage("pcap", file);
    }

    @Test
    void pcapngIsReadWithoutGarbage() throws IOException {
        final byte[] packet = packet();
        final Path file = folder.resolve("large.pcapng");
        final CaptureBytes capture =
                CaptureBytes.pcapng(ByteOrder.LITTLE_ENDIAN).iface(1);
        final byte[] block =
                capture.part().enhanced(0, 5, packet.length, packet).bytes();
        for (int i = 0; i < PACKETS; i++) {
            capture.raw(block);
        }
        assertNoGarbage("pcapng", Files.write(file, capture.bytes()));
    }

    @Test
    void gzipIsReadWithoutGarbage() throws IOException {
        final byte[] packet = packet();
        final Path file = folder.resolve("large.pcapng.gz");
        final CaptureBytes capture = CaptureBytes.pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 1);
        for (int i = 0; i < PACKETS; i++) {
            capture.record(i, 0, packet.length, packet);
        }
        assertNoGarbage("gzip", Files.write(file, CaptureBytes.gzip(capture.bytes())));
    }

    @Test
    void mergedCapturesAreReadWithoutGarbage() throws IOException {
        final byte[] packet = packet();
        final List<MergedReader.Input> inputs = new ArrayList<>();
        for (int part = 0; part < 2; part++) {
            final Path file = folder.resolve("part" + part);
            try (PcapWriter writer = PcapWriter.create(file, 1)) {
                for (int i = 0; i < PACKETS / 2; i++) {
                    writer.onPacket(ByteBuffer.wrap(packet), 0, packet.length, packet.length, 2 * i + part, 1);
                }
            }
            inputs.add(new MergedReader.Input(part, () -> CaptureFiles.open(file)));
        }
        final Count count = new Count();
        assertNoGarbage("merged pcap", () -> new MergedReader(inputs), count);
        assertThat(count.segments).isEqualTo((long) ROUNDS * PACKETS);
    }

    @Test
    void filteredCaptureIsReadWithoutGarbage() throws IOException {
        final byte[] packet = packet();
        final Path file = folder.resolve("filtered.pcap");
        try (PcapWriter writer = PcapWriter.create(file, 1)) {
            for (int i = 0; i < PACKETS; i++) {
                writer.onPacket(ByteBuffer.wrap(packet), 0, packet.length, packet.length, i, 1);
            }
        }
        final BpfFilter filter = new BpfFilter("tcp port 80 and host 10.0.0.1 and tcp[13] & 16 != 0");
        final Count count = new Count();
        assertNoGarbage("filtered pcap", () -> CaptureFiles.open(file), (buffer, offset, caplen, origlen, ns, type) -> {
            if (filter.accepts(buffer, offset, caplen, origlen, type)) {
                count.segments++;
            }
        });
        assertThat(count.segments).isEqualTo((long) ROUNDS * PACKETS);
    }

    private static byte[] packet() {
        final byte[] headers = HexFormat.of()
                .parseHex("0200000000020200000000010800" + "450000720001400040060000" + "0a0000010a000002"
                        + "9c4000500102030405060708501801f500000007");
        final byte[] packet = new byte[14 + 0x72];
        System.arraycopy(headers, 0, packet, 0, headers.length);
        return packet;
    }

    private static void assertNoGarbage(final String what, final Path file) throws IOException {
        final Count count = new Count();
        assertNoGarbage(what, () -> CaptureFiles.open(file), count);
        assertThat(count.segments).isEqualTo((long) ROUNDS * PACKETS);
    }

    private static void assertNoGarbage(
            final String what, final MergedReader.Opener opener, final PacketHandler handler) throws IOException {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long best = Long.MAX_VALUE;
        long leastGarbage = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            try (CaptureReader reader = opener.open()) {
                final long garbage = threads.getCurrentThreadAllocatedBytes();
                final long start = System.nanoTime();
                int polled;
                do {
                    polled = reader.poll(handler, 1000);
                } while (polled >= 0);
                best = Math.min(best, System.nanoTime() - start);
                leastGarbage = Math.min(leastGarbage, threads.getCurrentThreadAllocatedBytes() - garbage);
            }
        }
        assertThat((double) leastGarbage / PACKETS)
                .as("bytes of garbage a packet")
                .isLessThan(0.05);
        System.err.printf(
                "reading and decoding %s: %.1f M packets/s, %.3f B/packet%n",
                what, PACKETS * 1e3 / best, (double) leastGarbage / PACKETS);
    }

    private static final class Count implements PacketHandler {
        private final PacketDecoder decoder = new PacketDecoder();
        private final PacketView view = new PacketView();
        private long segments;

        @Override
        public void onPacket(
                final ByteBuffer buffer,
                final int offset,
                final int caplen,
                final int origlen,
                final long captureTimeNs,
                final int linktype) {
            if (decoder.decode(buffer, offset, caplen, origlen, linktype, view) == Verdict.TCP) {
                segments++;
            }
        }
    }
}
