package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.judge.SessionRecord;
import io.tcpreplayj.replay.protocol.HttpResponseFraming;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.Scripts;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/**
 * What a session takes of the heap while it waits for its next request: at most what was allocated since it was made, which
 * is exact, whatever the collector does. Its script is not counted: that is the capture's size, and copies share it.
 */
class IdleSessionHeapTest {
    /** Of the client TCP alone. */
    private static final int TCP_LIMIT_BYTES = 2048;
    /** With its script's cursor, the framing of its answers and its books. */
    private static final int LIMIT_BYTES = 4096;

    private static final int ROUNDS = 50;
    private static final long MS = 1_000_000L;
    private static final String REQUEST = "GET / HTTP/1.1\r\n\r\n";
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    private static final Endpoint CLIENT = new Endpoint(IpAddress.parse("198.18.0.1"), 40_001);
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("127.0.0.1"), 80);
    private static final int TARGET_ISS = 77;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Packets packets = new Packets();
    private final TcpConfig config = TcpConfig.defaults(1500);
    private final Pace pace = new Pace(1, 30_000 * MS);
    private final LatencyRecorder latency = new LatencyRecorder();
    private final Ledger ledger = new Ledger();
    private final SegmentSink sink = (session, segment) -> true;

    private static FlowScript script() {
        return Scripts.flow()
                .app(FlowRecord.App.HTTP)
                .send(REQUEST)
                .after(MS)
                .answer(ANSWER)
                .after(60_000 * MS)
                .send(REQUEST)
                .after(MS)
                .answer(ANSWER)
                .build();
    }

    private PacketView arriving(
            final int seq, final int ack, final int flags, final byte[] options, final String text) {
        final byte[] payload = text.getBytes(StandardCharsets.ISO_8859_1);
        final SegmentOut out = Packets.segment(seq, ack, flags, 65_535, options, payload);
        return packets.view(packets.bytes(out, TARGET, CLIENT));
    }

    @Test
    void sessionThatWaits_takesAtMostTwoKibibytes_andAsMuchForItsBooks() {
        final FlowScript script = script();
        final PacketView synAck = arriving(TARGET_ISS, 1, TcpFlags.SYN | TcpFlags.ACK, Scene.SYN_ACK_OPTIONS, "");
        final PacketView answer =
                arriving(TARGET_ISS + 1, 1 + REQUEST.length(), TcpFlags.PSH | TcpFlags.ACK, Scene.NO_OPTIONS, ANSWER);
        long least = Long.MAX_VALUE;
        long leastOfTcp = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            ledger.planned(script);
            final long before = threads.getCurrentThreadAllocatedBytes();
            final SessionRecord record = new SessionRecord(script, ledger, latency);
            final HttpResponseFraming framing = new HttpResponseFraming(script);
            final ScriptCursor cursor = new ScriptCursor(script, pace, record, framing);
            final long beforeTcp = threads.getCurrentThreadAllocatedBytes();
            final ClientSession session = new ClientSession(script, cursor, config, CLIENT, TARGET, record);
            session.connect(0, 0, 0, 0);
            session.poll(sink, 0);
            session.onSegment(synAck, MS);
            session.poll(sink, MS);
            session.onSegment(answer, 2 * MS);
            session.poll(sink, 2 * MS);
            final long after = threads.getCurrentThreadAllocatedBytes();
            least = Math.min(least, after - before);
            leastOfTcp = Math.min(leastOfTcp, after - beforeTcp);
            assertThat(session.receivedBytes()).isEqualTo(ANSWER.length());
            assertThat(session.nextDeadlineNs()).isGreaterThan(10_000 * MS);
        }
        assertThat(leastOfTcp).isLessThanOrEqualTo(TCP_LIMIT_BYTES);
        assertThat(least).isLessThanOrEqualTo(LIMIT_BYTES);
    }
}
