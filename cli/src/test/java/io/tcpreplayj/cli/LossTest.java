package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What is said of what did not get through. */
final class LossTest {
    @Test
    void whereFlowsWereGivenUp_theyAreSaid_andNoShareOfTheOthersRequests() {
        assertThat(new Loss(535_196, 535_192, 1000, 999).words())
                .isEqualTo("4 of 535196 captured packets (0.0007 %), 1 of 1000 requests (0.1000 %)");
        final Loss loss = new Loss(535_192, 535_192, 1000, 1000, 84);
        assertThat(loss.words())
                .isEqualTo("0 of 535192 captured packets (0.0000 %), and 84 flows given up, whose rest nobody counted");
        assertThat(loss.isNone()).isFalse();
    }
}
