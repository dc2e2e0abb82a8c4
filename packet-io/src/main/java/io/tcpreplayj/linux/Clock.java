package io.tcpreplayj.linux;

/**
 * The kernel's clocks, without allocation. {@link System#nanoTime} reads the same CLOCK_MONOTONIC that is slept on
 * here.
 */
public final class Clock {
    private static final int CLOCK_REALTIME = 0;
    private static final int CLOCK_MONOTONIC = 1;
    private static final int CLOCK_BOOTTIME = 7;
    private static final int TIMER_ABSTIME = 1;

    private final NativeMemory timespec = NativeMemory.allocate(16);

    /** Sleeps until {@link System#nanoTime} is {@code dueNs}, or a signal comes. One thread for each instance. */
    public void sleepUntil(final long dueNs) throws LinuxException {
        if (dueNs <= System.nanoTime()) {
            return;
        }
        timespec.buffer().putLong(0, dueNs / 1_000_000_000L);
        timespec.buffer().putLong(8, dueNs % 1_000_000_000L);
        // clock_nanosleep(2) returns the error itself and leaves errno alone.
        final int error = LibC.clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, timespec.address(), 0);
        if (error != 0 && error != Errno.EINTR) {
            throw new LinuxException("clock_nanosleep", error, "until " + dueNs);
        }
    }

    /** Nanoseconds since the Unix epoch (UTC). */
    public long realtimeNs() throws LinuxException {
        return read(CLOCK_REALTIME);
    }

    /** Nanoseconds since the machine started, suspended time included: never goes back while the machine is up. */
    public long boottimeNs() throws LinuxException {
        return read(CLOCK_BOOTTIME);
    }

    private long read(final int clock) throws LinuxException {
        if (LibC.clock_gettime(clock, timespec.address()) != 0) {
            throw new LinuxException("clock_gettime", LibC.errno(), "clock " + clock);
        }
        return timespec.buffer().getLong(0) * 1_000_000_000L + timespec.buffer().getLong(8);
    }
}
