package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TurnsTest {
    private static final long MS = 1_000_000L;

    /** A packet of 1,000 bytes a millisecond. */
    private final Turns turns = new Turns(ByteLimit.of(8_000_000L), 10);

    private final List<Integer> served = new ArrayList<>();

    private void wants(final int index, final long nowNs) {
        if (turns.admits(index, nowNs)) {
            turns.spent(1_000, nowNs);
            served.add(index);
        } else {
            turns.waits(index);
        }
    }

    @Test
    void firstCome_isFirstServed_andNobodyOvertakes() {
        for (int index = 0; index < 4; index++) {
            wants(index, 0);
        }
        assertThat(served).containsExactly(0);
        assertThat(turns.nextNs()).isEqualTo(MS);
        // There is room, but others came before.
        assertThat(turns.admits(9, MS)).isFalse();
        turns.waits(9);
        for (long nowNs = MS; turns.waiting() > 0; nowNs += MS) {
            assertThat(turns.give(this::wants, nowNs)).isEqualTo(1);
        }
        assertThat(served).containsExactly(0, 1, 2, 3, 9);
        assertThat(turns.nextNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void whoHasMoreToSend_goesBehindTheOthers() {
        wants(0, 0);
        turns.waits(1);
        turns.waits(2);
        turns.give(
                (index, nowNs) -> {
                    wants(index, nowNs);
                    wants(index, nowNs);
                },
                MS);
        assertThat(served).containsExactly(0, 1);
        assertThat(turns.isWaiting(1)).isTrue();
        turns.give(this::wants, 2 * MS);
        assertThat(served).containsExactly(0, 1, 2);
    }

    @Test
    void waived_nobodyWaits() {
        wants(0, 0);
        wants(1, 0);
        turns.waive();
        turns.give(this::wants, 0);
        assertThat(served).containsExactly(0, 1);
        assertThat(turns.admits(2, 0)).isTrue();
    }
}
