package io.tcpreplayj.replay;

/** How many of the flows of the last {@link #WINDOW_NS} failed: whether it is time to leave a target alone, which is once. */
final class RecentFailures {
    static final long WINDOW_NS = RecentCounts.WINDOW_NS;

    /** Fewer that failed are no stampede. */
    private static final int FEWEST = 100;
    /** One of so many may fail. */
    private static final int ONE_OF = 5;

    private static final int STARTED = 0;
    private static final int ENDED = 1;
    private static final int JUDGED = 2;
    private static final int FAILED = 3;

    private final RecentCounts recent = new RecentCounts(4);
    private long failedAtTrip;
    private long triedAtTrip;

    void onStarted(final long nowNs) {
        recent.add(STARTED, 1, nowNs);
    }

    void onEnded(final long nowNs) {
        recent.add(ENDED, 1, nowNs);
    }

    /** So many that started a while ago are judged only now; some may have failed. */
    void onJudged(final long count, final long nowNs) {
        recent.add(JUDGED, count, nowNs);
    }

    /** One that has ended, or was judged, failed. */
    void onFailed(final long nowNs) {
        recent.add(FAILED, 1, nowNs);
    }

    /** Whether it is time now: at least a hundred failed, and more than a fifth of all. */
    boolean trip() {
        final long bad = recent.sum(FAILED);
        final long all = Math.max(Math.max(recent.sum(STARTED), recent.sum(ENDED)), recent.sum(JUDGED));
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
}
