package io.tcpreplayj.replay.sim;

/** Random numbers that are the same on every machine for ever: SplitMix64 (Steele, Lea, Flood 2014). */
final class Seeded {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private final long origin;
    private long state;

    Seeded(final long seed) {
        origin = mix(seed);
        state = origin;
    }

    /** A stream of its own for {@code purpose}: what one part draws does not move what the others see. */
    Seeded of(final String purpose) {
        return new Seeded(origin ^ mix(purpose.hashCode()));
    }

    Seeded of(final String purpose, final int index) {
        return new Seeded(origin ^ mix(purpose.hashCode() + 31L * GOLDEN_GAMMA * (index + 1)));
    }

    long next() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** 0 to {@code bound} - 1. */
    int below(final int bound) {
        return (int) (((next() >>> 32) * bound) >>> 32);
    }

    /** Both ends included. */
    int between(final int least, final int most) {
        return least + below(most - least + 1);
    }

    /** Between two spans of time, every order of magnitude as likely as any other. */
    long spanNs(final long leastNs, final long mostNs) {
        final double ratio = (next() >>> 11) * 0x1.0p-53;
        return (long) (leastNs * StrictMath.pow((double) mostNs / leastNs, ratio));
    }

    boolean percent(final int chance) {
        return below(100) < chance;
    }

    boolean coin() {
        return next() < 0;
    }

    int oneOf(final int... values) {
        return values[below(values.length)];
    }

    static long mix(final long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
