package io.tcpreplayj.replay.pkt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptParserTest {
    private static final String HEAD = "// TF-01\n// RFC 9293\n// It is read.\n";

    private static Script parse(final String lines) {
        return ScriptParser.parse("tf01-x", HEAD + lines);
    }

    @Test
    void wholeScript() {
        final Script script = parse("""
                --mtu=1400
                client syn win 100 <mss 9,nop>
                client 5 more urgent 3 seen 2
                pause .25
                server 7
                client fin

                +0        > S 0:0(0) win 65535 <...>
                +.01      < S. 0:0(0) ack 1 win 512 <mss 1460,sackOK,TS val 1 ecr 2,wscale 3,kind 254 00ff>
                +0~+.2    > P. 1:6(5) ack -3 urg 2   // a comment
                *         > . 6:6(0) ack 1 <nop,nop,sack 1:2 3:4>
                1.5       %{ acked == 5, state != CLOSED }%
                +1        abort
                """);
        assertThat(script.rows()).containsExactly("TF-01");
        assertThat(script.captured())
                .containsExactly(
                        new CapturedStep.Syn(
                                100,
                                List.of(
                                        new OptionSpec(OptionSpec.Kind.MSS, List.of(9L)),
                                        new OptionSpec(OptionSpec.Kind.NOP, List.of()))),
                        new CapturedStep.ClientData(5, false, 3, 2),
                        new CapturedStep.Pause(250_000_000),
                        new CapturedStep.ServerData(7),
                        new CapturedStep.Close(CapturedStep.Kind.CLIENT_FIN));
        assertThat(script.events()).hasSize(6);
        final Event.Arrive arrive = (Event.Arrive) script.events().get(1);
        assertThat(Notation.of(arrive.segment()))
                .isEqualTo("S. 0:0(0) ack 1 win 512 <mss 1460,sackOK,TS val 1 ecr 2,wscale 3,kind 254 00ff>");
        final Event.Expect data = (Event.Expect) script.events().get(2);
        assertThat(data.timing()).isEqualTo(new Timing(true, 0, 200_000_000));
        assertThat(data.segment().ack()).isEqualTo(-3);
        assertThat(((Event.Expect) script.events().get(0)).segment().options()).isNull();
        assertThat(((Event.Check) script.events().get(4)).timing())
                .isEqualTo(new Timing(false, 1_500_000_000, 1_500_000_000));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "+0 > X 0:0(0)                    | tf01-x:4:6: expected flags of FSRP.UEW, or - for none",
                "+0 > P. 1:6(4) ack 1             | tf01-x:4:9: the numbers do not span 4 bytes",
                "+0 > . 1:1(0)                    | tf01-x:4:14: expected 'ack': the flags hold '.'",
                "+0 < S 0:0(0)                    | tf01-x:4:14: expected 'win': what the target sends has a window",
                "+0 < S 0:0(0) win 70000          | tf01-x:4:19: a window has 16 bits",
                "+0 < S 0:0(0) win 1 <...>        | tf01-x:4:26: what the target sends has options of its own",
                "+0 > S 0:0(0) <mss>              | tf01-x:4:19: expected an MSS",
                "+0 > S 0:0(0) <nope>             | tf01-x:4:16: no option is called 'nope'",
                "+0 > S 0:0(0) <kind 7 abc>       | tf01-x:4:23: expected bytes in hex",
                "+0 > S 0:0(0) now                | tf01-x:4:15: nothing more is expected here",
                "+x > S 0:0(0)                    | tf01-x:4:2: expected seconds, as in .25",
                "+.2~+.1 > S 0:0(0)               | tf01-x:4:5: the range ends before it begins",
                "+.1~.2 > S 0:0(0)                | tf01-x:4:5: both ends of a range are relative, or none",
                "+0~+1 abort                      | tf01-x:4:12: only an expected segment has a range of times",
                "+0 jump                          | tf01-x:4:4: expected '<', '>', '%{', 'abort', 'full' or 'free'",
                "+0 %{ age == 3 }%                | tf01-x:4:7: nothing is called 'age'",
                "+0 %{ acked = 3 }%               | tf01-x:4:13: expected one of [==, !=, <=, >=, <, >]",
                "--size=3                         | tf01-x:4:3: no setting is called 'size'",
                "--gates=none                     | tf01-x:4:9: no gates are called 'none'",
                "client syn <...>                 | tf01-x:4:17: a captured SYN has options of its own",
                "client five                      | tf01-x:4:8: expected a length, 'syn', 'fin' or 'rst'",
            })
    void error_namesThePlaceAndTheCause(final String line, final String message) {
        assertThatThrownBy(() -> parse(line))
                .isInstanceOf(ScriptException.class)
                .hasMessageStartingWith(message)
                .hasMessageEndingWith("\n" + line + "\n" + " ".repeat(column(message) - 1) + "^");
    }

    private static int column(final String message) {
        return Integer.parseInt(message.split(":")[2]);
    }

    @Test
    void captureBehindTheFirstEvent_isRefused() {
        assertThatThrownBy(() -> parse("+0 > S 0:0(0)\nclient 5\n"))
                .hasMessageContaining("tf01-x:5:1: what was captured");
    }

    @Test
    void headAndName_mustTellTheRow() {
        assertThatThrownBy(() -> ScriptParser.parse("tf02-x", HEAD + "+0 abort"))
                .hasMessageContaining("tf01-");
        assertThatThrownBy(() -> ScriptParser.parse("tf01-x", "// RFC 9293\n+0 abort"))
                .hasMessageContaining("three comments");
        assertThatThrownBy(() -> parse("")).hasMessageContaining("nothing happens");
    }

    @Test
    void optionsSurviveTheWire() {
        final Event.Arrive arrive =
                (Event.Arrive) parse("+0 < . 1:1(0) ack 1 win 1 <nop,nop,TS val 5 ecr 6,nop,nop,sack 3:4>")
                        .events()
                        .get(0);
        for (final Variant variant : Variant.all()) {
            final Numbers numbers = Numbers.ofTarget(variant);
            final byte[] bytes =
                    numbers.encode(Objects.requireNonNull(arrive.segment().options()));
            assertThat(bytes).hasSize(24);
            assertThat(numbers.decode(java.nio.ByteBuffer.wrap(bytes)))
                    .isEqualTo(arrive.segment().options());
        }
    }
}
