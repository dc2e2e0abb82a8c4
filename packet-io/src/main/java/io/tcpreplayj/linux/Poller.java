package io.tcpreplayj.linux;

/**
 * Waits until one of a few descriptors is readable, by ppoll(2) with nanoseconds. One thread; {@link #await} allocates
 * nothing.
 */
public final class Poller {
    private static final int POLLFD_BYTES = 8;
    private static final short POLLIN = 1;

    private final int count;
    private final NativeMemory fds;
    private final NativeMemory timeout = NativeMemory.allocate(16);

    public Poller(final int... descriptors) {
        count = descriptors.length;
        fds = NativeMemory.allocate(Math.max(1, count) * POLLFD_BYTES);
        for (int i = 0; i < count; i++) {
            fds.buffer().putInt(i * POLLFD_BYTES, descriptors[i]);
            fds.buffer().putShort(i * POLLFD_BYTES + 4, POLLIN);
        }
    }

    /**
     * Waits.
     *
     * @param timeoutNs at most so long; 0 only looks
     * @return descriptors with something to read or an error to fetch; 0 after the time or a signal
     */
    public int await(final long timeoutNs) throws LinuxException {
        final long waitNs = Math.max(0, timeoutNs);
        timeout.buffer().putLong(0, waitNs / 1_000_000_000L);
        timeout.buffer().putLong(8, waitNs % 1_000_000_000L);
        final int ready = LibC.ppoll(fds.address(), count, timeout.address(), 0);
        if (ready < 0) {
            final int errno = LibC.errno();
            if (errno == Errno.EINTR) {
                clear();
                return 0;
            }
            throw new LinuxException("ppoll", errno, count + " descriptors");
        }
        return ready;
    }

    /** Whether the {@code index}-th descriptor had something after the last {@link #await}. */
    public boolean isReady(final int index) {
        return fds.buffer().getShort(index * POLLFD_BYTES + 6) != 0;
    }

    private void clear() {
        for (int i = 0; i < count; i++) {
            fds.buffer().putShort(i * POLLFD_BYTES + 6, (short) 0);
        }
    }
}
