package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RangesTest {
    @Test
    void agreesWithABitSet_forAnyOrderOfRanges() {
        for (long seed = 1; seed <= 300; seed++) {
            final Random random = new Random(seed);
            final Ranges ranges = new Ranges();
            final BitSet bits = new BitSet();
            for (int i = 0; i < 60; i++) {
                final int from = random.nextInt(400);
                final int to = from + 1 + random.nextInt(30);
                final int before = bits.cardinality();
                bits.set(from, to);
                final String name = "seed " + seed + " step " + i;
                assertThat(ranges.add(from, to)).as(name).isEqualTo(bits.cardinality() - before);
                assertThat(ranges.count()).as(name).isEqualTo(bits.cardinality());
                assertThat(ranges.first()).as(name).isEqualTo(bits.nextSetBit(0));
                assertThat(ranges.end()).as(name).isEqualTo(bits.length());
                final int probe = random.nextInt(430);
                final int end = probe + random.nextInt(50);
                assertThat(ranges.nextMissing(probe, end)).as(name).isEqualTo(Math.min(end, bits.nextClearBit(probe)));
                final int set = bits.nextSetBit(probe);
                assertThat(ranges.nextCovered(probe, end)).as(name).isEqualTo(set < 0 ? end : Math.min(end, set));
            }
            for (int i = 1; i < ranges.size(); i++) {
                assertThat(ranges.from(i)).as("seed " + seed).isGreaterThan(ranges.to(i - 1));
            }
        }
    }

    /** What {@link Ranges#add} moves is what the set has: bounded, so that the work grows as the input does. */
    @Test
    void moreHolesThanAreKnown_areStillCounted_inAnyOrder() {
        final int positions = 100_000;
        final Random random = new Random(7);
        for (int order = 0; order < 3; order++) {
            final Ranges ranges = new Ranges();
            long fresh = 0;
            int forgotten = 0;
            for (int i = 0; i < positions; i++) {
                if (ranges.isFull()) {
                    forgotten += ranges.forgetHoles();
                }
                final int at = order == 0 ? i : order == 1 ? positions - i : random.nextInt(positions);
                fresh += ranges.add(2L * at, 2L * at + 1);
                assertThat(ranges.size()).isLessThanOrEqualTo(Ranges.MOST);
            }
            assertThat(forgotten).as("order %d", order).isGreaterThan(Ranges.MOST);
            assertThat(ranges.count()).as("order %d", order).isEqualTo(fresh);
            assertThat(ranges.footprint()).isLessThanOrEqualTo(2 * Ranges.MOST * Long.BYTES);
            if (order < 2) {
                assertThat(fresh).isEqualTo(positions);
                assertThat(ranges.copy().count()).isEqualTo(positions);
            }
        }
    }

    @Test
    void theHighestHoles_areKnownLongest() {
        final Ranges ranges = new Ranges();
        for (int i = 0; !ranges.isFull(); i++) {
            ranges.add(10L * i, 10L * i + 9);
        }
        final int forgotten = ranges.forgetHoles();
        assertThat(ranges.add(9, 10)).as("bytes for a forgotten hole").isZero();
        assertThat(ranges.add(10L * forgotten + 9, 10L * forgotten + 10)).isEqualTo(1);
        assertThat(ranges.count()).isEqualTo(9L * Ranges.MOST + 1);
    }
}
