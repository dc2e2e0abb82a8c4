package io.tcpreplayj.replay.socket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RecentMaximumTest {
    private final RecentMaximum maximum = new RecentMaximum(10);

    @Test
    void isZeroBeforeAnythingWasMeasured() {
        assertThat(maximum.at(0)).isZero();
        assertThat(maximum.at(1_000)).isZero();
    }

    @Test
    void holdsTheLargestForTheWindow_whateverComesAfterIt() {
        maximum.add(7, 100);
        maximum.add(3, 105);
        assertThat(maximum.at(105)).isEqualTo(7);
        maximum.add(5, 110);
        assertThat(maximum.at(110)).isEqualTo(7);
    }

    @Test
    void forgetsWithinTwoWindows_atWhateverPaceValuesCome() {
        maximum.add(7, 100);
        maximum.add(5, 111);
        assertThat(maximum.at(121)).isEqualTo(5);
        assertThat(maximum.at(131)).isZero();
    }

    @Test
    void forgetsWithinTwoWindows_alsoWhenItIsSeldomAsked() {
        maximum.add(7, 100);
        assertThat(maximum.at(119)).isEqualTo(7);
        assertThat(maximum.at(121)).isZero();
    }

    @Test
    void forgetsAllThatIsBehindALongSilence() {
        maximum.add(7, 100);
        assertThat(maximum.at(200)).isZero();
    }
}
