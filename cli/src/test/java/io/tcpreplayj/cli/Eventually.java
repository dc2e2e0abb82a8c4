package io.tcpreplayj.cli;

import java.io.IOException;
import java.time.Duration;

/** What another process will have done in a moment. */
final class Eventually {
    private Eventually() {}

    /** Something to look at again. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws IOException;
    }

    /** Whether it holds within the limit. */
    static boolean holds(final Duration limit, final Condition condition) throws IOException, InterruptedException {
        final long endNs = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > endNs) {
                return false;
            }
            Thread.sleep(10);
        }
        return true;
    }
}
