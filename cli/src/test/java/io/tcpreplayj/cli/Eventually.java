package io.tcpreplayj.cli;

import java.io.IOException;
import java.time.Duration;

/** What another process will have done in a moment. */
final class Eventually {
    private static final long LEAST_REST_MS = 10;
    private static final long MOST_REST_MS = 100;

    private Eventually() {}

    /** Something to look at again. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException;
    }

    /** Whether it holds within the limit. */
    static boolean holds(final Duration limit, final Condition condition) throws IOException, InterruptedException {
        final long endNs = System.nanoTime() + limit.toNanos();
        long beganNs = System.nanoTime();
        while (!condition.holds()) {
            final long nowNs = System.nanoTime();
            if (nowNs > endNs) {
                return false;
            }
            // Many a look starts processes, and would keep a core busy that what it waits for needs.
            final long restMs = 4 * (nowNs - beganNs) / 1_000_000;
            Thread.sleep(Math.min(MOST_REST_MS, Math.max(LEAST_REST_MS, restMs)));
            beganNs = System.nanoTime();
        }
        return true;
    }
}
