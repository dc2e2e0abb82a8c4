package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.Scripts;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** A standing session costs no memory per segment, packets written and read included. */
class EngineAllocationTest {
    private static final int EXCHANGES = 2_000;
    private static final long US = 1_000L;
    private static final Endpoint CLIENT = new Endpoint(IpAddress.parse("198.18.0.1"), 40001);
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("127.0.0.1"), 80);
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final SegmentWriter writer = new SegmentWriter(5);
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final ByteBuffer sent = ByteBuffer.allocateDirect(2000);
    private final ByteBuffer arrived = ByteBuffer.allocateDirect(2000);
    private final SegmentOut answer = new SegmentOut();
    private final SegmentSink sink = (session, segment) -> {
        writer.write(segment, CLIENT, TARGET, sent, 0);
        return true;
    };

    private static FlowScript script() {
        final Scripts flow = Scripts.flow();
        for (int i = 0; i < EXCHANGES; i++) {
            flow.send("GET /index.html HTTP/1.1\r\n\r\n").answer(100);
        }
        return flow.fin().build();
    }

    @Test
    void shouldAllocateNothingPerSegment() {
        final FlowScript script = script();
        answer.payload = ByteBuffer.allocateDirect(100);
        long leastBytes = Long.MAX_VALUE;
        long sessionBytes = Long.MAX_VALUE;
        for (int round = 0; round < 60; round++) {
            final ScriptCursor cursor =
                    new ScriptCursor(script, new Pace(Double.POSITIVE_INFINITY, 1L << 40), Scripts.DEAF);
            final long beforeSession = threads.getCurrentThreadAllocatedBytes();
            final ClientSession session =
                    new ClientSession(script, cursor, TcpConfig.defaults(1500), CLIENT, TARGET, null);
            final long before = threads.getCurrentThreadAllocatedBytes();
            sessionBytes = Math.min(sessionBytes, before - beforeSession);
            drive(session, script.clientLength() / EXCHANGES);
            leastBytes = Math.min(leastBytes, threads.getCurrentThreadAllocatedBytes() - before);
            assertThat(session.ackedBytes()).isEqualTo(script.clientLength());
            assertThat(session.receivedBytes()).isEqualTo(100L * EXCHANGES);
        }
        // A byte an exchange would be 2,000; the JVM's own counting costs some.
        assertThat(leastBytes).isLessThan(EXCHANGES / 10);
        assertThat(sessionBytes).isLessThan(2048);
    }

    private void drive(final ClientSession session, final long requestBytes) {
        long nowNs = 1_000_000 * US;
        session.connect(10, 0, nowNs, nowNs);
        session.poll(sink, nowNs);
        nowNs = arrive(session, TcpFlags.SYN | TcpFlags.ACK, 0, 11, 0, nowNs);
        for (int i = 1; i <= EXCHANGES; i++) {
            nowNs = arrive(
                    session, TcpFlags.PSH | TcpFlags.ACK, 1 + 100 * (i - 1), 11 + (int) (i * requestBytes), 100, nowNs);
        }
    }

    private long arrive(
            final ClientSession session,
            final int flags,
            final int seq,
            final int ack,
            final int length,
            final long ns) {
        answer.flags = flags;
        answer.seq = seq;
        answer.ack = ack;
        answer.window = 60_000;
        answer.payloadLength = length;
        final int bytes = writer.write(answer, TARGET, CLIENT, arrived, 0);
        decoder.decode(arrived, 0, bytes, bytes, Linktype.RAW, view);
        final long nowNs = ns + 100 * US;
        session.onSegment(view, nowNs);
        session.poll(sink, nowNs);
        return nowNs;
    }
}
