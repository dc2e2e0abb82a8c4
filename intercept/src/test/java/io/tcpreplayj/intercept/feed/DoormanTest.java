package io.tcpreplayj.intercept.feed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may come in, in virtual time. */
final class DoormanTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private final Doorman doorman = new Doorman();

    @ParameterizedTest
    @CsvSource({"63, 15, true", "64, 0, false", "64, 15, false", "16, 16, false"})
    void strangersAtTheSameTime_areLimited_andThoseOfOneAddressMoreSo(
            final int strangers, final int ofPeer, final boolean admitted) {
        assertThat(doorman.admits("10.0.0.1", strangers, ofPeer, 0)).isEqualTo(admitted);
        assertThat(doorman.turnedAway()).isEqualTo(admitted ? 0 : 1);
    }

    @Test
    void ofOneAddress_tenASecondComeIn_andNobodyElseIsKeptOut() {
        for (int i = 0; i < 100; i++) {
            assertThat(doorman.admits("10.0.0.1", 0, 0, SECOND_NS - 100 + i))
                    .as("connection %d", i + 1)
                    .isEqualTo(i < 10);
        }
        assertThat(doorman.turnedAway()).isEqualTo(90);
        assertThat(doorman.admits("10.0.0.2", 0, 0, SECOND_NS)).isTrue();
        assertThat(doorman.admits("10.0.0.1", 0, 0, 2 * SECOND_NS - 101)).isFalse();
        assertThat(doorman.admits("10.0.0.1", 0, 0, 2 * SECOND_NS - 100)).isTrue();
    }

    /** They would fill memory, one count each. */
    @Test
    void moreAddressesThanAreCounted_beginTheSecondAnew() {
        for (int i = 0; i < 10; i++) {
            assertThat(doorman.admits("10.0.0.1", 0, 0, 0)).isTrue();
        }
        assertThat(doorman.admits("10.0.0.1", 0, 0, 0)).isFalse();
        for (int i = 1; i < 4_096; i++) {
            assertThat(doorman.admits("other " + i, 0, 0, 0)).isTrue();
        }
        assertThat(doorman.admits("10.0.0.1", 0, 0, 0)).isTrue();
    }
}
