package io.tcpreplayj.intercept.feed;

/** Threads of the feed: they end with the process, and pause without a fuss. */
final class Background {
    private Background() {}

    static Thread start(final String name, final Runnable body) {
        final Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    static void pause(final long ms) {
        try {
            Thread.sleep(ms);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
