package io.tcpreplayj.pcap;

/** What an Interface Description Block tells (draft-ietf-opsawg-pcapng 4.2): link type, and what a timestamp means. */
final class PcapngInterface {
    /** if_tsresol when the option is not there: microseconds. */
    static final int DEFAULT_TSRESOL = 6;

    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int NS_EXPONENT = 9;

    /** 10^19 is the largest power of ten in an unsigned long: beyond, 2^64 ticks are less than a nanosecond. */
    private static final int MAX_POWER = 19;

    private final int linktype;
    private final long snaplen;
    private final boolean binary;
    private final int exponent;
    private final long offsetNs;

    /** A tick is {@code multiplier} ns, or {@code 1 / divisor} ns; only for decimal resolutions. */
    private final long multiplier;

    private final long divisor;

    /**
     * @param tsresol as in the option: 10^-n seconds, or 2^-n when the upper bit is set
     * @param tsoffsetSeconds added to every timestamp
     */
    PcapngInterface(final int linktype, final long snaplen, final int tsresol, final long tsoffsetSeconds) {
        this.linktype = linktype;
        this.snaplen = snaplen;
        this.binary = (tsresol & 0x80) != 0;
        this.exponent = tsresol & 0x7f;
        this.multiplier = binary ? 1 : powerOfTen(NS_EXPONENT - exponent);
        this.divisor = binary ? 1 : powerOfTen(exponent - NS_EXPONENT);
        this.offsetNs = saturatedProduct(tsoffsetSeconds, NS_PER_SECOND);
    }

    int linktype() {
        return linktype;
    }

    /** Bytes kept of each packet at most; 0 when there is no limit. */
    long snaplen() {
        return snaplen;
    }

    /** Nanoseconds since the epoch; saturates instead of wrapping round. */
    long toNs(final long ticks) {
        final long ns = binary ? binaryToNs(ticks) : decimalToNs(ticks);
        final long sum = ns + offsetNs;
        final boolean overflow = ((ns ^ sum) & (offsetNs ^ sum)) < 0;
        return overflow ? (offsetNs < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }

    private long decimalToNs(final long ticks) {
        if (exponent - NS_EXPONENT > MAX_POWER) {
            return 0;
        }
        if (divisor != 1) {
            return Long.divideUnsigned(ticks, divisor);
        }
        return ticks < 0 ? Long.MAX_VALUE : saturatedProduct(ticks, multiplier);
    }

    private long binaryToNs(final long ticks) {
        if (exponent >= Long.SIZE) {
            // The upper half of the unsigned 128-bit product (multiplyHigh is signed).
            final long high = Math.multiplyHigh(ticks, NS_PER_SECOND) + (ticks < 0 ? NS_PER_SECOND : 0);
            return high >>> (exponent - Long.SIZE);
        }
        final long seconds = exponent == 0 ? ticks : ticks >>> exponent;
        final long fraction = exponent == 0 ? 0 : ticks & ((1L << exponent) - 1);
        if (seconds < 0 || seconds > Long.MAX_VALUE / NS_PER_SECOND - 1) {
            return Long.MAX_VALUE;
        }
        // fraction * 10^9 / 2^exponent; the product has up to 93 bits.
        final long high = Math.multiplyHigh(fraction, NS_PER_SECOND);
        final long low = fraction * NS_PER_SECOND;
        final long fractionNs = exponent == 0 ? 0 : high << (Long.SIZE - exponent) | low >>> exponent;
        return seconds * NS_PER_SECOND + fractionNs;
    }

    /** 10^n as an unsigned long; 1 when n is not positive. */
    private static long powerOfTen(final int n) {
        long power = 1;
        for (int i = 0; i < Math.min(n, MAX_POWER); i++) {
            power *= 10;
        }
        return power;
    }

    /** @param factor positive */
    private static long saturatedProduct(final long value, final long factor) {
        if (value > Long.MAX_VALUE / factor) {
            return Long.MAX_VALUE;
        }
        return value < Long.MIN_VALUE / factor ? Long.MIN_VALUE : value * factor;
    }
}
