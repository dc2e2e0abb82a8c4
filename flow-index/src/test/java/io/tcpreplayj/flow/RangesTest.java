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
}
