package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class CaptureClockTest {
    private final CaptureClock clock = new CaptureClock(30);

    private long after(final long... timesNs) {
        for (final long timeNs : timesNs) {
            clock.advance(timeNs);
        }
        return clock.nowNs();
    }

    @Test
    void itIsTheGreatestTime() {
        assertThat(after(-100)).isEqualTo(-100);
        assertThat(after(-90, -95, -70, -1_000)).isEqualTo(-70);
    }

    @Test
    void oneJump_isIgnored() {
        assertThat(after(0, 3_600, 1)).isEqualTo(1);
        assertThat(after(3_600, 31)).isEqualTo(31);
    }

    @Test
    void twoInARow_areBelieved_asFarAsTheyAgree() {
        assertThat(after(0, 3_600, 100)).isEqualTo(100);
        assertThat(after(200, 205)).isEqualTo(205);
    }

    @Test
    void captureThatIsAlwaysQuiet_isOnePacketBehind() {
        assertThat(after(0, 60, 120)).isEqualTo(60);
        assertThat(after(180)).isEqualTo(120);
    }
}
