package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientEvents;
import org.junit.jupiter.api.Test;

/** TF-41: what is left of a script makes a script of its own. */
class FlowScriptTest {
    private static final long MS = 1_000_000L;

    private final FlowScript whole = Scripts.flow()
            .after(5 * MS)
            .send("one")
            .answer("answer one")
            .after(7 * MS)
            .sendMore("two")
            .send("and")
            .answer("answer two!")
            .after(9 * MS)
            .send("three")
            .answer("last")
            .fin()
            .build();

    private static String bytes(final FlowScript script) {
        final StringBuilder text = new StringBuilder();
        for (int i = 0; i < script.clientLength(); i++) {
            text.append((char) script.clientBytes().get(i));
        }
        return text.toString();
    }

    @Test
    void from_beginsAtTheExchangeWithoutThinking() {
        final FlowScript rest = whole.from(1);
        assertThat(bytes(rest)).isEqualTo("twoandthree");
        final ClientEvents events = rest.flow().events();
        assertThat(events.size()).isEqualTo(4);
        assertThat(events.gate(0)).isZero();
        assertThat(events.delayNs(0)).isZero();
        assertThat(events.gate(2)).isEqualTo("answer two!".length());
        assertThat(events.delayNs(2)).isEqualTo(9 * MS);
        assertThat(events.kind(3)).isEqualTo(ClientEvents.FIN);
        assertThat(rest.flow().exchanges().size()).isEqualTo(2);
        assertThat(rest.flow().exchanges().firstEvent(1)).isEqualTo(2);
        assertThat(rest.flow().serverStream().bytes()).isEqualTo("answer two!last".length());
        assertThat(rest.flow().requests()).isEqualTo(2);
    }

    @Test
    void from_ofARestIsTheRestOfIt() {
        assertThat(bytes(whole.from(1).from(1))).isEqualTo("three");
        assertThat(bytes(whole.from(2))).isEqualTo("three");
        assertThat(whole.from(1).offsetOf(1)).isEqualTo(6);
        assertThat(whole.offsetOf(2)).isEqualTo(9);
        assertThat(bytes(whole)).isEqualTo("onetwoandthree");
    }
}
