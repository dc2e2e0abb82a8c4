package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Unprivileged;

/** Threads of the feed: they end with the process, pause without a fuss, and speak with strangers {@link Unprivileged}. */
public final class Background {
    private Background() {}

    /** One that opens no file and binds no port. */
    public static Thread start(final String name, final Runnable body) throws LinuxException {
        return Unprivileged.start(name, Unprivileged.Keep.RAW, body);
    }

    /** One that connects to {@code address}: a socket in the file system may be another user's, also for root. */
    public static Thread startConnecting(final String name, final FeedAddress address, final Runnable body)
            throws LinuxException {
        return Unprivileged.start(
                name, address.isUnix() ? Unprivileged.Keep.FILES_AND_PORTS : Unprivileged.Keep.RAW, body);
    }

    public static void pause(final long ms) {
        try {
            Thread.sleep(ms);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
