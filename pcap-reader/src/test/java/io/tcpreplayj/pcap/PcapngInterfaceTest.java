package io.tcpreplayj.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PcapngInterfaceTest {
    private static final BigInteger BILLION = BigInteger.valueOf(1_000_000_000L);

    @Test
    void everyResolutionEqualsExactArithmetic() {
        final SplittableRandom random = new SplittableRandom(7);
        for (int tsresol = 0; tsresol < 256; tsresol++) {
            final PcapngInterface from = new PcapngInterface(1, 0, tsresol, 0);
            for (int i = 0; i < 200; i++) {
                final long ticks = random.nextLong() >>> random.nextInt(64);
                assertThat(from.toNs(ticks))
                        .as("tsresol %d ticks %d", tsresol, ticks)
                        .isEqualTo(exact(tsresol, ticks));
            }
        }
    }

    @Test
    void offsetIsAddedAndSaturates() {
        assertThat(new PcapngInterface(1, 0, 9, 5).toNs(7)).isEqualTo(5_000_000_007L);
        assertThat(new PcapngInterface(1, 0, 9, -5).toNs(7)).isEqualTo(-4_999_999_993L);
        assertThat(new PcapngInterface(1, 0, 9, Long.MAX_VALUE).toNs(7)).isEqualTo(Long.MAX_VALUE);
        assertThat(new PcapngInterface(1, 0, 9, Long.MIN_VALUE).toNs(0)).isEqualTo(Long.MIN_VALUE);
    }

    /** Times beyond 2262 are held at the end of a long. */
    private static long exact(final int tsresol, final long ticks) {
        final int exponent = tsresol & 0x7f;
        final BigInteger unitsPerSecond =
                BigInteger.valueOf((tsresol & 0x80) != 0 ? 2 : 10).pow(exponent);
        return new BigInteger(Long.toUnsignedString(ticks))
                .multiply(BILLION)
                .divide(unitsPerSecond)
                .min(BigInteger.valueOf(Long.MAX_VALUE))
                .longValueExact();
    }
}
