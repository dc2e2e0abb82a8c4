package io.tcpreplayj.replay.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.ClientEvents;
import java.util.ArrayList;
import java.util.List;
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
            .acks(new long[] {10, 3, 4000}, new long[] {21, 5, 2000}, new long[] {26, 0, 4000})
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

    /** TF-23, TF-24: offsets in the rest of the server's stream. */
    @Test
    void from_tellsTheTargetWhatTheClientTold() {
        assertThat(acks(whole.from(1))).containsExactly("0 4000", "11 2000", "16 4000");
        assertThat(acks(whole.from(1).from(1))).containsExactly("0 2000", "5 4000");
    }

    private static List<String> acks(final FlowScript script) {
        final List<String> rows = new ArrayList<>();
        final ClientAcks.Cursor cursor = new ClientAcks.Cursor(script.flow().acks());
        while (cursor.advance()) {
            rows.add(cursor.offset() + " " + cursor.window());
        }
        return rows;
    }

    /** TF-42: the connection stands earlier, and that is all that changes. */
    @Test
    void openedAhead_thinksLongerBeforeItsFirstRow() {
        final FlowScript ahead = whole.openedAhead(100 * MS);
        final ClientEvents events = ahead.flow().events();
        assertThat(events.delayNs(0)).isEqualTo(105 * MS);
        assertThat(events.delayNs(1)).isEqualTo(7 * MS);
        assertThat(events.sentNs(0)).isEqualTo(whole.flow().events().sentNs(0));
        assertThat(ahead.flow().serverStream().bytes())
                .isEqualTo(whole.flow().serverStream().bytes());
        assertThat(ahead.from(1).flow().events().delayNs(0)).isZero();
        assertThat(bytes(ahead)).isEqualTo(bytes(whole));
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
