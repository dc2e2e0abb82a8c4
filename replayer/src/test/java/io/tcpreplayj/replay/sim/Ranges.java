package io.tcpreplayj.replay.sim;

import java.util.Arrays;

/** A set of positions, as few ranges: ascending, disjoint, not touching. */
final class Ranges {
    private long[] starts = new long[4];
    private long[] ends = new long[4];
    private int count;

    int count() {
        return count;
    }

    long start(final int range) {
        return starts[range];
    }

    long end(final int range) {
        return ends[range];
    }

    void clear() {
        count = 0;
    }

    void add(final long from, final long to) {
        if (from >= to) {
            return;
        }
        int first = 0;
        while (first < count && ends[first] < from) {
            first++;
        }
        int last = first;
        long start = from;
        long end = to;
        while (last < count && starts[last] <= to) {
            start = Math.min(start, starts[last]);
            end = Math.max(end, ends[last]);
            last++;
        }
        replace(first, last, start, end);
    }

    /** One range in place of those from {@code first} to {@code last}, excluded. */
    private void replace(final int first, final int last, final long start, final long end) {
        final int newCount = count - (last - first) + 1;
        if (newCount > starts.length) {
            starts = Arrays.copyOf(starts, 2 * starts.length);
            ends = Arrays.copyOf(ends, 2 * ends.length);
        }
        System.arraycopy(starts, last, starts, first + 1, count - last);
        System.arraycopy(ends, last, ends, first + 1, count - last);
        starts[first] = start;
        ends[first] = end;
        count = newCount;
    }

    /** How far from {@code position} on everything is there. */
    long reachedFrom(final long position) {
        for (int i = 0; i < count; i++) {
            if (starts[i] <= position && position < ends[i]) {
                return ends[i];
            }
        }
        return position;
    }

    boolean containsAll(final long from, final long to) {
        return reachedFrom(from) >= to;
    }

    /** Forgets what lies below {@code position}. */
    void dropBelow(final long position) {
        int gone = 0;
        while (gone < count && ends[gone] <= position) {
            gone++;
        }
        System.arraycopy(starts, gone, starts, 0, count - gone);
        System.arraycopy(ends, gone, ends, 0, count - gone);
        count -= gone;
        if (count > 0) {
            starts[0] = Math.max(starts[0], position);
        }
    }
}
