package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gate rule in virtual time: TF-38 to TF-41 and TF-43. */
class ScriptCursorTest {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;
    private static final Pace REAL = new Pace(1.0, 30 * SECOND);

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
            told.add("end " + exchange + " bytes " + responseBytes + " last "
                    + (lastByteNs < 0 ? -1 : lastByteNs / MS) + (timedOut ? " timed out" : ""));
        }
    };

    private ScriptCursor cursor(final Scripts flow, final Pace pace) {
        return new ScriptCursor(flow.build(), pace, listener);
    }

    private static void sendAll(final ScriptCursor cursor, final long nowNs) {
        cursor.onClientBytesSent(cursor.releasedBytes(), nowNs);
    }

    /** Two exchanges: the client thinks 40 ms after the first answer of 100 bytes. */
    private static Scripts twoExchanges() {
        return Scripts.flow()
                .after(10 * MS)
                .send("request-1")
                .after(20 * MS)
                .answer(100)
                .after(40 * MS)
                .send("request-2")
                .after(20 * MS)
                .answer(100)
                .after(5 * MS)
                .fin();
    }

    @Test
    void tf38_sameAnswer_thinkTimeCountsFromItsLastByte() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 3 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(10 * MS);
        cursor.advance(10 * MS - 1);
        assertThat(cursor.releasedBytes()).isZero();
        cursor.advance(10 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        sendAll(cursor, 11 * MS);
        cursor.onServerBytes(60, true, 20 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        cursor.onServerBytes(100, true, 25 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(65 * MS);
        cursor.advance(66 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        sendAll(cursor, 67 * MS);
        cursor.onServerBytes(200, true, 80 * MS);
        assertThat(cursor.finReleased()).isFalse();
        cursor.advance(85 * MS);
        assertThat(cursor.finReleased()).isTrue();
        assertThat(cursor.over()).isTrue();
        cursor.onEnd(90 * MS);
        cursor.onEnd(91 * MS);
        assertThat(told)
                .containsExactly(
                        "sent 0 due 10 sent 11",
                        "end 0 bytes 100 last 25",
                        "sent 1 due 65 sent 67",
                        "end 1 bytes 100 last 80");
        assertThat(cursor.diverged()).isFalse();
    }

    @Test
    void tf38_noPush_opensAfterQuietButDueCountsFromTheBytes() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.onRoundTrip(50 * MS);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(100, false, 30 * MS);
        // The quiet of one round trip outlasts the think time of 40 ms.
        assertThat(cursor.nextDeadlineNs()).isEqualTo(80 * MS);
        cursor.onRoundTrip(1 * MS);
        // Now 5 ms of quiet do, and the think time alone counts.
        assertThat(cursor.nextDeadlineNs()).isEqualTo(70 * MS);
    }

    @ParameterizedTest
    @CsvSource({"1, 70", "2, 50", "0.5, 110", "Infinity, 30"})
    void tf43_speed_scalesThinkTimeOnly(final double speed, final long dueMs) {
        final ScriptCursor cursor = cursor(twoExchanges(), new Pace(speed, 30 * SECOND));
        cursor.onEstablished(0, 0);
        cursor.advance(20 * MS);
        sendAll(cursor, 20 * MS);
        cursor.onServerBytes(100, true, 30 * MS);
        if (dueMs > 30) {
            assertThat(cursor.nextDeadlineNs()).isEqualTo(dueMs * MS);
            assertThat(cursor.releasedBytes()).isEqualTo(9);
        } else {
            assertThat(cursor.releasedBytes()).isEqualTo(18);
        }
    }

    @Test
    void tf39_answerHalfAsLong_isReleasedByQuietAndGatesFollow() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(50, true, 30 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(1030 * MS);
        cursor.advance(1030 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        sendAll(cursor, 1030 * MS);
        cursor.onServerBytes(149, true, 1040 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(2040 * MS);
        cursor.onServerBytes(150, true, 1041 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(1046 * MS);
        assertThat(cursor.diverged()).isFalse();
        assertThat(told).contains("end 0 bytes 50 last 30");
    }

    @Test
    void tf39_noAnswer_divergesAfterTheResponseTimeout() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 12 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(30 * SECOND + 52 * MS);
        cursor.advance(30 * SECOND + 52 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        assertThat(cursor.diverged()).isTrue();
        assertThat(told).contains("end 0 bytes 0 last -1 timed out");
    }
}
