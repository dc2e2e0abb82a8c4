package io.tcpreplayj.replay.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.replay.ByteLimit;
import org.junit.jupiter.api.Test;

final class WireBytesTest {
    @Test
    void eachSegmentHasItsHeaders() {
        assertThat(WireBytes.ofPayload(100, true)).isEqualTo(152);
        assertThat(WireBytes.ofPayload(1448, true)).isEqualTo(1500);
        assertThat(WireBytes.ofPayload(1449, true)).isEqualTo(1500 + 84);
        assertThat(WireBytes.ofPayload(1448, false)).isEqualTo(1520);
    }

    @Test
    void noneIsShorterThanAFrameOfEthernet() {
        assertThat(WireBytes.ofPayload(1, true)).isEqualTo(84);
        assertThat(WireBytes.ofPackets(2, false)).isEqualTo(168);
    }

    @Test
    void everySecondSegmentIsAcknowledged() {
        assertThat(WireBytes.ofAcks(1, true)).isEqualTo(84);
        assertThat(WireBytes.ofAcks(2 * 1448, true)).isEqualTo(84);
        assertThat(WireBytes.ofAcks(2 * 1448 + 1, true)).isEqualTo(168);
    }

    @Test
    void whatIsWrittenAtOnce_isAMillisecondsWorth_inWholeSegments() {
        assertThat(WireBytes.atOnce(ByteLimit.of(1_000))).isEqualTo(1448);
        assertThat(WireBytes.atOnce(ByteLimit.of(100_000_000))).isEqualTo(8 * 1448);
        assertThat(WireBytes.atOnce(ByteLimit.of(100_000_000_000L))).isEqualTo(45 * 1448);
        assertThat(WireBytes.atOnce(ByteLimit.NONE)).isEqualTo(Integer.MAX_VALUE);
    }
}
