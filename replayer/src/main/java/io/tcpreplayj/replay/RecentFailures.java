package io.tcpreplayj.replay;

/** How many of the flows of the last {@link #WINDOW_NS} failed: whether it is time to leave a target alone, which is once. */
final class RecentFailures {
    static final long WINDOW_NS = 5_000_000_000L;

    /** Fewer that failed are no stampede. */
    private static final int FEWEST = 100;
    /** One of so many may fail. */
    private static final int ONE_OF = 5;

    private static final int BUCKETS = 10;

    private final long[] started = new long[BUCKETS];
    private final long[] ended = new long[BUCKETS];
    private final long[] judged = new long[BUCKETS];
    private final long[] failed = new long[BUCKETS];
    private long bucket;
    private long failedAtTrip;
    private long triedAtTrip;

    void onStarted(final long nowNs) {
        started[at(nowNs)]++;
    }

    void onEnded(final long nowNs) {
        ended[at(nowNs)]++;
    }

    /** So many that started a while ago are judged only now; some may have failed. */
    void onJudged(final long count, final long nowNs) {
        judged[at(nowNs)] += count;
    }

    /** One that has ended, or was judged, failed. */
    void onFailed(final long nowNs) {
        failed[at(nowNs)]++;
    }

    /** Whether it is time now: at least a hundred failed, and more than a fifth of all. */
    boolean trip() {
        final long bad = sum(failed);
        final long all = Math.max(Math.max(sum(started), sum(ended)), sum(judged));
        if (tripped() || bad < FEWEST || bad * ONE_OF <= all) {
            return false;
        }
        failedAtTrip = bad;
        triedAtTrip = all;
        return true;
    }

    /** Whether it was time. */
    boolean tripped() {
        return failedAtTrip > 0;
    }

    /** How many had failed then. */
    long failedAtTrip() {
        return failedAtTrip;
    }

    /** Of so many. */
    long triedAtTrip() {
        return triedAtTrip;
    }

    /** The bucket of this moment, empty when it is a new one. */
    private int at(final long nowNs) {
        final long now = nowNs / (WINDOW_NS / BUCKETS);
        for (long skipped = Math.max(bucket + 1, now - BUCKETS + 1); skipped <= now; skipped++) {
            final int stale = (int) (skipped % BUCKETS);
            started[stale] = 0;
            ended[stale] = 0;
            judged[stale] = 0;
            failed[stale] = 0;
        }
        bucket = Math.max(bucket, now);
        return (int) (bucket % BUCKETS);
    }

    private static long sum(final long[] counts) {
        long sum = 0;
        for (final long count : counts) {
            sum += count;
        }
        return sum;
    }
}
