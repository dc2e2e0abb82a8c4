package io.tcpreplayj.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ByteLimitTest {
    private static final long MS = 1_000_000L;

    /** A byte a microsecond. */
    private static final long BITS = 8_000_000L;

    private final ByteLimit limit = ByteLimit.of(BITS);

    /** Asks every {@code stepNs}, sends as much as it may, and returns the bytes. */
    private long greedy(final long fromNs, final long untilNs, final long stepNs, final int packet) {
        long bytes = 0;
        for (long nowNs = fromNs; nowNs < untilNs; nowNs += stepNs) {
            while (limit.opens(nowNs)) {
                limit.spent(packet, nowNs);
                bytes += packet;
            }
        }
        return bytes;
    }

    @Test
    void greedySender_getsTheRateAndOnePacket_howeverLongPacketsAre() {
        assertThat(greedy(0, 1_000 * MS, 1_000, 1_500)).isEqualTo(1_000_500);
        assertThat(greedy(1_000 * MS, 2_000 * MS, 1_000, 65_535)).isBetween(1_000_000L - 65_535, 1_000_000L + 65_535);
    }

    @Test
    void timersThatAreLate_costNothing_upToTwenty() {
        assertThat(greedy(0, 1_000 * MS, 20 * MS, 1_000)).isBetween(980_000L, 1_001_000L);
        final ByteLimit lame = ByteLimit.of(BITS);
        long bytes = 0;
        for (long nowNs = 0; nowNs < 1_000 * MS; nowNs += 40 * MS) {
            while (lame.opens(nowNs)) {
                lame.spent(1_000, nowNs);
                bytes += 1_000;
            }
        }
        assertThat(bytes).as("half of what it might").isBetween(490_000L, 530_000L);
    }

    @Test
    void pause_isNotMadeUpFor() {
        greedy(0, 100 * MS, MS, 1_000);
        long burst = 0;
        while (limit.opens(60_000 * MS)) {
            limit.spent(1_000, 60_000 * MS);
            burst += 1_000;
        }
        assertThat(burst).as("20 ms, and one packet").isEqualTo(21_000);
        assertThat(limit.freeNs()).isEqualTo(60_001 * MS);
    }

    @Test
    void costIsRoundedUp_soNoRateIsExceeded() {
        final ByteLimit odd = ByteLimit.of(3_000_000_000L);
        odd.spent(1, 20 * MS);
        assertThat(odd.freeNs()).isEqualTo(3);
    }

    @Test
    void whatLeftUnasked_isPaidFor_butHoldsNobodyUpForLong() {
        limit.spentUnasked(50_000, 0);
        assertThat(limit.freeNs()).isEqualTo(50 * MS);
        limit.spentUnasked(1 << 30, 0);
        assertThat(limit.freeNs()).isEqualTo(100 * MS);
        limit.spent(200_000, 0);
        limit.spentUnasked(1, 0);
        assertThat(limit.freeNs()).as("nothing is given back").isEqualTo(300 * MS);
    }

    /** Reads come before turns, so the moment that was told must hold until somebody was let go. */
    @Test
    void whatLeavesUnasked_doesNotMoveTheMomentThatAWaiterWasTold() {
        limit.spentUnasked(1 << 30, 0);
        assertThat(limit.opens(10 * MS)).isFalse();
        for (long nowNs = 10 * MS; nowNs <= 110 * MS; nowNs += MS) {
            limit.spentUnasked(1 << 20, nowNs);
        }
        assertThat(limit.freeNs()).isEqualTo(100 * MS);
        assertThat(limit.opens(110 * MS)).isTrue();
        limit.spent(1_000, 110 * MS);
        limit.spentUnasked(1 << 20, 110 * MS);
        assertThat(limit.freeNs()).as("and nobody waits now").isEqualTo(210 * MS);
    }

    @Test
    void heldTime_isTheUnionOfWaits() {
        limit.spent(20_000, 0);
        assertThat(limit.freeNs()).isEqualTo(20 * MS);
        assertThat(limit.opens(5 * MS)).isFalse();
        assertThat(limit.opens(6 * MS)).isFalse();
        assertThat(limit.heldNs(8 * MS)).isEqualTo(3 * MS);
        assertThat(limit.heldNs(20 * MS)).isEqualTo(15 * MS);
        assertThat(limit.opens(20 * MS)).isTrue();
        limit.spent(1_000, 20 * MS);
        assertThat(limit.opens(20 * MS)).isFalse();
        assertThat(limit.heldNs(100 * MS)).isEqualTo(16 * MS);
    }

    /** TF-17: a limit on packets, too. */
    @Test
    void shortPackets_countAsTheShortestFramesOfEthernet() {
        limit.spentDatagram(1, true, 20 * MS);
        assertThat(limit.freeNs()).isEqualTo(84_000);
        limit.spentDatagram(57, true, 20 * MS);
        assertThat(limit.freeNs()).isEqualTo(169_000);
        limit.spentDatagram(36, false, 20 * MS);
        assertThat(limit.freeNs()).isEqualTo(253_000);
    }

    @Test
    void none_letsAllPass() {
        ByteLimit.NONE.spent(1 << 30, 0);
        assertThat(ByteLimit.NONE.opens(0)).isTrue();
        assertThat(ByteLimit.NONE.heldNs(0)).isZero();
        assertThat(ByteLimit.of(0)).isSameAs(ByteLimit.NONE);
    }
}
