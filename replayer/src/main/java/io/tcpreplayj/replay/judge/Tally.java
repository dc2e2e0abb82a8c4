package io.tcpreplayj.replay.judge;

/** A count for each constant of an enum. No allocation after construction, and little then: each session has one. */
final class Tally<E extends Enum<E>> {
    private final long[] counts;

    Tally(final Class<E> type) {
        counts = new long[type.getEnumConstants().length];
    }

    void add(final E constant, final long count) {
        counts[constant.ordinal()] += count;
    }

    void addAll(final Tally<E> other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    long get(final E constant) {
        return counts[constant.ordinal()];
    }

    long sum() {
        long sum = 0;
        for (final long count : counts) {
            sum += count;
        }
        return sum;
    }
}
