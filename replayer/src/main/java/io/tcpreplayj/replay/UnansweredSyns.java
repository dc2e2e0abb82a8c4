package io.tcpreplayj.replay;

import java.util.Arrays;

/**
 * Sessions whose SYNs, with their retransmissions after one and three seconds, the target left unanswered for
 * {@link #PATIENCE_NS}: a SYN itself is given up after two minutes only. No allocation after construction.
 */
final class UnansweredSyns {
    static final long PATIENCE_NS = 3_000_000_000L;

    private static final long BUCKET_NS = 250_000_000L;
    private static final int PATIENCE = (int) (PATIENCE_NS / BUCKET_NS);
    private static final int BUCKETS = 2 * PATIENCE;
    private static final long NONE = -1;

    /** When each session's SYN left, in buckets since the run began. */
    private final long[] bucketOf;

    private final long[] waiting = new long[BUCKETS];
    private final long[] started = new long[BUCKETS];
    private long judged;
    /** What is as old as this, or older, was counted. */
    private long counted = NONE;

    /** @param capacity indices of sessions are below it */
    UnansweredSyns(final int capacity) {
        bucketOf = new long[capacity];
        Arrays.fill(bucketOf, NONE);
    }

    /** {@link #overdue} was asked for the same moment before. */
    void onStarted(final int index, final long nowNs) {
        final long bucket = nowNs / BUCKET_NS;
        if (bucket > counted) {
            bucketOf[index] = bucket;
            waiting[(int) (bucket % BUCKETS)]++;
            started[(int) (bucket % BUCKETS)]++;
        }
    }

    /** The session has its answer, or wants none any more; returns whether this SYN of it was not counted before. */
    boolean onOver(final int index) {
        final long bucket = bucketOf[index];
        if (bucket != NONE && bucket <= counted) {
            // An answer that came late: whoever asks when the connection ends is to hear the same.
            return false;
        }
        bucketOf[index] = NONE;
        if (bucket != NONE) {
            waiting[(int) (bucket % BUCKETS)]--;
        }
        return true;
    }

    /** How many have become overdue since this was asked last. */
    long overdue(final long nowNs) {
        final long until = nowNs / BUCKET_NS - PATIENCE - 1;
        long sum = 0;
        judged = 0;
        for (long bucket = Math.max(counted + 1, until - BUCKETS + 1); bucket <= until; bucket++) {
            final int at = (int) (bucket % BUCKETS);
            sum += waiting[at];
            judged += started[at];
            waiting[at] = 0;
            started[at] = 0;
        }
        counted = Math.max(counted, until);
        return sum;
    }

    /** As many left at the same time as those of whom {@link #overdue} told last, those with an answer among them. */
    long judged() {
        return judged;
    }

    /** Nobody is to blame for the silence so far: those who wait begin to wait now, and so do those they are compared with. */
    void excuse(final long nowNs) {
        final long bucket = nowNs / BUCKET_NS;
        for (int index = 0; index < bucketOf.length; index++) {
            if (bucketOf[index] > counted) {
                bucketOf[index] = bucket;
            }
        }
        gather(waiting, bucket);
        gather(started, bucket);
        counted = Math.max(counted, bucket - 1);
    }

    private static void gather(final long[] counts, final long bucket) {
        long sum = 0;
        for (final long count : counts) {
            sum += count;
        }
        Arrays.fill(counts, 0);
        counts[(int) (bucket % BUCKETS)] = sum;
    }
}
