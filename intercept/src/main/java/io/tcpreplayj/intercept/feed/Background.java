package io.tcpreplayj.intercept.feed;

/** Threads of the feed: they end with the process, and pause without a fuss. */
public final class Background {
    private Background() {}

    public static Thread start(final String name, final Runnable body) {
        final Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    public static void pause(final long ms) {
        try {
            Thread.sleep(ms);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
