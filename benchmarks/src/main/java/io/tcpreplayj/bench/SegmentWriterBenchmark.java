package io.tcpreplayj.bench;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** IP packets written a second, checksums included; 12 bytes of options each. */
@State(Scope.Thread)
public class SegmentWriterBenchmark extends Rates {
    private static final Endpoint CLIENT_V4 = new Endpoint(IpAddress.parse("198.18.0.2"), 40_000);
    private static final Endpoint SERVER_V4 = new Endpoint(IpAddress.parse("127.0.0.1"), 80);
    private static final Endpoint CLIENT_V6 = new Endpoint(IpAddress.parse("2001:db8::2"), 40_000);
    private static final Endpoint SERVER_V6 = new Endpoint(IpAddress.parse("2001:db8::1"), 80);

    private final SegmentWriter writer = new SegmentWriter(1);
    private final ByteBuffer frame = ByteBuffer.allocateDirect(2048);
    private final SegmentOut request = segment(100);
    private final SegmentOut full = segment(Traffic.SEGMENT);

    private static SegmentOut segment(final int payloadBytes) {
        final SegmentOut segment = new SegmentOut();
        segment.flags = TcpFlags.ACK | TcpFlags.PSH;
        segment.optionsLength = 12;
        segment.payload = ByteBuffer.allocate(payloadBytes);
        segment.payloadLength = payloadBytes;
        return segment;
    }

    @Benchmark
    public int requestIpv4() {
        return writer.write(request, CLIENT_V4, SERVER_V4, frame, 0);
    }

    @Benchmark
    public int requestIpv6() {
        return writer.write(request, CLIENT_V6, SERVER_V6, frame, 0);
    }

    @Benchmark
    public int fullSegmentIpv4() {
        return writer.write(full, CLIENT_V4, SERVER_V4, frame, 0);
    }

    /** The payload of {@link #fullSegmentIpv4} copied, nothing else. */
    @Benchmark
    public ByteBuffer controlCopy() {
        return frame.put(0, full.payload, 0, full.payloadLength);
    }
}
