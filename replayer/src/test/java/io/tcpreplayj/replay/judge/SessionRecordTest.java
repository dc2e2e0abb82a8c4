package io.tcpreplayj.replay.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.Moved;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Outcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Recorded against live: answers, latency, and how late we were (TF-44). */
class SessionRecordTest {
    private static final long MS = 1_000_000L;

    private final Ledger ledger = new Ledger();
    private final LatencyRecorder latency = new LatencyRecorder();
    private final FlowScript script = Scripts.flow()
            .send("one")
            .after(7 * MS)
            .answer("answer one")
            .send("two")
            .after(9 * MS)
            .answer("answer two")
            .build();
    private final SessionRecord record = record();

    private SessionRecord record() {
        ledger.planned(script);
        return new SessionRecord(script, ledger, latency);
    }

    private void comes(final String bytes) {
        comes(bytes, bytes.length());
    }

    private void comes(final String bytes, final int available) {
        final ByteBuffer buffer = ByteBuffer.wrap(("##" + bytes + "##").getBytes(StandardCharsets.ISO_8859_1));
        record.onResponseBytes(buffer, 2, bytes.length(), available, 0);
        assertThat(buffer.position()).isZero();
        assertThat(buffer.remaining()).isEqualTo(bytes.length() + 4);
    }

    private void exchange(final int index, final String answer) {
        record.onRequestSent(index, 10 * MS, 12 * MS);
        comes(answer);
        end(index, answer.length());
    }

    private void end(final int index, final long bytes) {
        record.onExchangeEnd(index, 10 * MS, 12 * MS, bytes, bytes > 0 ? 20 * MS : -1, false);
    }

