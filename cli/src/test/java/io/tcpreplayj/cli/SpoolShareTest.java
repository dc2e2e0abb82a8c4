package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which share of the flows goes into a spool that fills up. */
final class SpoolShareTest {
    private final SpoolShare share = new SpoolShare();

    private String at(final double fill) {
        share.look(fill);
        return share.words();
    }

    @Test
    void halfOfTheFlowsGoes_eachTimeHalfOfTheRoomHasGone_andNotTwiceForTheSame() {
        assertThat(at(0.75)).isEqualTo("all");
        assertThat(at(0.76)).isEqualTo("1/2");
        assertThat(at(0.87)).isEqualTo("1/2");
        assertThat(at(0.88)).isEqualTo("1/4");
        assertThat(at(0.88)).isEqualTo("1/4");
        assertThat(at(1)).isEqualTo("1/64");
    }

    @Test
    void allComeAgain_whenItIsHalfEmpty() {
        assertThat(at(0.9)).isEqualTo("1/4");
        assertThat(at(0.5)).isEqualTo("1/4");
        assertThat(at(0.49)).isEqualTo("all");
    }
}
