package io.tcpreplayj.flow.db;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class FlowIdSetTest {
    /** Unscrambled, each of these series ends up in a few slots of the table, and a million of them would take an hour. */
    @Test
    void idsThatDifferInFewBits_areToldApart() {
        for (final int shift : new int[] {0, 8, 20, 32, 40, 43}) {
            final FlowIdSet ids = new FlowIdSet();
            int added = 0;
            for (long i = 0; i < 1 << 20; i++) {
                added += ids.add(i << shift) ? 1 : 0;
            }
            for (long i = 0; i < 1 << 20; i++) {
                added += ids.add(i << shift) ? 1 : 0;
            }
            assertThat(added).as("ids shifted by %d", shift).isEqualTo(1 << 20);
        }
    }
}
