package io.tcpreplayj.replay.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** TF-49: the words in which a session's end is told, and which of them count as replayed. */
class OutcomeTest {
    @Test
    void tf49_eachEndHasAWordOfItsOwn() {
        assertThat(Arrays.stream(Outcome.values()).map(Outcome::label))
                .containsExactly(
                        "completed",
                        "completed-diverged",
                        "syn-timeout",
                        "timeout",
                        "refused",
                        "unreachable",
                        "reset-by-target",
                        "aborted-early-fin",
                        "interrupted",
                        "capture-lost",
                        "not-started",
                        "late");
    }

    @Test
    void tf49_onlyWhatCameToItsEndIsReplayed() {
        assertThat(Arrays.stream(Outcome.values()).filter(Outcome::completed))
                .containsExactly(Outcome.COMPLETED, Outcome.COMPLETED_DIVERGED);
    }
}