    @Test
    void shouldMatchEqualAnswersAndMeasureFromDueAndFromSent() {
        exchange(0, "answer one");
        exchange(1, "answer two");
        record.ended(Outcome.COMPLETED, 6, 20, 3);
        ledger.check();
        assertThat(ledger.responses()).isEqualTo(new ReplayResult.Responses(2, 2, 0, Map.of()));
        assertThat(ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 2, 2, 0));
        assertThat(ledger.bytes()).isEqualTo(new ReplayResult.Bytes(6, 6, 3, 20));
        assertThat(ledger.flows()).isEqualTo(new ReplayResult.Flows(1, 1, Map.of(), Map.of()));
        final ReplayResult.Latency measured = latency.latency();
        assertThat(measured.replayed().max()).isCloseTo(10 * MS, within(0.001));
        assertThat(measured.serviceTime().max()).isCloseTo(8 * MS, within(0.001));
        assertThat(measured.recorded().p50()).isCloseTo(7 * MS, within(0.001));
        assertThat(measured.recorded().max()).isCloseTo(9 * MS, within(0.001));
        assertThat(latency.lag().max()).isCloseTo(2 * MS, within(0.001));
    }

    private static org.assertj.core.data.Percentage within(final double fraction) {
        return org.assertj.core.data.Percentage.withPercentage(100 * fraction);
    }

    @Test
    void shouldTellADifferenceOfOneBit() {
        exchange(0, "answer onf");
        exchange(1, "answer two");
        record.ended(Outcome.COMPLETED, 6, 20, 0);
        ledger.check();
        assertThat(ledger.responses()).isEqualTo(new ReplayResult.Responses(2, 1, 1, Map.of()));
    }

    @Test
    void shouldSayWhichAnswerWasTheFirstThatDiffered() {
        exchange(0, "answer one");
        exchange(1, "answer twi");
        record.ended(Outcome.COMPLETED, 6, 20, 0);
        assertThat(record.different()).isEqualTo(1);
        assertThat(record.firstDifferent()).isEqualTo(2);
    }

    /** What broke off within an answer did not answer otherwise. */
    @Test
    void shouldNotNameAnAnswerThatIsIncomplete() {
        exchange(0, "answer");
        record.ended(Outcome.RESET_BY_TARGET, 3, 6, 0);
        assertThat(record.different()).isZero();
        assertThat(record.firstDifferent()).isZero();
    }

    @Test
    void shouldTellOtherLengthsApart() {
        exchange(0, "answer one and more");
        exchange(1, "answer");
        record.ended(Outcome.COMPLETED, 6, 25, 0);
        ledger.check();
        assertThat(ledger.responses().different()).isEqualTo(2);
        assertThat(ledger.requests().answered()).isEqualTo(2);
    }

    /** The captured client went away within the answer, so how much came of it was a matter of time. */
    @Test
    void shouldNotCompareWithMoreOrLessOfAnAnswerThatTheCapturedClientCutOff() {
        final Scripts cut = Scripts.flow().send("one").answer("answer one").rstHavingSeen(6);
        final var unrecorded = new ReplayResult.Responses(0, 0, 0, Map.of("unrecorded", 1L));
        assertThat(ofLast(cut, "answer one and more")).isEqualTo(unrecorded);
        assertThat(ofLast(cut, "answer")).isEqualTo(unrecorded);
        assertThat(ofLast(cut, "answer one")).isEqualTo(new ReplayResult.Responses(1, 1, 0, Map.of()));
        assertThat(ofLast(cut, "answer two and more").different()).isEqualTo(1);
        assertThat(ofLast(cut, "answe").different()).isEqualTo(1);
    }

    @Test
    void shouldCompareAllOfAnAnswerThatWasOverWhenTheCapturedClientReset() {
        final Scripts idle = Scripts.flow()
                .send("one")
                .answer("answer one")
                .after(1_000 * MS)
                .rst();
        assertThat(ofLast(idle, "answer one and more").different()).isEqualTo(1);
        final Scripts closed =
                Scripts.flow().send("one").answer("answer one").serverFin().rst();
        assertThat(ofLast(closed, "answer one and more").different()).isEqualTo(1);
    }

    private static ReplayResult.Responses ofLast(final Scripts flow, final String live) {
        final FlowScript script = flow.build();
        final Ledger ledger = new Ledger();
        ledger.planned(script);
        final SessionRecord record = new SessionRecord(script, ledger, new LatencyRecorder());
        final byte[] bytes = live.getBytes(StandardCharsets.ISO_8859_1);
        record.onRequestSent(0, 0, 0);
        record.onResponseBytes(ByteBuffer.wrap(bytes), 0, bytes.length, bytes.length, 0);
        record.onExchangeEnd(0, 0, 0, bytes.length, 1, false);
        record.ended(Outcome.COMPLETED, 3, bytes.length, 0);
        ledger.check();
        return ledger.responses();
    }

    @Test
    void shouldGiveTheBytesBehindAnAnswerToTheNextOne() {
        record.onRequestSent(0, 0, 0);
        comes("answer oneanswer t");
        end(0, 10);
        record.onRequestSent(1, 0, 0);
        comes("wo");
        end(1, 10);
        record.ended(Outcome.COMPLETED, 6, 20, 0);
        ledger.check();
        assertThat(ledger.responses().matched()).isEqualTo(2);
    }

    @Test
    void shouldSayWhyAnAnswerWasNotCompared() {
        record.onRequestSent(0, 0, 0);
        comes("answer one", 4);
        end(0, 10);
        record.onRequestSent(1, 0, 0);
        comes("answer two", 0);
        end(1, 10);
        record.ended(Outcome.COMPLETED, 6, 20, 0);
        ledger.check();
        assertThat(ledger.responses().notCompared()).isEqualTo(Map.of("truncated", 1L, "reordered", 1L));
    }

    @Test
    void shouldNotTakeABrokenAnswerForAShortOne() {
        exchange(0, "answer one");
        exchange(1, "answ");
        record.ended(Outcome.RESET_BY_TARGET, 6, 14, 0);
        ledger.check();
        assertThat(ledger.responses().notCompared()).isEqualTo(Map.of("incomplete", 1L));
        assertThat(ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 2, 1, 0));
        assertThat(latency.latency().replayed().count()).isEqualTo(1);
        assertThat(ledger.flows().failed()).isEqualTo(Map.of("reset-by-target", 1L));
    }

    @Test
    void shouldEnterASessionThatNeverStarted() {
        record.ended(Outcome.INTERRUPTED, 0, 0, 0);
        ledger.skipped(FlowRecord.SkipReason.TLS, 4);
        ledger.check();
        assertThat(ledger.flows())
                .isEqualTo(new ReplayResult.Flows(5, 0, Map.of("tls", 4L), Map.of("interrupted", 1L)));
        assertThat(ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 0, 0, 0));
        assertThat(ledger.responses().notCompared()).isEqualTo(Map.of("not-sent", 2L));
    }

    /** TF-28: the target's FIN let the second request go, and its RST came when that had left. */
    @Test
    void requestsWithoutAnswer_thatAreSentAgain_countAsAnsweredThen() {
        record.onRequestSent(0, 10 * MS, 12 * MS);
        end(0, 0);
        record.onRequestSent(1, 10 * MS, 12 * MS);
        end(1, 0);
        record.goesOn(0, 0, new Moved(0, 0, 0));
        exchange(0, "answer one");
        exchange(1, "answer two");
        record.ended(Outcome.COMPLETED_DIVERGED, 6, 20, 0);
        ledger.check();
        assertThat(ledger.responses().matched()).isEqualTo(2);
        assertThat(ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 2, 2, 0));
        assertThat(ledger.reconnects()).isEqualTo(new ReplayResult.Reconnects(1, 2, 0));
    }

    @Test
    void check_sessionThatNeverEnded_namesIt() {
        assertThatThrownBy(ledger::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still running");
    }

    @Test
    void check_moreAcknowledgedThanPlanned_namesIt() {
        record.ended(Outcome.INTERRUPTED, 7, 0, 0);
        assertThatThrownBy(ledger::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("client bytes acknowledged");
    }

    @Test
    void check_exchangeToldTwice_namesIt() {
        exchange(0, "answer one");
        record.onRequestSent(1, 0, 0);
        record.onRequestSent(1, 0, 0);
        record.ended(Outcome.COMPLETED, 6, 10, 0);
        assertThatThrownBy(ledger::check)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("requests = sent + not sent");
    }

    private void breaksIn(final int exchange, final String partOfAnswer) {
        record.onRequestSent(exchange, 10 * MS, 12 * MS);
        comes(partOfAnswer);
        end(exchange, partOfAnswer.length());
    }

    @Test
    void repeatedRequest_countsOnceAndOnlyItsLastAnswerIsJudged() {
        exchange(0, "answer one");
        breaksIn(1, "ans");
        record.goesOn(1, 1, new Moved(6, 13, 0));
        exchange(0, "answer two");
        record.ended(Outcome.COMPLETED_DIVERGED, 3, 10, 0);
        ledger.check();
        assertThat(ledger.responses()).isEqualTo(new ReplayResult.Responses(2, 2, 0, Map.of()));
        assertThat(ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 2, 2, 0));
        assertThat(ledger.bytes()).isEqualTo(new ReplayResult.Bytes(6, 6, 0, 23));
        assertThat(ledger.reconnects()).isEqualTo(new ReplayResult.Reconnects(1, 1, 0));
    }

    @Test
    void repeatThatNeverLeft_leavesWhatTheFirstOneBrought() {
        exchange(0, "answer one");
        breaksIn(1, "ans");
        record.goesOn(1, 1, new Moved(6, 13, 0));
        record.ended(Outcome.REFUSED, 0, 0, 0);
        ledger.check();
        assertThat(ledger.responses())
                .isEqualTo(new ReplayResult.Responses(1, 1, 0, Map.of(Verdict.INCOMPLETE.label(), 1L)));
        assertThat(ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 2, 1, 0));
        assertThat(ledger.bytes().clientAcked()).isEqualTo(6);
    }

    @Test
    void abandonedRequests_areNamed_sentOrNot() {
        breaksIn(0, "ans");
        record.goesOn(0, 1, new Moved(3, 3, 0));
        record.goesOn(1, 2, new Moved(1, 0, 0));
        record.ended(Outcome.COMPLETED_DIVERGED, 0, 0, 0);
        ledger.check();
        assertThat(ledger.responses())
                .isEqualTo(new ReplayResult.Responses(
                        0, 0, 0, Map.of(Verdict.INCOMPLETE.label(), 1L, Verdict.NOT_SENT.label(), 1L)));
        assertThat(ledger.requests()).isEqualTo(new ReplayResult.Requests(2, 1, 0, 0));
        assertThat(ledger.bytes().clientAcked()).isEqualTo(4);
        assertThat(ledger.reconnects()).isEqualTo(new ReplayResult.Reconnects(2, 0, 2));
    }

    private static String http(final String date) {
        return "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 " + date + " GMT\r\nContent-Length: 2\r\n\r\nhi";
    }

    private static ReplayResult.Responses judged(final FlowRecord.App app, final String recorded, final String live) {
        return judged(app, recorded, live, live.length());
    }

    /** Two exchanges with the same answer; the first answer's tail comes with the second one's first bytes. */
    private static ReplayResult.Responses judged(
            final FlowRecord.App app, final String recorded, final String live, final int packet) {
        final FlowScript script = Scripts.flow()
                .app(app)
                .send("GET / HTTP/1.1\r\n\r\n")
                .after(MS)
                .answer(recorded)
                .send("GET / HTTP/1.1\r\n\r\n")
                .after(MS)
                .answer(recorded)
                .build();
        final Ledger ledger = new Ledger();
        ledger.planned(script);
        final SessionRecord record = new SessionRecord(script, ledger, new LatencyRecorder());
        final ByteBuffer stream = ByteBuffer.wrap((live + live).getBytes(StandardCharsets.ISO_8859_1));
        int told = 0;
        record.onRequestSent(0, 0, 0);
        for (int from = 0; from < stream.capacity(); from += packet) {
            final int length = Math.min(packet, stream.capacity() - from);
            record.onResponseBytes(stream, from, length, length, 0);
            if (told == 0 && from + length >= live.length()) {
                told = 1;
                record.onExchangeEnd(0, 0, 0, live.length(), 1, false);
                record.onRequestSent(1, 0, 0);
            }
        }
        record.onExchangeEnd(1, 0, 0, live.length(), 1, false);
        record.ended(Outcome.COMPLETED, script.clientLength(), stream.capacity(), 0);
        ledger.check();
        return ledger.responses();
    }

    @Test
    void shouldMatchHttpAnswersApartFromTheirDate() {
        for (final int packet : new int[] {1, 7, 31, 50, 1460}) {
            assertThat(judged(FlowRecord.App.HTTP, http("08:49:37"), http("23:59:59"), packet))
                    .as("packets of " + packet)
                    .isEqualTo(new ReplayResult.Responses(2, 2, 0, Map.of()));
        }
    }

    @Test
    void shouldTellWhatElseIsDifferentInAnHttpAnswer() {
        final String recorded = http("08:49:37");
        assertThat(judged(FlowRecord.App.HTTP, recorded, recorded.replace("hi", "ho"))
                        .different())
                .isEqualTo(2);
        assertThat(judged(FlowRecord.App.HTTP, recorded, recorded.replace("Date", "Late"))
                        .different())
                .isEqualTo(2);
        assertThat(judged(FlowRecord.App.HTTP, recorded, recorded + "!").different())
                .isEqualTo(2);
        assertThat(judged(FlowRecord.App.HTTP, recorded, "HTTP/1.1 204 No Content\r\n\r\n")
                        .different())
                .isEqualTo(2);
    }

    @Test
    void shouldCompareTheDateOfWhatIsNotHttp() {
        assertThat(judged(FlowRecord.App.UNKNOWN, http("08:49:37"), http("23:59:59"))
                        .different())
                .isEqualTo(2);
    }

    @Test
    void shouldCompareTheDateOfAllButTheFirstOfPipelinedAnswers() {
        final String then = http("08:49:37");
        final String now = http("23:59:59");
        assertThat(judged(FlowRecord.App.HTTP, then + then, now + then).matched())
                .isEqualTo(2);
        assertThat(judged(FlowRecord.App.HTTP, then + then, now + now).different())
                .isEqualTo(2);
    }

    /** What a server says first is no answer; longer than the first recorded one, or shorter. */
    @Test
    void shouldLeaveAGreetingOutOfTheAnswers() {
        comes("220 ready when you are");
        record.onGreeting(22);
        exchange(0, "answer one");
        exchange(1, "answer two");
        record.ended(Outcome.COMPLETED, 6, 42, 0);
        ledger.check();
        assertThat(ledger.responses().matched()).isEqualTo(2);
    }

    @Test
    void shouldNotCompareWhatCameTogetherWithAGreeting() {
        comes("220answer");
        record.onGreeting(3);
        record.onRequestSent(0, 0, 0);
        comes(" one");
        end(0, 10);
        exchange(1, "answer two");
        record.ended(Outcome.COMPLETED, 6, 23, 0);
        ledger.check();
        assertThat(ledger.responses().notCompared()).containsEntry("merged", 1L);
        assertThat(ledger.responses().matched()).isOne();
    }
}
