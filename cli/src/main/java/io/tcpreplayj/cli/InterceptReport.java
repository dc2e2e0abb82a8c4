package io.tcpreplayj.cli;

import io.tcpreplayj.intercept.feed.FeedServer;

/** What an intercept did, told at its end. */
final class InterceptReport {
    private InterceptReport() {}

    static String json(final FeedServer.Counters counters) {
        return "{\"routed\":" + counters.routed() + ",\"unclaimed\":" + counters.unclaimed() + ",\"dropped\":"
                + counters.tapDrops() + ",\"notTaken\":" + counters.notTaken() + ",\"turnedAway\":"
                + counters.turnedAway() + "}";
    }

    /** @param selected whether an expression chose what is seen: nobody counts what it left out */
    static String words(final FeedServer.Counters counters, final boolean selected) {
        return counters.routed() + " packets handed on, " + counters.unclaimed() + " of nobody's, "
                + counters.tapDrops() + " lost by the ring, " + counters.notTaken()
                + " not taken by their replayers, " + counters.turnedAway() + " connections turned away"
                + (selected ? "; what the expression left out was swallowed uncounted" : "");
    }
}
