package io.tcpreplayj.replay.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Growth;
import io.tcpreplayj.replay.script.Scripts;
import io.tcpreplayj.replay.tcp.Outcome;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Live answers that are compared once the recorded ones are there. */
final class LiveRecordTest {
    private static final String ANSWER = "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Length: 2\r\n\r\nhi";
    private static final String THEN = "Sun, 06 Nov 1994 08:49:37 GMT";
    private static final String NOW = "Wed, 31 Dec 2025 23:59:59 GMT";

    private final FlowScript captured = Scripts.flow()
            .app(FlowRecord.App.HTTP)
            .after(1_000_000)
            .send("GET / HTTP/1.1\r\n\r\n")
            .after(1_000_000)
            .answer(ANSWER.formatted(THEN))
            .after(1_000_000)
            .send("GET / HTTP/1.1\r\n\r\n")
            .after(1_000_000)
            .answer(ANSWER.formatted(THEN))
            .build();
    private final Growth growth = new Growth(captured, 0, 0);
    private final Ledger ledger = new Ledger();
    private final LiveRecord record = new LiveRecord(growth.script(), new LatencyRecorder());

    private void hear(final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        record.onResponseBytes(ByteBuffer.wrap(bytes), 0, bytes.length, bytes.length, 0);
    }

    private void exchange(final int number, final String answer) {
        record.onRequestSent(number, 10, 20);
        hear(answer);
        record.onExchangeEnd(number, 10, 20, answer.length(), answer.isEmpty() ? -1 : 30, false);
    }

    private ReplayResult.Responses entered(final Outcome outcome) {
        record.ended(outcome, captured.clientLength(), 0, 0);
        growth.upTo(Long.MAX_VALUE);
        record.onRecorded();
        assertThat(record.isRecorded()).isTrue();
        record.enter(ledger);
        ledger.check();
        return ledger.responses();
    }

    @Test
    void anotherDate_isTheSameAnswer() {
        growth.upTo(captured.flow().events().sentNs(0));
        record.onRequestSent(0, 10, 20);
        hear(ANSWER.formatted(NOW));
        growth.upTo(captured.flow().events().sentNs(1));
        record.onExchangeEnd(0, 10, 20, ANSWER.formatted(NOW).length(), 30, false);
        exchange(1, ANSWER.formatted(THEN));
        assertThat(entered(Outcome.COMPLETED).matched()).isEqualTo(2);
    }

    @Test
    void moreOrLessOfAnAnswerThatTheCapturedClientCutOff_isNotCompared() {
        final var unrecorded = new ReplayResult.Responses(0, 0, 0, Map.of("unrecorded", 1L));
        assertThat(ofCut("answer one and more")).isEqualTo(unrecorded);
        assertThat(ofCut("answer")).isEqualTo(unrecorded);
        assertThat(ofCut("answer one").matched()).isEqualTo(1);
        assertThat(ofCut("answer two and more").different()).isEqualTo(1);
        assertThat(ofCut("answe").different()).isEqualTo(1);
    }

    private static ReplayResult.Responses ofCut(final String live) {
        final FlowScript cut =
                Scripts.flow().send("one").answer("answer one").rstHavingSeen(6).build();
        final Growth growth = new Growth(cut, 0, 0);
        final LiveRecord record = new LiveRecord(growth.script(), new LatencyRecorder());
        growth.upTo(Long.MAX_VALUE);
        final byte[] bytes = live.getBytes(StandardCharsets.US_ASCII);
        record.onRequestSent(0, 10, 20);
        record.onResponseBytes(ByteBuffer.wrap(bytes), 0, bytes.length, bytes.length, 0);
        record.onExchangeEnd(0, 10, 20, bytes.length, 30, false);
        record.ended(Outcome.COMPLETED, cut.clientLength(), bytes.length, 0);
        record.onRecorded();
        final Ledger ledger = new Ledger();
        record.enter(ledger);
        ledger.check();
        return ledger.responses();
    }

    @Test
    void greeting_isNoAnswer() {
        hear("220 ready");
        record.onGreeting(9);
        growth.upTo(captured.flow().events().sentNs(1));
        exchange(0, ANSWER.formatted(THEN));
        exchange(1, ANSWER.formatted(THEN));
        assertThat(entered(Outcome.COMPLETED).matched()).isEqualTo(2);
    }

    @Test
    void otherBytesOrAnotherLength_areDifferent() {
        growth.upTo(captured.flow().events().sentNs(1));
        exchange(0, ANSWER.formatted(THEN).replace("hi", "ho"));
        exchange(1, ANSWER.formatted(THEN) + "!");
        assertThat(entered(Outcome.COMPLETED).different()).isEqualTo(2);
    }

    @Test
    void bytesOfTwoAnswersThatCameTogether_areNotCompared() {
        growth.upTo(captured.flow().events().sentNs(1));
        record.onRequestSent(0, 10, 20);
        hear(ANSWER.formatted(THEN) + "HTTP");
        record.onExchangeEnd(0, 10, 20, ANSWER.formatted(THEN).length(), 30, false);
        record.onRequestSent(1, 10, 20);
        hear(ANSWER.formatted(THEN).substring(4));
        record.onExchangeEnd(1, 10, 20, ANSWER.formatted(THEN).length(), 40, false);
        assertThat(entered(Outcome.COMPLETED).notCompared()).containsEntry("merged", 2L);
    }

    @Test
    void aConnectionThatBreaksWithinTheLastAnswer_leavesItIncomplete() {
        growth.upTo(captured.flow().events().sentNs(1));
        exchange(0, ANSWER.formatted(THEN));
        exchange(1, "HTTP/1.1");
        final ReplayResult.Responses responses = entered(Outcome.RESET_BY_TARGET);
        assertThat(responses.matched()).isOne();
        assertThat(responses.notCompared()).containsEntry("incomplete", 1L);
        assertThat(ledger.requests().answered()).isOne();
    }

    @Test
    void aSessionThatFails_isEnteredWithWhatIsRecordedByThen() {
        growth.upTo(captured.flow().events().sentNs(0));
        exchange(0, ANSWER.formatted(THEN));
        record.ended(Outcome.RESET_BY_TARGET, 0, 0, 0);
        record.enter(ledger);
        ledger.check();
        assertThat(ledger.responses().notCompared()).containsEntry("unrecorded", 1L);
        assertThat(ledger.requests().total()).isOne();
    }
}
