package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Neighbour;
import io.tcpreplayj.linux.Threads;
import java.util.concurrent.locks.LockSupport;
import org.agrona.LangUtil;
import org.jspecify.annotations.Nullable;

/**
 * The next hop's link-layer address as it is now. Our frames pass by the kernel, so it does not see that the neighbour is in use
 * and would forget it; to tell it so takes CAP_NET_ADMIN, which the thread that reads answers has not. So this is another one.
 */
final class NextHop implements AutoCloseable {
    private static final long LOOK_NS = 1_000_000_000L;

    private final Look look;
    private final Thread thread;
    private volatile long mac;
    private volatile @Nullable Throwable failure;
    private volatile boolean closed;

    /** Asks for it. */
    interface Look extends AutoCloseable {
        /** 6 bytes in the low end, or -1 where it is not known for now. */
        long mac() throws LinuxException;

        @Override
        void close();
    }

    private NextHop(final Look look, final long mac) {
        this.look = look;
        this.mac = mac;
        thread = new Thread(this::watch, "next-hop");
        thread.setDaemon(true);
    }

    /**
     * Watches over {@code neighbour}, which is closed with it.
     *
     * @param mac its address: 6 bytes in the low end
     */
    static NextHop watch(final Neighbour neighbour, final long mac) {
        return watch(
                new Look() {
                    @Override
                    public long mac() throws LinuxException {
                        return neighbour.refresh();
                    }

                    @Override
                    public void close() {
                        neighbour.close();
                    }
                },
                mac);
    }

    static NextHop watch(final Look look, final long mac) {
        final NextHop nextHop = new NextHop(look, mac);
        nextHop.thread.start();
        return nextHop;
    }

    private void watch() {
        while (!closed) {
            LockSupport.parkNanos(LOOK_NS);
            try {
                final long now = closed ? -1 : look.mac();
                if (now >= 0) {
                    mac = now;
                }
            } catch (final LinuxException | RuntimeException | Error e) {
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
        final Throwable why = failure;
        if (why != null) {
            LangUtil.rethrowUnchecked(why);
        }
        return mac;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        Threads.join(thread);
        look.close();
    }
}
