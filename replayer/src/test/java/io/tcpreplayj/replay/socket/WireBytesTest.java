package io.tcpreplayj.replay.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.replay.ByteLimit;
import org.junit.jupiter.api.Test;

final class WireBytesTest {
    @Test
    void eachSegmentHasItsHeaders() {
        assertThat(WireBytes.ofPayload(1, true)).isEqualTo(53);
        assertThat(WireBytes.ofPayload(1448, true)).isEqualTo(1500);
        assertThat(WireBytes.ofPayload(1449, true)).isEqualTo(1449 + 2 * 52);
        assertThat(WireBytes.ofPayload(1448, false)).isEqualTo(1520);
        assertThat(WireBytes.ofPackets(2, false)).isEqualTo(144);
    }

    @Test
    void everySecondSegmentIsAcknowledged() {
        assertThat(WireBytes.ofAcks(1, true)).isEqualTo(52);
        assertThat(WireBytes.ofAcks(2 * 1448, true)).isEqualTo(52);
        assertThat(WireBytes.ofAcks(2 * 1448 + 1, true)).isEqualTo(104);
    }

    @Test
    void whatIsWrittenAtOnce_isAMillisecondsWorth_inWholeSegments() {
        assertThat(WireBytes.atOnce(ByteLimit.of(1_000))).isEqualTo(1448);
        assertThat(WireBytes.atOnce(ByteLimit.of(100_000_000))).isEqualTo(8 * 1448);
        assertThat(WireBytes.atOnce(ByteLimit.of(100_000_000_000L))).isEqualTo(45 * 1448);
        assertThat(WireBytes.atOnce(ByteLimit.NONE)).isEqualTo(Integer.MAX_VALUE);
    }
}
