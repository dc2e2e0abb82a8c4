package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A script that grows while it is played, in virtual time. */
final class GrowingScriptTest {
    private static final long MS = 1_000_000L;
    private static final long START_NS = 100 * MS;
    private static final Pace REAL = new Pace(1.0, 30_000 * MS);

    private final List<String> told = new ArrayList<>();
    private final ScriptListener listener = new ScriptListener() {
        @Override
        public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {
            told.add("sent " + exchange + " due " + dueNs / MS + " sent " + sentNs / MS);
        }

        @Override
        public void onExchangeEnd(
                final int exchange,
                final long dueNs,
                final long sentNs,
                final long responseBytes,
                final long lastByteNs,
                final boolean timedOut) {
            told.add("end " + exchange + " bytes " + responseBytes + " last " + lastByteNs / MS);
        }
    };

    /** Captured at 10 ms, 70 ms and 90 ms of the flow: two requests and a FIN. */
    private final Growth growth = new Growth(
            Scripts.flow()
                    .app(FlowRecord.App.UNKNOWN)
                    .after(10 * MS)
                    .send("request-1")
                    .after(20 * MS)
                    .answer(100)
                    .after(40 * MS)
                    .send("request-2")
                    .after(15 * MS)
                    .answer(100)
                    .after(5 * MS)
                    .fin()
                    .build(),
            START_NS,
            0);

    private final ScriptCursor cursor = new ScriptCursor(growth.script(), REAL, listener);

    private void capturedUpTo(final long nowNs) {
        growth.upTo(nowNs);
        cursor.onGrown(nowNs);
    }

    private void send(final long nowNs) {
        cursor.onClientBytesSent(cursor.releasedBytes(), nowNs);
    }

    @Test
    void answerIsExpected_untilTheCaptureEndsWithoutOne() {
        final GrowingScript mute = new Growth(Scripts.flow().send("x").build(), START_NS, 0).script();
        assertThat(mute.expectsAnswer()).isTrue();
        mute.end(0);
        assertThat(mute.expectsAnswer()).isFalse();
        growth.script().end(100);
        assertThat(growth.script().expectsAnswer()).isTrue();
    }

    @Test
    void aRowThatIsNotCaptured_isWaitedFor_howeverEarlyTheAnswerIs() {
        cursor.onEstablished(START_NS, START_NS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
        capturedUpTo(111 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        send(111 * MS);
        cursor.onServerBytes(100, true, 115 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
        cursor.advance(160 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        capturedUpTo(171 * MS);
        assertThat(cursor.releasedBytes()).as("its think time is over").isEqualTo(18);
    }

    @Test
    void aSlowAnswer_isWaitedForAndThoughtAbout_thoughTheRowIsThere() {
        cursor.onEstablished(START_NS, START_NS);
        capturedUpTo(111 * MS);
        send(111 * MS);
        capturedUpTo(171 * MS);
        cursor.advance(300 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        cursor.onServerBytes(100, true, 400 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(440 * MS);
    }

    @Test
    void aRequest_isToldWhenItIsKnownToBeWhole_withTheTimeAtWhichItLeft() {
        cursor.onEstablished(START_NS, START_NS);
        capturedUpTo(111 * MS);
        send(112 * MS);
        cursor.onServerBytes(100, true, 130 * MS);
        assertThat(told).isEmpty();
        capturedUpTo(171 * MS);
        assertThat(told).containsExactly("sent 0 due 110 sent 112", "end 0 bytes 100 last 130");
        send(172 * MS);
        cursor.onServerBytes(200, true, 180 * MS);
        capturedUpTo(191 * MS);
        assertThat(cursor.finReleased()).isTrue();
        assertThat(cursor.over()).as("a RST may follow the FIN").isFalse();
        capturedUpTo(4_000 * MS);
        assertThat(cursor.over()).isTrue();
        cursor.onEnd(4_000 * MS);
        assertThat(told).hasSize(4).contains("sent 1 due 170 sent 172", "end 1 bytes 100 last 180");
    }

    @Test
    void theEndOfTheCapture_closesAFlowThatIsOpen() {
        final Growth open = new Growth(
                Scripts.flow()
                        .after(10 * MS)
                        .send("ask")
                        .after(20 * MS)
                        .answer(5)
                        .build(),
                START_NS,
                0);
        final ScriptCursor unclosed = new ScriptCursor(open.script(), REAL, listener);
        unclosed.onEstablished(START_NS, START_NS);
        open.upTo(111 * MS);
        unclosed.onGrown(111 * MS);
        unclosed.onClientBytesSent(3, 111 * MS);
        unclosed.onServerBytes(5, true, 120 * MS);
        assertThat(unclosed.finReleased()).isFalse();
        open.upTo(4_000 * MS);
        unclosed.onGrown(4_000 * MS);
        assertThat(unclosed.finReleased()).isTrue();
        assertThat(unclosed.over()).isTrue();
    }

    @Test
    void httpRequests_areCountedAsTheyBegin() {
        final Growth http = new Growth(
                Scripts.flow()
                        .app(FlowRecord.App.HTTP)
                        .after(MS)
                        .send("POST / HTTP/1.1\r\nExpect: 100-continue\r\n")
                        .sendMore("Content-Length: 3\r\n\r\n")
                        .after(MS)
                        .answer("HTTP/1.1 100 Continue\r\n\r\n")
                        .after(MS)
                        .send("abc")
                        .after(MS)
                        .answer("HTTP/1.1 204 No Content\r\n\r\n")
                        .after(MS)
                        .send("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
                        .build(),
                START_NS,
                0);
        http.upTo(Long.MAX_VALUE);
        assertThat(http.script().flow().exchanges().requests(0)).isEqualTo(1);
        assertThat(http.script().flow().exchanges().requests(1)).isZero();
        assertThat(http.script().flow().exchanges().requests(2)).isEqualTo(2);
    }
}
