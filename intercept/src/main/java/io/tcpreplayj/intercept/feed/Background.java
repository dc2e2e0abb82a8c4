package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Unprivileged;

/** Threads of the feed: they end with the process, pause without a fuss, and speak with strangers {@link Unprivileged}. */
public final class Background {
    private Background() {}

    public static Thread start(final String name, final Runnable body) {
        final Thread thread = new Thread(() -> run(body), name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static void run(final Runnable body) {
        try {
            Unprivileged.giveUp();
        } catch (final LinuxException e) {
            // Nor can those that replay and swallow, who say so and end.
        }
        body.run();
    }

    public static void pause(final long ms) {
        try {
            Thread.sleep(ms);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
