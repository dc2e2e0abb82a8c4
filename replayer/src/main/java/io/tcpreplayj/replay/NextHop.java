package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Neighbour;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The next hop's link-layer address as it is now. Our frames pass by the kernel, so it does not see that the neighbour is in use
 * and would forget it; to tell it so takes CAP_NET_ADMIN, which the thread that reads answers has not. So this is another one.
 */
final class NextHop implements AutoCloseable {
    private static final long LOOK_NS = 500_000_000L;

    private final Neighbour neighbour;
    private final Thread thread;
    private volatile long mac;
    private volatile @Nullable LinuxException failure;
    private volatile boolean closed;

    /**
     * Takes over {@code neighbour}.
     *
     * @param mac its address: 6 bytes in the low end
     */
    NextHop(final Neighbour neighbour, final long mac) {
        this.neighbour = neighbour;
        this.mac = mac;
        thread = new Thread(this::watch, "next-hop");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        while (!closed) {
            LockSupport.parkNanos(LOOK_NS);
            try {
                final long now = closed ? -1 : neighbour.refresh();
                if (now >= 0) {
                    mac = now;
                }
            } catch (final LinuxException e) {
                failure = e;
                return;
            }
        }
    }

    /**
     * The latest address that the kernel knew.
     *
     * @throws LinuxException when it cannot be asked any more, as of an interface that is gone
     */
    long mac() throws LinuxException {
        final LinuxException why = failure;
        if (why != null) {
            throw why;
        }
        return mac;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        neighbour.close();
    }
}
