package io.tcpreplayj.flow;

import java.util.Arrays;

/**
 * A set of stream positions as sorted half-open ranges that neither overlap nor touch. It never has more than
 * {@link #MOST}: who adds to a {@link #isFull full} one first forgets its lowest holes. Positions of a forgotten hole count
 * as members from then on, except in {@link #count()}.
 */
final class Ranges {
    /** Every second segment missing in a receive window of Linux's default maximum (tcp_rmem: 6 MiB) are 2,172 holes. */
    static final int MOST = 4096;

    /** So many go at once: the others are moved once for all of them. */
    private static final int FORGOTTEN_AT_ONCE = MOST / 4;

    private long[] bounds;
    private int size;
    /** Positions in forgotten holes. */
    private long forgotten;

    Ranges() {
        bounds = new long[2];
    }

    private Ranges(final Ranges other) {
        bounds = Arrays.copyOf(other.bounds, Math.max(2, 2 * other.size));
        size = other.size;
        forgotten = other.forgotten;
    }

    Ranges copy() {
        return new Ranges(this);
    }

    void freeze(final StateBuffer state) {
        state.putLong(forgotten);
        state.putLongs(bounds, 2 * size);
    }

    static Ranges thaw(final StateBuffer state) {
        final Ranges ranges = new Ranges();
        ranges.forgotten = state.getLong();
        final long[] bounds = state.getLongs();
        ranges.size = bounds.length / 2;
        ranges.bounds = bounds.length == 0 ? ranges.bounds : bounds;
        return ranges;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    long from(final int range) {
        return bounds[2 * range];
    }

    long to(final int range) {
        return bounds[2 * range + 1];
    }

    /** The least position of the set, which must not be empty. */
    long first() {
        return bounds[0];
    }

    /** One past the greatest position of the set, which must not be empty. */
    long end() {
        return bounds[2 * size - 1];
    }

    /** Positions that were added. */
    long count() {
        long count = -forgotten;
        for (int i = 0; i < size; i++) {
            count += to(i) - from(i);
        }
        return count;
    }

    /** One more range could be one too many. */
    boolean isFull() {
        return size == MOST;
    }

    /** Makes room in a {@link #isFull full} set; returns how many holes are no longer known. */
    int forgetHoles() {
        for (int range = 0; range < FORGOTTEN_AT_ONCE; range++) {
            forgotten += from(range + 1) - to(range);
        }
        bounds[1] = to(FORGOTTEN_AT_ONCE);
        final int left = size - FORGOTTEN_AT_ONCE;
        System.arraycopy(bounds, 2 * FORGOTTEN_AT_ONCE + 2, bounds, 2, 2 * (left - 1));
        size = left;
        return FORGOTTEN_AT_ONCE;
    }

    /** Bytes of memory in use. */
    int footprint() {
        return bounds.length * Long.BYTES;
    }

    /** The first position from {@code from} on that is not in the set, at most {@code to}. */
    long nextMissing(final long from, final long to) {
        final int range = lastBeginningAtOrBefore(from);
        return range < 0 || to(range) <= from ? Math.min(from, to) : Math.min(to(range), to);
    }

    /** The first position from {@code from} on that is in the set, at most {@code to}. */
    long nextCovered(final long from, final long to) {
        final int range = lastBeginningAtOrBefore(from);
        if (range >= 0 && to(range) > from) {
            return Math.min(from, to);
        }
        return range + 1 < size ? Math.min(from(range + 1), to) : to;
    }

    /** Adds {@code [from, to)} if it begins where the last range ends. */
    boolean append(final long from, final long to) {
        if (size == 0 || bounds[2 * size - 1] != from) {
            return false;
        }
        bounds[2 * size - 1] = to;
        return true;
    }

    /** Adds {@code [from, to)}, which is not empty; returns how many positions were new. */
    long add(final long from, final long to) {
        if (size == 0 || from > end()) {
            insert(size, from, to);
            return to - from;
        }
        final int last = size - 1;
        if (from >= from(last)) {
            final long fresh = Math.max(0, to - to(last));
            bounds[2 * last + 1] += fresh;
            return fresh;
        }
        int begin = lastBeginningAtOrBefore(from);
        if (begin < 0 || to(begin) < from) {
            begin++;
        }
        int end = begin;
        long fresh = to - from;
        long mergedFrom = from;
        long mergedTo = to;
        while (end < size && from(end) <= to) {
            fresh -= Math.min(to, to(end)) - Math.max(from, from(end));
            mergedFrom = Math.min(mergedFrom, from(end));
            mergedTo = Math.max(mergedTo, to(end));
            end++;
        }
        if (end == begin) {
            insert(begin, from, to);
            return fresh;
        }
        bounds[2 * begin] = mergedFrom;
        bounds[2 * begin + 1] = mergedTo;
        System.arraycopy(bounds, 2 * end, bounds, 2 * begin + 2, 2 * (size - end));
        size -= end - begin - 1;
        return fresh;
    }

    private void insert(final int range, final long from, final long to) {
        if (2 * size == bounds.length) {
            bounds = Arrays.copyOf(bounds, bounds.length * 2);
        }
        System.arraycopy(bounds, 2 * range, bounds, 2 * range + 2, 2 * (size - range));
        bounds[2 * range] = from;
        bounds[2 * range + 1] = to;
        size++;
    }

    /** Index of the last range that begins at or before {@code position}, or -1. */
    private int lastBeginningAtOrBefore(final long position) {
        // Segments mostly come in order, so the answer is mostly the last range.
        if (size > 0 && from(size - 1) <= position) {
            return size - 1;
        }
        int low = 0;
        int high = size;
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (from(middle) <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }
}
