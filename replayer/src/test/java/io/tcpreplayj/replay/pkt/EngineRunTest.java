package io.tcpreplayj.replay.pkt;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A conformance test is worth what it notices: each script here is wrong, and must fail for the right reason. */
class EngineRunTest {
    private static final Variant ANY = new Variant(false, 77, 88, 0, 0);
    private static final String OPEN = """
            // TF-48
            // RFC 9293
            // A request, an answer, an end.
            client 5
            server 10
            client fin
            +0   > S 0:0(0) <...>
            +.01 < S. 0:0(0) ack 1 win 65535 <mss 1460>
            """;
    private static final String REQUEST = "+0 > P. 1:6(5) ack 1\n";

    private static void fails(final String lines, final String... message) {
        final Script script = ScriptParser.parse("tf48-x", OPEN + lines);
        final var thrown = assertThatThrownBy(() -> EngineRun.play(script, ANY)).isInstanceOf(AssertionError.class);
        for (final String part : message) {
            thrown.hasMessageContaining(part);
        }
    }

    @Test
    void rightScript_passes() {
        EngineRun.play(ScriptParser.parse("tf48-x", OPEN + REQUEST), ANY);
    }

    @Test
    void wrongField_isShownSideBySide() {
        fails(
                "+0 > P. 1:6(5) ack 2 win 3",
                "tf48-x.pkt:9: +0 > P. 1:6(5) ack 2 win 3\n",
                "  expected  P. 1:6(5) ack 2 win 3\n  actual    P. 1:6(5) ack 1 win 65535   differ: [ack, win]",
                "0.010000 < S. 0:0(0) ack 1 win 65535 <mss 1460>");
    }

    @Test
    void optionsThatNobodyExpects_areWrong() {
        final String ts = OPEN.replace("<mss 1460>", "<mss 1460,nop,nop,TS val 1 ecr 100>");
        final Script script = ScriptParser.parse("tf48-x", ts + REQUEST);
        assertThatThrownBy(() -> EngineRun.play(script, ANY)).hasMessageContaining("differ: [options]");
    }

    @Test
    void missingSegment() {
        fails(REQUEST + "+0 > . 6:6(0) ack 1", "expected  . 6:6(0) ack 1", "actual    nothing until 0.010000");
    }

    @Test
    void unexpectedSegment_beforeTheNextLine() {
        fails(
                "+.01 < . 1:1(0) ack 1 win 65535",
                "expected  nothing before this line",
                "actual    at 0.010000: P. 1:6(5)");
    }

    @Test
    void unexpectedSegment_atTheEnd() {
        fails("", "after its end", "actual    at 0.010000: P. 1:6(5)");
    }

    @Test
    void wrongTime() {
        fails("+.1 > P. 1:6(5) ack 1", "expected  at 0.110000 to 0.110000", "actual    at 0.010000");
        fails("+.1~+.2 > P. 1:6(5) ack 1", "expected  at 0.110000 to 0.210000", "actual    at 0.010000");
    }

    @Test
    void wrongState() {
        fails(
                REQUEST + "+0 %{ acked == 0, state == CLOSED }%",
                "expected  state == CLOSED",
                "actual    state == ESTABLISHED");
    }

    @Test
    void brokenScript_tellsItsNumbers() {
        fails("+1 abort", "ISS 0x0000004d");
    }
}
