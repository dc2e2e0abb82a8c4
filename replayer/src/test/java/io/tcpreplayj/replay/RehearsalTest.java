package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.Scripts;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RehearsalTest {
    private static final long MS = 1_000_000L;
    private static final int SESSIONS = 5;
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    private static final String GET = "GET / HTTP/1.1\r\n\r\n";

    private static ReplayPlan plan(final FlowScript script, final String client, final String target) {
        return Plans.of(script, SESSIONS, 3_600_000 * MS, client, target);
    }

    private static void assertPlays(final FlowScript script) throws IOException {
        assertThat(Rehearsal.play(plan(script, "198.18.0.2", "127.0.0.1"), 0)).isEqualTo(SESSIONS);
        assertThat(Rehearsal.play(plan(script, "fd00::2", "::1"), 0)).isEqualTo(SESSIONS);
    }

    @Test
    void shouldUseItsTimeAndCutOffWhoWaitsForEver() throws IOException {
        // The gate is beyond anything that the server sent.
        final FlowScript stuck =
                Scripts.flow().sendHavingSeen(1_000_000, "one").fin().build();
        final long before = System.nanoTime();
        assertThat(Rehearsal.play(plan(stuck, "198.18.0.2", "127.0.0.1"), 50 * MS))
                .isZero();
        assertThat(System.nanoTime() - before).isBetween(50 * MS, 5_000 * MS);
    }

    /** Code stays compiled: many replays in one process would each keep a core busy for nothing. */
    @Test
    void shouldUseItsTimeOnceInAProcess() throws IOException {
        final ReplayPlan plan = plan(Scripts.flow().send("one").fin().build(), "198.18.0.2", "127.0.0.1");
        Rehearsal.play(plan, Rehearsal.budgetNs(plan));
        assertThat(Rehearsal.budgetNs(plan)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 5_000, 16_384})
    void shouldPlayExchangesToTheirEnd(final int answerBytes) throws IOException {
        assertPlays(Scripts.flow()
                .send("one")
                .after(5 * MS)
                .answer(answerBytes)
                .after(20 * MS)
                .send("two")
                .answer(answerBytes)
                .fin()
                .build());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldPlayHttpAndServersThatSpeakFirst(final boolean greeting) throws IOException {
        final Scripts flow = Scripts.flow();
        if (greeting) {
            flow.answer("220 ready\r\n");
        } else {
            flow.app(FlowRecord.App.HTTP);
        }
        assertPlays(flow.send(GET).answer(OK).send(GET).answer(OK).fin().build());
    }
}
