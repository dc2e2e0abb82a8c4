package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A capture's author chooses addresses and ports, but not the seed of {@link FlowTable}. */
final class FlowKeyTest {
    private static final int KEYS = 1 << 14;
    private static final int COLLISION_MASK = (1 << 12) - 1;

    private final FlowKey key = new FlowKey();

    /** One of 2^48 IPv4 clients of 10.0.0.1:80, or with {@code v6} the same number in the upper half of an address. */
    private FlowKey client(final long number, final boolean v6) {
        key.lesserHigh = v6 ? number >>> 16 : 0;
        key.lesserLow = v6 ? 0 : 0xffff_0000_0000L | number >>> 16;
        key.greaterHigh = v6 ? 0x2001_0db8_0000_0000L : 0;
        key.greaterLow = v6 ? 1 : 0xffff_0a00_0001L;
        key.ports = (int) (number & 0xffff) << 16 | 80;
        return key;
    }

    @Test
    void tuplesThatCollideForOneSeed_doNotForAnother() {
        final SplittableRandom random = new SplittableRandom(9);
        for (final boolean v6 : new boolean[] {false, true}) {
            final long knownSeed0 = random.nextLong() | 1;
            final long knownSeed1 = random.nextLong() | 1;
            final List<Long> crafted = new ArrayList<>();
            for (long number = 0; crafted.size() < KEYS; number++) {
                if ((client(number, v6).hash(knownSeed0, knownSeed1) & COLLISION_MASK) == 0) {
                    crafted.add(number);
                }
            }
            final List<Long> honest = random.longs(KEYS, 0, 1L << 48).boxed().toList();
            assertThat(probes(crafted, v6, knownSeed0, knownSeed1))
                    .as("the attack works where the seed is known")
                    .isGreaterThan(100L * KEYS);
            for (int i = 0; i < 20; i++) {
                final long seed0 = random.nextLong() | 1;
                final long seed1 = random.nextLong() | 1;
                assertThat(probes(crafted, v6, seed0, seed1)).isLessThan(2 * probes(honest, v6, seed0, seed1));
            }
        }
    }

    /** Slots looked at to put the keys into a table as large as they need, as {@link FlowTable} does it. */
    private long probes(final List<Long> numbers, final boolean v6, final long seed0, final long seed1) {
        final boolean[] taken = new boolean[2 * KEYS];
        long probes = 0;
        for (final long number : numbers) {
            int slot = client(number, v6).hash(seed0, seed1) & (taken.length - 1);
            for (probes++; taken[slot]; probes++) {
                slot = (slot + 1) & (taken.length - 1);
            }
            taken[slot] = true;
        }
        return probes;
    }
}
