package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ReplayPlannerTest {
    @Test
    void moreSessionsThanMemory_areRefusedWithTheNumber() {
        assertThatCode(() -> ReplayPlanner.checkSize(1_000, 1_000, 1L << 30)).doesNotThrowAnyException();
        assertThatThrownBy(() -> ReplayPlanner.checkSize(1_000, 65_535, 1L << 30))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("65535000 sessions");
    }

    @Test
    void moreSessionsThanAnIntCounts_areRefused() {
        assertThatThrownBy(() -> ReplayPlanner.checkSize(100_000, 65_535, Long.MAX_VALUE))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("6553500000 sessions")
                .hasMessageContaining("room for 2147483647");
    }

    @Test
    void moreBytesThanMemory_areRefusedWithACure() {
        assertThatCode(() -> ReplayPlanner.checkBytes(96L << 20, 128L << 20)).doesNotThrowAnyException();
        assertThatThrownBy(() -> ReplayPlanner.checkBytes((96L << 20) + 1, 128L << 20))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("more than the 96 MiB");
    }
}
