package io.tcpreplayj.bench;

import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.pcap.CaptureReader;
import io.tcpreplayj.testdata.PcapOracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapNativeException;

/**
 * Packets read from a capture a second, the file in the page cache. An invocation is one pass over a whole file, opening
 * included. {@code control…} reads the same bytes and looks at none; {@code lost…} are the designs that were not chosen.
 */
public class CaptureReaderBenchmark extends Rates {
    private static final int POLL = 1000;
    private static final int RECORD_HEADER = 16;
    private static final int FILE_HEADER = 24;

    /** A classic capture. */
    @State(Scope.Benchmark)
    public static class Pcap {
        final CaptureSample sample = CaptureSample.pcap();

        @TearDown
        public void remove() {
            sample.close();
        }
    }

    /** The same packets as pcapng. */
    @State(Scope.Benchmark)
    public static class Pcapng {
        final CaptureSample sample = CaptureSample.pcapng();

        @TearDown
        public void remove() {
            sample.close();
        }
    }

    /** The classic capture in gzip. */
    @State(Scope.Benchmark)
    public static class Gzip {
        final CaptureSample sample = CaptureSample.gzip();

        @TearDown
        public void remove() {
            sample.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(CaptureSample.PACKETS)
    public long pcap(final Pcap pcap) throws IOException {
        return read(pcap.sample.file());
    }

    @Benchmark
    @OperationsPerInvocation(CaptureSample.PACKETS)
    public long pcapng(final Pcapng pcapng) throws IOException {
        return read(pcapng.sample.file());
    }

    @Benchmark
    @OperationsPerInvocation(CaptureSample.PACKETS)
    public long gzip(final Gzip gzip) throws IOException {
        return read(gzip.sample.file());
    }

    /** The classic capture in pieces of 256 KiB, not looked at. */
    @Benchmark
    @OperationsPerInvocation(CaptureSample.PACKETS)
    public long controlScan(final Pcap pcap, final ScanBuffer scan) throws IOException {
        long bytes = 0;
        try (FileChannel channel = FileChannel.open(pcap.sample.file(), StandardOpenOption.READ)) {
            int read;
            do {
                scan.buffer.clear();
                read = channel.read(scan.buffer);
                bytes += Math.max(0, read);
            } while (read >= 0);
        }
        return bytes;
    }

    /** Where {@link #controlScan} reads to. */
    @State(Scope.Thread)
    public static class ScanBuffer {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(256 << 10);
    }

    /** The file mapped, its records walked: no copy, but a page fault each 64 KiB or less, and no pipes or gzip. */
    @Benchmark
    @OperationsPerInvocation(CaptureSample.PACKETS)
    public long lostMapped(final Pcap pcap) throws IOException {
        final Sum sum = new Sum();
        try (FileChannel channel = FileChannel.open(pcap.sample.file(), StandardOpenOption.READ)) {
            final ByteBuffer map = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            int at = FILE_HEADER;
            while (at < map.limit()) {
                final int caplen = map.getInt(at + 8);
                final long timeNs = map.getInt(at) * 1_000_000_000L + map.getInt(at + 4);
                sum.onPacket(map, at + RECORD_HEADER, caplen, map.getInt(at + 12), timeNs, 0);
                at += RECORD_HEADER + caplen;
            }
        }
        return sum.whole();
    }

    /** libpcap through pcap4j: an array and a few objects a packet. */
    @Benchmark
    @OperationsPerInvocation(CaptureSample.PACKETS)
    public long lostPcap4j(final Pcap pcap) throws PcapNativeException, NotOpenException {
        final long[] sums = new long[2];
        PcapOracle.read(pcap.sample.file(), (captureTimeNs, origlen, packet) -> {
            sums[0]++;
            sums[1] += packet[9] + captureTimeNs;
        });
        return checked(sums[0], sums[1]);
    }

    private static long read(final Path file) throws IOException {
        final Sum sum = new Sum();
        try (CaptureReader reader = CaptureFiles.open(file)) {
            int polled;
            do {
                polled = reader.poll(sum, POLL);
            } while (polled >= 0);
        }
        return sum.whole();
    }

    private static long checked(final long packets, final long sum) {
        if (packets != CaptureSample.PACKETS) {
            throw new IllegalStateException(packets + " packets instead of " + CaptureSample.PACKETS);
        }
        return sum;
    }

    /** Looks at one byte of each packet, so that it must be there. */
    private static final class Sum implements PacketHandler {
        private long packets;
        private long sum;

        @Override
        public void onPacket(
                final ByteBuffer buffer,
                final int offset,
                final int caplen,
                final int origlen,
                final long captureTimeNs,
                final int linktype) {
            packets++;
            sum += buffer.get(offset + 9) + captureTimeNs;
        }

        long whole() {
            return checked(packets, sum);
        }
    }
}
