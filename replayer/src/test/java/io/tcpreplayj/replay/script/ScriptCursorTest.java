package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
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
        public void onGreeting(final long bytes) {
            told.add("greeted " + bytes);
        }

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
            told.add("end " + exchange + " bytes " + responseBytes + " last " + (lastByteNs < 0 ? -1 : lastByteNs / MS)
                    + (timedOut ? " timed out" : ""));
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
    void serverIsAwaited_fromTheRequestToItsAnswer_andNotWhileTheClientThinks() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        assertThat(cursor.awaitsServer(0)).isFalse();
        cursor.onEstablished(0, 3 * MS);
        assertThat(cursor.awaitsServer(5 * MS)).as("before the first request").isFalse();
        cursor.advance(10 * MS);
        assertThat(cursor.awaitsServer(10 * MS)).as("it has not left").isFalse();
        sendAll(cursor, 11 * MS);
        assertThat(cursor.awaitsServer(20 * SECOND)).isTrue();
        cursor.onServerBytes(60, true, 20 * MS);
        assertThat(cursor.awaitsServer(21 * MS)).as("half of it").isTrue();
        cursor.onServerBytes(100, true, 25 * MS);
        assertThat(cursor.awaitsServer(26 * MS)).as("40 ms of thinking").isFalse();
        cursor.advance(66 * MS);
        sendAll(cursor, 67 * MS);
        assertThat(cursor.awaitsServer(70 * MS)).isTrue();
        cursor.onEnd(90 * MS);
        assertThat(cursor.awaitsServer(91 * MS)).isFalse();
    }

    /** Keep-alive: it comes a minute later, if ever. */
    @Test
    void finOfTheServer_isNotAwaited() {
        final ScriptCursor cursor = cursor(
                Scripts.flow()
                        .send("all")
                        .after(10 * MS)
                        .answer(100)
                        .after(60 * SECOND)
                        .serverFin()
                        .after(MS)
                        .fin(),
                REAL);
        cursor.onEstablished(0, 0);
        sendAll(cursor, 0);
        assertThat(cursor.awaitsServer(SECOND)).isTrue();
        cursor.onServerBytes(100, true, SECOND);
        assertThat(cursor.awaitsServer(30 * SECOND)).isFalse();
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

    @Test
    void tf39_silenceWhileTheRequestIsStillLeaving_isNoShortAnswer() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        cursor.onClientBytesSent(5, 10 * MS);
        cursor.onServerBytes(10, true, 20 * MS);
        // The window is closed for two seconds; then comes more of the answer, and what is behind a loss.
        cursor.onServerBytes(20, true, 2020 * MS);
        cursor.onHole(true, 2030 * MS);
        cursor.onClientBytesSent(9, 2040 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        cursor.onServerBytes(100, true, 2100 * MS);
        cursor.onHole(false, 2100 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(2140 * MS);
    }

    private ScriptCursor sentFirst(final GateMode mode) {
        final ScriptCursor cursor = cursor(twoExchanges(), new Pace(1, 30 * SECOND, mode));
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        return cursor;
    }

    @Test
    void tf38_gateBytes_waitsForAllOfThem_whateverTheSilence() {
        final ScriptCursor cursor = sentFirst(GateMode.BYTES);
        cursor.onServerBytes(99, true, 30 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(30 * SECOND + 70 * MS);
        cursor.onServerBytes(100, false, 40 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(80 * MS);
    }

    @Test
    void tf38_gateQuiet_waitsForSomethingAndAPause_whateverTheLength() {
        final ScriptCursor cursor = sentFirst(GateMode.QUIET);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(30 * SECOND + 50 * MS);
        cursor.onServerBytes(7, false, 30 * MS);
        assertThat(cursor.nextDeadlineNs()).as("think time of 40 ms").isEqualTo(70 * MS);
        cursor.onRoundTrip(60 * MS);
        assertThat(cursor.nextDeadlineNs()).as("a round trip's pause").isEqualTo(90 * MS);
        cursor.onServerBytes(900, true, 80 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(140 * MS);
    }

    @Test
    void tf38_gateTime_waitsForNothing_andCreditsEachAnswerToItsRequest() {
        final ScriptCursor cursor = sentFirst(GateMode.TIME);
        assertThat(cursor.nextDeadlineNs())
                .as("20 ms and 40 ms after the first")
                .isEqualTo(70 * MS);
        cursor.onServerBytes(50, true, 20 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(70 * MS);
        cursor.advance(70 * MS);
        sendAll(cursor, 70 * MS);
        cursor.onEnd(90 * MS);
        assertThat(told)
                .containsExactly(
                        "sent 0 due 10 sent 10",
                        "end 0 bytes 50 last 20",
                        "sent 1 due 70 sent 70",
                        "end 1 bytes 0 last -1");
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
    void tf39_shortAnswerWithAHole_isNotQuietUntilTheHoleIsFilled() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(50, true, 30 * MS);
        cursor.onHole(true, 31 * MS);
        cursor.advance(2_900 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        cursor.onServerBytes(100, true, 3_000 * MS);
        cursor.onHole(false, 3_000 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(3_040 * MS);
        cursor.advance(3_040 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        assertThat(told).contains("end 0 bytes 100 last 3000");
        assertThat(cursor.diverged()).isFalse();
    }

    @Test
    void tf39_quietCountsAgainOnceTheHoleIsFilledAndTheAnswerStillShort() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onHole(true, 20 * MS);
        cursor.onServerBytes(80, true, 3_000 * MS);
        cursor.onHole(false, 3_000 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(4_000 * MS);
        assertThat(cursor.diverged()).isFalse();
    }

    /** Waits for the first answer of 100 bytes, of which {@code bytes} came at 30 ms. */
    private ScriptCursor answeredWith(final int bytes, final boolean pushed) {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(bytes, pushed, 30 * MS);
        return cursor;
    }

    @Test
    void tf39_standstill_isNoSilence() {
        final ScriptCursor cursor = answeredWith(60, true);
        cursor.onStall(500 * MS, 5_500 * MS);
        cursor.onServerBytes(100, true, 5_501 * MS);
        assertThat(cursor.nextDeadlineNs())
                .as("the end of the answer had waited")
                .isEqualTo(5_541 * MS);
    }

    @Test
    void tf39_standstill_endsNoAnswerWithoutPush() {
        final ScriptCursor cursor = answeredWith(100, false);
        cursor.onStall(31 * MS, 2_000 * MS);
        cursor.onServerBytes(150, true, 2_001 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(2_041 * MS);
    }

    @Test
    void tf39_silenceThatHadSaidEnoughBefore_isNotTakenBack() {
        final ScriptCursor cursor = answeredWith(100, true);
        cursor.onStall(40 * MS, 9_000 * MS);
        assertThat(cursor.nextDeadlineNs()).as("lag is told as lag").isEqualTo(70 * MS);
    }

    @Test
    void tf39_whoCanAsk_asksBeforeSilenceEndsAnAnswer() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.askBeforeBelieving();
        assertThat(cursor.nextQuestionNs()).as("no connection yet").isEqualTo(Long.MAX_VALUE);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        assertThat(cursor.nextQuestionNs()).as("the request has yet to leave").isEqualTo(Long.MAX_VALUE);
        sendAll(cursor, 10 * MS);
        assertThat(cursor.nextQuestionNs()).as("nothing came yet").isEqualTo(Long.MAX_VALUE);
        cursor.onServerBytes(60, true, 30 * MS);
        assertThat(cursor.nextQuestionNs()).isEqualTo(1_030 * MS);
        cursor.onNothingUnderWay(600 * MS);
        assertThat(cursor.nextQuestionNs()).as("nobody had asked").isEqualTo(1_030 * MS);
        cursor.onAsked(1_030 * MS);
        assertThat(cursor.nextQuestionNs()).as("again, in a second").isEqualTo(2_030 * MS);
        cursor.onNothingUnderWay(1_050 * MS);
        assertThat(cursor.nextQuestionNs()).isEqualTo(Long.MAX_VALUE);
        assertThat(cursor.releasedBytes()).as("think time has passed").isEqualTo(18);
    }

    @Test
    void tf39_whatComesBehindAQuestion_makesItVoid() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.askBeforeBelieving();
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(60, true, 30 * MS);
        cursor.onAsked(1_030 * MS);
        cursor.onServerBytes(70, true, 1_040 * MS);
        cursor.onNothingUnderWay(1_050 * MS);
        cursor.advance(2_039 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        assertThat(cursor.nextQuestionNs()).isEqualTo(2_040 * MS);
    }

    @Test
    void tf39_answerWhoseEndIsMissing_isNoShortOneBeforeTheResponseTimeout() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.askBeforeBelieving();
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(60, true, 30 * MS);
        assertThat(cursor.answerBytes()).isEqualTo(60);
        assertThat(cursor.nextDeadlineNs()).as("asked in vain").isEqualTo(11_030 * MS);
        cursor.onAsked(1_030 * MS);
        cursor.onSomethingUnderWay();
        assertThat(cursor.nextQuestionNs()).isEqualTo(2_030 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(31_030 * MS);
        cursor.onServerBytes(70, true, 12_000 * MS);
        assertThat(cursor.nextDeadlineNs()).as("doubts are over").isEqualTo(23_000 * MS);
        cursor.onAsked(13_000 * MS);
        cursor.onNothingUnderWay(13_000 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
    }

    @Test
    void tf39_holeThatIsNeverFilled_divergesAfterTheResponseTimeout() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(50, true, 30 * MS);
        cursor.onHole(true, 31 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(30_070 * MS);
        cursor.advance(30_070 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        assertThat(cursor.diverged()).isTrue();
        assertThat(told).contains("end 0 bytes 50 last 30 timed out");
    }

    @Test
    void tf38_holeBehindAWholeAnswer_holdsNothingBack() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(100, true, 30 * MS);
        cursor.onHole(true, 31 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(70 * MS);
    }

    @Test
    void tf39_holeAfterTheQuietOfAShortAnswer_takesNothingBack() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(50, true, 30 * MS);
        // The second passed at 1030 ms, though nobody looked at the clock.
        cursor.onHole(true, 1_031 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        assertThat(cursor.diverged()).isFalse();
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

    /** Segments a millisecond apart, PSH on the last only; returns when the last one came. */
    private static long answer(
            final ScriptCursor cursor, final long from, final int segments, final int bytes, final long atNs) {
        for (int i = 0; i < segments; i++) {
            final long nowNs = atNs + i * MS;
            cursor.advance(nowNs);
            cursor.onServerBytes(from + (i + 1L) * bytes, i == segments - 1, nowNs);
        }
        return atNs + (segments - 1) * MS;
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "100"})
    void tf39_longerAnswer_nextRequestWaitsForItsEndAndGatesFollow(final int times) {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        final long lastNs = answer(cursor, 0, times * 4, 25, 30 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        // The think time counts from the end of the answer that came, not from where the recorded one ended.
        assertThat(cursor.nextDeadlineNs()).isEqualTo(lastNs + 40 * MS);
        cursor.advance(lastNs + 40 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        sendAll(cursor, lastNs + 40 * MS);
        final long secondNs = lastNs + 60 * MS;
        answer(cursor, times * 100L, times * 4, 25, secondNs);
        assertThat(cursor.finReleased()).isFalse();
        cursor.advance(secondNs + (times * 4L - 1) * MS + 5 * MS);
        assertThat(cursor.finReleased()).isTrue();
        cursor.onEnd(secondNs + SECOND);
        assertThat(cursor.diverged()).isFalse();
        assertThat(told)
                .contains("end 0 bytes " + 100 * times + " last " + lastNs / MS)
                .contains("end 1 bytes " + 100L * times + " last " + (secondNs / MS + 4L * times - 1));
    }

    @Test
    void tf39_longerAnswerWithPushInBetween_goesOnWithinTheThinkTime() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(100, true, 30 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(70 * MS);
        cursor.onServerBytes(200, false, 33 * MS);
        cursor.onServerBytes(300, true, 36 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(76 * MS);
    }

    @Test
    void tf39_unaskedBytesBehindTheAnswer_holdNothingBack() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(100, true, 30 * MS);
        for (int i = 0; i < 4; i++) {
            cursor.onServerBytes(101 + i, true, (40 + 3 * i) * MS);
            assertThat(cursor.nextDeadlineNs()).isEqualTo(70 * MS);
        }
    }

    @Test
    void tf39_slowDrip_waitsForTheRecordedLength() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        long nowNs = 10 * MS;
        for (int i = 1; i < 100; i++) {
            nowNs += 900 * MS;
            cursor.advance(nowNs);
            cursor.onServerBytes(i, true, nowNs);
            assertThat(cursor.releasedBytes()).isEqualTo(9);
            assertThat(cursor.nextDeadlineNs()).isEqualTo(nowNs + SECOND);
        }
        cursor.onServerBytes(100, true, nowNs + 900 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(nowNs + 940 * MS);
    }

    @Test
    void tf39_quietOfAShortAnswer_isFourRoundTripsOnALongPath() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.onRoundTrip(400 * MS);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(1, true, 500 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(2_100 * MS);
    }

    @Test
    void tf39_eachExchangeTimesOutByItself() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.advance(40 * SECOND);
        sendAll(cursor, 40 * SECOND);
        // The second answer comes as recorded, and is counted from where the live stream stands.
        cursor.onServerBytes(100, true, 41 * SECOND);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(41 * SECOND + 5 * MS);
        cursor.advance(42 * SECOND);
        cursor.onEnd(43 * SECOND);
        assertThat(told)
                .contains("end 0 bytes 0 last -1 timed out", "end 1 bytes 100 last 41000")
                .contains("sent 1 due 30050 sent 40000");
    }

    @Test
    void tf39_requestStillInTheSendQueue_isNotWaitedForAsIfAnswerable() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        cursor.onClientBytesSent(5, 10 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
        cursor.onClientBytesSent(9, 50 * SECOND);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(80 * SECOND + 40 * MS);
    }

    @Test
    void tf40_greetingFirst_gatesTheFirstRequest() {
        final ScriptCursor cursor = cursor(
                Scripts.flow()
                        .after(30 * MS)
                        .answer(78)
                        .after(2 * MS)
                        .send("login")
                        .after(MS)
                        .answer(11),
                REAL);
        cursor.onEstablished(100 * MS, 100 * MS);
        cursor.advance(5 * SECOND);
        assertThat(cursor.releasedBytes()).isZero();
        cursor.onServerBytes(78, true, 6 * SECOND);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(6 * SECOND + 2 * MS);
        cursor.advance(6 * SECOND + 2 * MS);
        sendAll(cursor, 6 * SECOND + 2 * MS);
        cursor.onServerBytes(89, true, 7 * SECOND);
        assertThat(cursor.over()).isTrue();
        cursor.onEnd(7 * SECOND);
        assertThat(told).containsExactly("greeted 78", "sent 0 due 6002 sent 6002", "end 0 bytes 11 last 7000");
    }

    @Test
    void tf41_earlyFin_releasesTheRestAtItsOwnPace() {
        final ScriptCursor cursor = cursor(twoExchanges(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(10 * MS);
        sendAll(cursor, 10 * MS);
        cursor.onServerBytes(30, true, 20 * MS);
        cursor.onServerFin(25 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(65 * MS);
        cursor.advance(65 * MS);
        sendAll(cursor, 66 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(70 * MS);
        cursor.advance(70 * MS);
        assertThat(cursor.finReleased()).isTrue();
        assertThat(cursor.diverged()).isFalse();
        cursor.onEnd(80 * MS);
        assertThat(told).contains("end 0 bytes 30 last 20", "end 1 bytes 0 last -1");
    }

    @Test
    void tf38_pipelining_keepsTheDistanceBetweenSendsWhateverTheServerDoes() {
        final ScriptCursor cursor = cursor(
                Scripts.flow()
                        .send("one")
                        .after(10 * MS)
                        .send("two")
                        .after(10 * MS)
                        .send("three")
                        .after(MS)
                        .answer(30),
                new Pace(2, 30 * SECOND));
        cursor.onEstablished(100 * MS, 103 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(3);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(105 * MS);
        // Late by 4 ms: the third send is due all the same when it would have been.
        cursor.advance(109 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(6);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(110 * MS);
        cursor.advance(110 * MS);
        sendAll(cursor, 112 * MS);
        assertThat(told).containsExactly("sent 0 due 110 sent 112");
    }

    @Test
    void tf38_gateWithinAnAnswer_opensAtItsByteAndTheRestIsNotCountedTwice() {
        final Scripts flow = Scripts.flow()
                .synAckDelay(4 * MS)
                .send("get")
                .after(10 * MS)
                .answer(50)
                .sendHavingSeen(50, "get next")
                .after(MS)
                .answer(50)
                .after(20 * MS)
                .answer(70)
                .after(MS)
                .sendHavingSeen(170, "bye");
        final ScriptCursor cursor = cursor(flow, new Pace(Double.POSITIVE_INFINITY, 30 * SECOND));
        cursor.onEstablished(0, 0);
        sendAll(cursor, 0);
        // All of the first answer in one segment, and the second request leaves without waiting for its end.
        cursor.onServerBytes(100, false, 5 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(11);
        sendAll(cursor, 5 * MS);
        cursor.onServerBytes(169, true, 9 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(11);
        cursor.onServerBytes(170, true, 10 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(14);
        assertThat(told).contains("end 0 bytes 50 last 5", "end 1 bytes 120 last 10");
    }

    @Test
    void halfClose_finLeavesWithTheRequestAndTheAnswerIsAwaited() {
        final ScriptCursor cursor = cursor(
                Scripts.flow().send("all").fin().after(10 * MS).answer(500).serverFin(), REAL);
        cursor.onEstablished(0, 0);
        assertThat(cursor.finReleased()).isTrue();
        assertThat(cursor.over()).isFalse();
        sendAll(cursor, MS);
        cursor.onServerBytes(500, true, 20 * MS);
        assertThat(cursor.over()).isTrue();
        assertThat(cursor.nextDeadlineNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void halfClose_silentServer_endsTheScriptAfterTheResponseTimeout() {
        final ScriptCursor cursor = cursor(
                Scripts.flow().send("all").fin().after(10 * MS).answer(500).serverFin(), REAL);
        cursor.onEstablished(0, 0);
        sendAll(cursor, MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(30 * SECOND + MS);
        cursor.advance(30 * SECOND + MS);
        assertThat(cursor.over()).isTrue();
        assertThat(cursor.diverged()).isTrue();
        cursor.onEnd(31 * SECOND);
        assertThat(told).contains("end 0 bytes 0 last -1 timed out");
    }

    @Test
    void finOnTheServersFin_serverThatKeepsTheConnection_isClosedAfterTheCapturedLinger() {
        final Scripts flow = Scripts.flow()
                .send("get")
                .after(MS)
                .answer(10)
                .after(3 * SECOND)
                .serverFin()
                .after(2 * MS)
                .fin();
        final ScriptCursor cursor = cursor(flow, REAL);
        cursor.onEstablished(0, 0);
        sendAll(cursor, 0);
        cursor.onServerBytes(10, true, 10 * MS);
        // 3 s as the captured server, 1 s of patience, 2 ms of think time.
        assertThat(cursor.nextDeadlineNs()).isEqualTo(10 * MS + 4 * SECOND + 2 * MS);
        cursor.onServerFin(500 * MS);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(502 * MS);
        cursor.advance(502 * MS);
        assertThat(cursor.finReleased()).isTrue();
        assertThat(cursor.diverged()).isFalse();
    }

    @Test
    void rst_isDueAtItsByteWithinTheAnswer() {
        final Scripts flow =
                Scripts.flow().send("get").after(MS).answer(1000).rst().answer(4000);
        final ScriptCursor cursor = cursor(flow, REAL);
        cursor.onEstablished(0, 0);
        sendAll(cursor, 0);
        cursor.onServerBytes(999, false, 10 * MS);
        assertThat(cursor.resetReleased()).isFalse();
        cursor.onServerBytes(1448, false, 11 * MS);
        assertThat(cursor.resetReleased()).isTrue();
        assertThat(cursor.finReleased()).isFalse();
        assertThat(cursor.over()).isTrue();
    }

    @Test
    void flowWithoutFin_closesWhenTheLastAnswerIsWhole() {
        final ScriptCursor cursor = cursor(Scripts.flow().send("get").after(MS).answer(100), REAL);
        cursor.onEstablished(0, 0);
        sendAll(cursor, 0);
        cursor.onServerBytes(100, false, 10 * MS);
        assertThat(cursor.finReleased()).isFalse();
        cursor.advance(15 * MS);
        assertThat(cursor.finReleased()).isTrue();
        assertThat(cursor.over()).isTrue();
    }

    @Test
    void tf18_segmentsAndPush_areFoundForwardsAndBackwards() {
        final ScriptCursor cursor =
                cursor(Scripts.flow().sendMore("abc").send("defg").sendMore("h").fin(), REAL);
        final long[] ends = {3, 3, 3, 7, 7, 7, 7, 8, 8};
        for (int round = 0; round < 2; round++) {
            for (int offset = 8; offset >= 0; offset--) {
                assertThat(cursor.segmentEnd(offset)).as("offset %d", offset).isEqualTo(ends[offset]);
            }
            for (int end = 0; end <= 8; end++) {
                assertThat(cursor.pushAt(end)).as("end %d", end).isEqualTo(end == 7);
            }
        }
    }

    /** The rest of an answer, or a greeting, and two exchanges. */
    private static Scripts openBefore() {
        return Scripts.flow()
                .midstream()
                .answer(30)
                .after(5 * MS)
                .send("request-1")
                .after(20 * MS)
                .answer(40)
                .send("request-2")
                .after(20 * MS)
                .answer(50)
                .fin();
    }

    /** Who talks before SMTP's greeting is refused; and that is longer than the first answer, but none. */
    @Test
    void openBefore_firstRequestWaitsForAGreeting_whichOpensNoLaterGate() {
        final ScriptCursor cursor = cursor(openBefore(), REAL);
        cursor.onEstablished(0, 0);
        cursor.onRoundTrip(2 * MS);
        cursor.advance(600 * MS);
        assertThat(cursor.releasedBytes()).isZero();
        assertThat(cursor.awaitsServer(600 * MS)).as("it owes none").isFalse();
        cursor.onServerBytes(20, true, 600 * MS);
        cursor.onServerBytes(60, true, 604 * MS);
        cursor.advance(609 * MS - 1);
        assertThat(cursor.releasedBytes()).as("more may follow at once").isZero();
        cursor.advance(609 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        sendAll(cursor, 609 * MS);
        cursor.advance(620 * MS);
        cursor.onServerBytes(99, false, 620 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        cursor.onServerBytes(100, true, 630 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        sendAll(cursor, 630 * MS);
        cursor.onServerBytes(150, true, 640 * MS);
        assertThat(cursor.finReleased()).isTrue();
        cursor.onEnd(650 * MS);
        assertThat(told)
                .containsExactly(
                        "greeted 60",
                        "sent 0 due 609 sent 609",
                        "end 0 bytes 40 last 630",
                        "sent 1 due 630 sent 630",
                        "end 1 bytes 50 last 640");
        assertThat(cursor.diverged()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"UNKNOWN, 2, 1000", "UNKNOWN, 400, 1600", "SMTP, 2, 1000", "HTTP, 2, 5"})
    void openBefore_serverThatSaysNothing_isWaitedForOnce_andNotWhereServersNeverSpeakFirst(
            final FlowRecord.App app, final long rttMs, final long dueMs) {
        final ScriptCursor cursor = cursor(openBefore().app(app), REAL);
        cursor.onRoundTrip(rttMs * MS);
        cursor.onEstablished(0, 0);
        assertThat(cursor.nextDeadlineNs()).isEqualTo(dueMs * MS);
        cursor.advance(dueMs * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
        sendAll(cursor, dueMs * MS);
        cursor.onServerBytes(40, true, 2_000 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(18);
        assertThat(told).noneMatch(line -> line.startsWith("greeted"));
    }

    @Test
    void openBefore_byTheClockAlone_nothingIsWaitedFor() {
        final ScriptCursor cursor = cursor(openBefore(), new Pace(1.0, 30 * SECOND, GateMode.TIME));
        cursor.onEstablished(0, 0);
        cursor.advance(6 * MS);
        assertThat(cursor.releasedBytes()).isEqualTo(9);
    }

    /** Its FIN was of the connection before. */
    @Test
    void openBefore_serverThatHadClosed_isNotWaitedFor() {
        final ScriptCursor cursor = cursor(
                Scripts.flow().midstream().answer(30).serverFin().send("late").fin(), REAL);
        cursor.onEstablished(0, 0);
        cursor.advance(SECOND);
        assertThat(cursor.releasedBytes()).isEqualTo(4);
        assertThat(cursor.finReleased()).isTrue();
    }
}
