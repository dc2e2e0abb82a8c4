package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.TcpOptions;

/**
 * What came behind a hole: ranges of positions, ascending, disjoint, not touching. The bytes themselves are not kept: we
 * acknowledge them, we need not read them again. Grows only on connections that lose packets.
 */
final class OutOfOrderRanges {
    static final int MAX_RANGES = 64;

    private static final long[] NONE = new long[0];

    /** Start and end (excluded) of each range, in pairs. */
    private long[] bounds = NONE;

    private int count;
    /** Start of the range that changed last: RFC 2018 4 wants it reported first. */
    private long newestStart;

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    /** Returns false when there is no room: the bytes must come again. */
    boolean add(final long from, final long to) {
        int first = 0;
        while (first < count && bounds[2 * first + 1] < from) {
            first++;
        }
        int behind = first;
        long start = from;
        long end = to;
        while (behind < count && bounds[2 * behind] <= to) {
            start = Math.min(start, bounds[2 * behind]);
            end = Math.max(end, bounds[2 * behind + 1]);
            behind++;
        }
        if (behind == first && !makeRoom()) {
            return false;
        }
        final int kept = count - behind;
        System.arraycopy(bounds, 2 * behind, bounds, 2 * (first + 1), 2 * kept);
        bounds[2 * first] = start;
        bounds[2 * first + 1] = end;
        count = first + 1 + kept;
        newestStart = start;
        return true;
    }

    private boolean makeRoom() {
        if (count == MAX_RANGES) {
            return false;
        }
        if (2 * count == bounds.length) {
            final long[] larger = new long[Math.max(8, Math.min(2 * bounds.length, 2 * MAX_RANGES))];
            System.arraycopy(bounds, 0, larger, 0, 2 * count);
            bounds = larger;
        }
        return true;
    }

    /** Takes away what {@code position} reaches; returns how far the stream is whole then. */
    long drain(final long position) {
        long reached = position;
        int gone = 0;
        while (gone < count && bounds[2 * gone] <= reached) {
            reached = Math.max(reached, bounds[2 * gone + 1]);
            gone++;
        }
        count -= gone;
        System.arraycopy(bounds, 2 * gone, bounds, 0, 2 * count);
        if (count == 0) {
            bounds = NONE;
        }
        return reached;
    }

    /** The range that holds {@code position}, or -1. */
    private int indexOf(final long position) {
        for (int i = 0; i < count; i++) {
            if (bounds[2 * i] <= position && position < bounds[2 * i + 1]) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Appends a SACK option (RFC 2018 3, 4): a duplicate first, with the range that holds it behind it (RFC 2883 4), then the
     * newest range and as many more as fit.
     */
    void write(final SegmentOut out, final int irs, final DuplicateRange duplicate) {
        final int room = (out.options.length - out.optionsLength - 4) / 8;
        final int extra = duplicate.isPending() ? 1 : 0;
        final int blocks = Math.min(count + extra, room);
        if (blocks <= 0) {
            return;
        }
        final byte[] options = out.options;
        int at = out.optionsLength;
        options[at++] = TcpOptions.NOP;
        options[at++] = TcpOptions.NOP;
        options[at++] = TcpOptions.SACK;
        options[at++] = (byte) (2 + 8 * blocks);
        int first = indexOfNewest();
        if (extra > 0) {
            at = writeBlock(options, at, duplicate.from(), duplicate.to(), irs);
            final int holder = indexOf(duplicate.from());
            first = holder >= 0 ? holder : first;
        }
        int left = blocks - extra;
        if (left > 0) {
            at = writeBlock(options, at, bounds[2 * first], bounds[2 * first + 1], irs);
            left--;
        }
        for (int i = count - 1; left > 0; i--) {
            if (i != first) {
                at = writeBlock(options, at, bounds[2 * i], bounds[2 * i + 1], irs);
                left--;
            }
        }
        out.optionsLength = at;
    }

    private int indexOfNewest() {
        for (int i = 0; i < count; i++) {
            if (bounds[2 * i] == newestStart) {
                return i;
            }
        }
        return count - 1;
    }

    private static int writeBlock(final byte[] options, final int at, final long from, final long to, final int irs) {
        Timestamps.putInt(options, at, irs + (int) from);
        Timestamps.putInt(options, at + 4, irs + (int) to);
        return at + 8;
    }

    /** Tells {@code duplicate} of the first run of positions from {@code from} to {@code to} that is held, if there is one. */
    void reportOverlap(final long from, final long to, final DuplicateRange duplicate) {
        for (int i = 0; i < count; i++) {
            final long overlapFrom = Math.max(from, bounds[2 * i]);
            final long overlapTo = Math.min(to, bounds[2 * i + 1]);
            if (overlapFrom < overlapTo) {
                duplicate.set(overlapFrom, overlapTo);
                return;
            }
        }
    }
}
