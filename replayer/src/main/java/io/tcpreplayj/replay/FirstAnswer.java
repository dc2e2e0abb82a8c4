package io.tcpreplayj.replay;

/**
 * Until the target has taken one connection, only {@link #MOST} begin: that many SYNs at most are for a host that wants none of
 * them, however late this one reads its refusals.
 */
final class FirstAnswer {
    static final int MOST = 500;

    /** What ends the wait is an answer, or a timer of those that began; this is for when neither is looked at in time. */
    private static final long LOOK_NS = 10_000_000L;

    private boolean came;
    private int begun;
    private long startsNs;

    void onStarted() {
        begun++;
    }

    /** A connection was taken. */
    void onConnected() {
        came = true;
        startsNs = 0;
    }

    /** One that began is over. */
    void onEnded() {
        begun--;
    }

    boolean mayStart(final long nowNs) {
        final boolean may = came || begun < MOST;
        startsNs = may ? 0 : nowNs + LOOK_NS;
        return may;
    }

    /** Before then none may start; 0 when one may. */
    long startsNs() {
        return startsNs;
    }
}
