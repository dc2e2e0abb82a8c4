package io.tcpreplayj.replay.judge;

import java.util.EnumMap;

/** A count for each constant of an enum. No allocation after construction. */
final class Tally<E extends Enum<E>> {
    private final E[] constants;
    private final EnumMap<E, long[]> counts;

    Tally(final Class<E> type) {
        constants = type.getEnumConstants();
        counts = new EnumMap<>(type);
        for (final E constant : constants) {
            counts.put(constant, new long[1]);
        }
    }

    void add(final E constant, final long count) {
        cell(constant)[0] += count;
    }

    void addAll(final Tally<E> other) {
        for (final E constant : constants) {
            add(constant, other.get(constant));
        }
    }

    long get(final E constant) {
        return cell(constant)[0];
    }

    long sum() {
        long sum = 0;
        for (final E constant : constants) {
            sum += get(constant);
        }
        return sum;
    }

    private long[] cell(final E constant) {
        final long[] cell = counts.get(constant);
        if (cell == null) {
            throw new AssertionError("every constant has a cell: " + constant);
        }
        return cell;
    }
}
