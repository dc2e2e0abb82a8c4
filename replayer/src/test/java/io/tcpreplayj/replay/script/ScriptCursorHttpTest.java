package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.protocol.HttpResponseFraming;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The gate rule where HTTP framing tells when an answer is whole: TF-38, TF-39. */
class ScriptCursorHttpTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final String GET = "GET / HTTP/1.1\r\n\r\n";

    private static String response(final int bytes) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + bytes + "\r\n\r\n" + "b".repeat(bytes);
    }

    private static Scripts threeGets() {
        return Scripts.flow()
                .app(FlowRecord.App.HTTP)
                .send(GET)
                .after(5 * MS)
                .answer(response(1_000))
                .after(20 * MS)
                .send(GET)
                .after(5 * MS)
                .answer(response(1_000))
                .after(20 * MS)
                .send(GET)
                .after(5 * MS)
                .answer(response(1_000))
                .fin();
    }

    /** A cursor and its framing, fed as a transport feeds them. */
    private static final class Live {
        final HttpResponseFraming framing;
        final ScriptCursor cursor;
        private long live;

        Live(final Scripts flow) {
            final FlowScript script = flow.build();
            framing = new HttpResponseFraming(script);
            cursor = new ScriptCursor(script, new Pace(1, 30 * SECOND), Scripts.DEAF, framing);
            cursor.onEstablished(0, 0);
            sent(0);
        }

        void sent(final long nowNs) {
            cursor.advance(nowNs);
            cursor.onClientBytesSent(cursor.releasedBytes(), nowNs);
        }

        void comes(final String bytes, final boolean push, final long nowNs) {
            final ByteBuffer buffer = ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1));
            framing.onResponseBytes(buffer, 0, bytes.length(), bytes.length(), nowNs);
            live += bytes.length();
            cursor.onServerBytes(live, push, nowNs);
        }
    }

    @Test
    void tf39_shorterWholeResponse_needsNoQuiet() {
        final Live live = new Live(threeGets());
        live.comes(response(10), false, 30 * MS);
        assertThat(live.cursor.nextDeadlineNs()).isEqualTo(50 * MS);
        live.sent(50 * MS);
        live.comes(response(0), true, 60 * MS);
        assertThat(live.cursor.nextDeadlineNs()).isEqualTo(80 * MS);
    }

    @Test
    void tf39_longerResponseInPieces_isWaitedForThroughPushAndQuiet() {
        final Live live = new Live(threeGets());
        final String whole = response(50_000);
        live.comes(whole.substring(0, 20_000), true, 30 * MS);
        live.cursor.advance(10 * SECOND);
        assertThat(live.cursor.releasedBytes()).isEqualTo(GET.length());
        live.comes(whole.substring(20_000), false, 11 * SECOND);
        assertThat(live.cursor.nextDeadlineNs()).isEqualTo(11 * SECOND + 20 * MS);
    }

    @Test
    void tf39_responseThatNeverComes_isNotWaitedForWithEachLaterRequest() {
        final Live live = new Live(threeGets());
        live.cursor.advance(31 * SECOND);
        assertThat(live.cursor.diverged()).isTrue();
        live.sent(31 * SECOND);
        live.comes(response(1_000), true, 32 * SECOND);
        assertThat(live.cursor.nextDeadlineNs()).isEqualTo(32 * SECOND + 20 * MS);
        live.sent(33 * SECOND);
        live.comes(response(1_000), true, 34 * SECOND);
        assertThat(live.cursor.finReleased()).isTrue();
    }

    @Test
    void tf38_continue_gatesTheBodyByItsBytes() {
        final Live live = new Live(Scripts.flow()
                .app(FlowRecord.App.HTTP)
                .send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
                .after(5 * MS)
                .answer("HTTP/1.1 100 Continue\r\n\r\n")
                .after(MS)
                .send("body")
                .after(5 * MS)
                .answer(response(10))
                .after(MS)
                .send(GET)
                .after(5 * MS)
                .answer(response(10)));
        final long head = live.cursor.releasedBytes();
        live.comes("HTTP/1.1 100 Continue\r\n\r\n", true, 10 * MS);
        assertThat(live.cursor.nextDeadlineNs()).isEqualTo(11 * MS);
        live.sent(11 * MS);
        assertThat(live.cursor.releasedBytes()).isEqualTo(head + 4);
        live.comes(response(2_000), true, 20 * MS);
        assertThat(live.cursor.nextDeadlineNs()).isEqualTo(21 * MS);
    }

    @Test
    void tf38_upgrade_fallsBackToBytes() {
        final String upgraded = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
        final Live live = new Live(Scripts.flow()
                .app(FlowRecord.App.HTTP)
                .send(GET)
                .after(5 * MS)
                .answer(upgraded)
                .after(MS)
                .send(GET)
                .after(5 * MS)
                .answer(20));
        live.comes(upgraded, true, 10 * MS);
        assertThat(live.framing.sure()).isFalse();
        assertThat(live.cursor.nextDeadlineNs()).isEqualTo(11 * MS);
    }

    @Test
    void tf38_pipelinedRequests_areAnsweredBeforeTheNextOne() {
        final Live live = new Live(Scripts.flow()
                .app(FlowRecord.App.HTTP)
                .send(GET + GET)
                .after(5 * MS)
                .answer(response(100))
                .answer(response(100))
                .after(MS)
                .send(GET)
                .after(5 * MS)
                .answer(response(100)));
        live.comes(response(500), true, 10 * MS);
        live.cursor.advance(SECOND);
        assertThat(live.cursor.releasedBytes()).isEqualTo(2L * GET.length());
        live.comes(response(3), true, 2 * SECOND);
        assertThat(live.cursor.nextDeadlineNs()).isEqualTo(2 * SECOND + MS);
    }
}
