package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.ResponseFeed;
import java.io.IOException;

/**
 * Whether answers would reach us: if not, nothing is sent and no timer runs, for what they would do rests on answers that we
 * cannot see. A session whose time has come meanwhile is served once when the feed is back. One thread.
 */
final class FeedLease {
    /** So long the sessions stand still and wait for a feed that was cut. */
    static final long HOLD_NS = 30_000_000_000L;

    private final ResponseFeed feed;
    private long lostNs;
    private boolean held = true;

    /** Ends a run: no answer would be seen any more. */
    static final class Lost extends IOException {
        private static final long serialVersionUID = 1L;

        Lost(final String reason) {
            super(reason);
        }
    }

    FeedLease(final ResponseFeed feed) {
        this.feed = feed;
    }

    /** Looks at the feed; returns whether it came back just now, from an absence that began at {@link #lostNs()}. */
    boolean check(final long nowNs) {
        final boolean before = held;
        held = feed.isAlive();
        if (before && !held) {
            lostNs = nowNs;
        }
        return held && !before;
    }

    /** When the last absence was noticed. */
    long lostNs() {
        return lostNs;
    }

    /** Whether packets may leave. */
    boolean held() {
        return held;
    }

    /**
     * Ends what {@code agent} has open when the feed will not come back.
     *
     * @throws Lost then: the feed ended, or was waited for long enough
     */
    void expectReturn(final Agent agent, final long nowNs) throws IOException {
        final String ended = feed.ended();
        final boolean late = nowNs - lostNs > HOLD_NS;
        if (ended.isEmpty() && !late) {
            return;
        }
        // Its RSTs may leave: they need no answer.
        held = true;
        agent.abort();
        throw new Lost(late ? "the intercept was not heard of for " + HOLD_NS / 1_000_000_000L + " s" : ended);
    }
}
