package io.tcpreplayj.replay.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.protocol.HttpResponseFraming;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Outcome;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Once a session stands, its events cost no memory: cursor, framing, judge, histograms. */
class SessionAllocationTest {
    private static final long MS = 1_000_000L;
    private static final int EXCHANGES = 2_000;
    private static final String GET = "GET / HTTP/1.1\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    private static FlowScript script() {
        final Scripts flow = Scripts.flow().app(FlowRecord.App.HTTP);
        for (int i = 0; i < EXCHANGES; i++) {
            flow.send(GET).after(MS).answer(OK).after(MS);
        }
        return flow.build();
    }

    @Test
    void shouldAllocateNothingPerExchange() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final FlowScript script = script();
        final ByteBuffer answer = ByteBuffer.allocateDirect(OK.length());
        answer.put(0, OK.getBytes(StandardCharsets.ISO_8859_1));
        final LatencyRecorder latency = new LatencyRecorder();
        final Ledger ledger = new Ledger();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            ledger.planned(script);
            final SessionRecord record = new SessionRecord(script, ledger, latency);
            final HttpResponseFraming framing = new HttpResponseFraming(script);
            final ScriptCursor cursor = new ScriptCursor(script, new Pace(1, 1_000 * MS), record, framing);
            final long before = threads.getCurrentThreadAllocatedBytes();
            drive(cursor, framing, record, answer);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            record.ended(Outcome.COMPLETED, script.clientLength(), 0, 0);
        }
        ledger.check();
        assertThat(ledger.responses().matched()).isEqualTo(20L * EXCHANGES);
        // A byte an exchange would be 2,000; the JVM's own counting costs some.
        assertThat(least).isLessThan(EXCHANGES / 10);
    }

    private static void drive(
            final ScriptCursor cursor,
            final HttpResponseFraming framing,
            final SessionRecord record,
            final ByteBuffer answer) {
        long nowNs = 0;
        long received = 0;
        cursor.onEstablished(0, 0);
        while (!cursor.over()) {
            cursor.advance(nowNs);
            cursor.onClientBytesSent(cursor.releasedBytes(), nowNs);
            nowNs += MS;
            received += answer.capacity();
            framing.onResponseBytes(answer, 0, answer.capacity(), answer.capacity(), nowNs);
            record.onResponseBytes(answer, 0, answer.capacity(), answer.capacity(), nowNs);
            cursor.onServerBytes(received, true, nowNs);
            nowNs = Math.max(nowNs, cursor.over() ? nowNs : cursor.nextDeadlineNs());
        }
        cursor.onEnd(nowNs);
    }
}
