package io.tcpreplayj.cli.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpreplayj.replay.UserException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArgumentParserTest {
    private static LowArgs parse(final Verb verb, final String... words) {
        return ArgumentParser.parse(verb, List.of(words));
    }

    @Test
    void flagsAndOperands_mayMix() {
        final LowArgs args = parse(Flags.INDEX, "a.pcap", "--db", "x.tfdb", "-", "-q", "--head=10", "b.pcap");
        assertThat(args.operands()).containsExactly("a.pcap", "-", "b.pcap");
        assertThat(args.value(Flags.DB)).isEqualTo("x.tfdb");
        assertThat(args.value(Flags.HEAD)).isEqualTo("10");
        assertThat(args.has(Flags.QUIET)).isTrue();
        assertThat(args.has(Flags.JSON)).isFalse();
        assertThat(args.value(Flags.DIGEST)).isNull();
    }

    @Test
    void repeatedFlags_keepTheirOrder() {
        final LowArgs args = parse(Flags.REPLAY, "--map", "80=h:1", "--map=81=h:2", "-vv");
        assertThat(args.all(Flags.MAP)).containsExactly("80=h:1", "81=h:2");
        assertThat(args.count(Flags.VERBOSE)).isEqualTo(2);
    }

    @Test
    void doubleDash_endsTheFlags() {
        assertThat(parse(Flags.FLOWS, "--", "--strange.tfdb").operands()).containsExactly("--strange.tfdb");
    }

    @Test
    void quotesBelongToTheValue() {
        assertThat(parse(Flags.FLOWS, "--where", "\"a\"").value(Flags.WHERE)).isEqualTo("\"a\"");
    }

    @Test
    void negativeNumber_isAValue() {
        assertThat(parse(Flags.REPLAY, "--seed", "-5").value(Flags.SEED)).isEqualTo("-5");
    }

    @ParameterizedTest
    @CsvSource({
        "--sped=2x,--speed",
        "--targett,--target",
        "--max-flow,--max-flows",
        "--jsn,--json",
        "--trnasport,--transport"
    })
    void unknownOption_suggestsTheNearest(final String typed, final String nearest) {
        assertThatThrownBy(() -> parse(Flags.REPLAY, typed))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.hint()).contains(nearest + "?"))
                .hasMessageContaining("unknown option");
    }

    @Test
    void flagOfAnotherVerb_isUnknown() {
        assertThatThrownBy(() -> parse(Flags.FLOWS, "--speed", "2x"))
                .hasMessageContaining("unknown option --speed of flows");
    }

    @Test
    void abbreviations_areNotAccepted() {
        assertThatThrownBy(() -> parse(Flags.REPLAY, "--targ", "h:1")).hasMessageContaining("unknown option --targ");
    }

    @Test
    void missingValue_isNamed() {
        assertThatThrownBy(() -> parse(Flags.REPLAY, "--target")).hasMessage("--target wants a value: HOST:PORT");
    }

    @Test
    void valueGivenTwice_isRefused() {
        assertThatThrownBy(() -> parse(Flags.REPLAY, "--speed", "2x", "--speed", "3x"))
                .hasMessage("--speed is given twice: 2x and 3x");
    }

    @Test
    void operandCount_isChecked() {
        assertThatThrownBy(() -> parse(Flags.INDEX)).hasMessage("index wants CAPTURE... [EXPRESSION]");
        assertThatThrownBy(() -> parse(Flags.FLOWS, "a", "b")).hasMessage("unexpected \"b\"");
        assertThat(parse(Flags.INDEX, "--help").has(Flags.HELP)).isTrue();
    }
}
