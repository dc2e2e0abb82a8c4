package io.tcpreplayj.replay;

import java.util.Arrays;

/**
 * Counts of the last {@link #WINDOW_NS}, in ten parts that pass one by one; of several kinds. No allocation after
 * construction.
 */
final class RecentCounts {
    static final long WINDOW_NS = 5_000_000_000L;

    private static final int PARTS = 10;
    private static final long PART_NS = WINDOW_NS / PARTS;

    private final long[][] counts;
    private long part;

    /** @param kinds each is below it */
    RecentCounts(final int kinds) {
        counts = new long[kinds][PARTS];
    }

    void add(final int kind, final long count, final long nowNs) {
        final long now = nowNs / PART_NS;
        for (long skipped = Math.max(part + 1, now - PARTS + 1); skipped <= now; skipped++) {
            for (final long[] ofKind : counts) {
                ofKind[(int) (skipped % PARTS)] = 0;
            }
        }
        part = Math.max(part, now);
        counts[kind][(int) (part % PARTS)] += count;
    }

    long sum(final int kind) {
        long sum = 0;
        for (final long count : counts[kind]) {
            sum += count;
        }
        return sum;
    }

    /** In how many parts of the window there is any. */
    int spread(final int kind) {
        int spread = 0;
        for (final long count : counts[kind]) {
            spread += count > 0 ? 1 : 0;
        }
        return spread;
    }

    void clear() {
        for (final long[] ofKind : counts) {
            Arrays.fill(ofKind, 0);
        }
    }
}
