package io.tcpreplayj.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class SeqTest {
    private static final int[] CORNERS = {
        0, 1, Integer.MAX_VALUE - 1, Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE + 1, -2, -1
    };

    @Test
    void tf04_comparison_isModulo2To32() {
        for (final int seq : CORNERS) {
            final int later = Seq.plus(seq, 1_000);
            assertThat(Seq.lt(seq, later)).isTrue();
            assertThat(Seq.gt(later, seq)).isTrue();
            assertThat(Seq.leq(seq, seq)).isTrue();
            assertThat(Seq.geq(seq, seq)).isTrue();
            assertThat(Seq.lt(seq, seq)).isFalse();
            assertThat(Seq.distance(seq, later)).isEqualTo(1_000);
            assertThat(Seq.distance(later, seq)).isEqualTo(-1_000);
        }
    }

    @Test
    void tf04_inWindow_holdsAcrossTheWrap() {
        for (final int first : CORNERS) {
            assertThat(Seq.inWindow(first, first, 10)).isTrue();
            assertThat(Seq.inWindow(Seq.plus(first, 9), first, 10)).isTrue();
            assertThat(Seq.inWindow(Seq.plus(first, 10), first, 10)).isFalse();
            assertThat(Seq.inWindow(Seq.plus(first, -1), first, 10)).isFalse();
            assertThat(Seq.inWindow(first, first, 0)).isFalse();
        }
    }

    @Test
    void tf04_unwrap_followsStreamsBeyond4GiB() {
        final SplittableRandom random = new SplittableRandom(4);
        for (final int base : CORNERS) {
            long position = 0;
            for (int step = 0; step < 10_000; step++) {
                final long previous = position;
                position = Math.max(0, position + random.nextLong(-1_000_000, 3_000_000));
                final int seq = Seq.plus(base, position);
                assertThat(Seq.unwrap(seq, base, previous)).isEqualTo(position);
            }
            assertThat(position).isGreaterThan(1L << 32);
        }
    }
}
