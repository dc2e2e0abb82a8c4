package io.tcpreplayj.linux;

/** What makes a pacing thread punctual, and what the process has used. */
public final class ThreadTuning {
    private static final int PR_SET_TIMERSLACK = 29;
    private static final int SCHED_FIFO = 1;
    private static final int RUSAGE_SELF = 0;
    private static final int RUSAGE_BYTES = 144;

    /**
     * What getrusage(2) says of this process.
     *
     * @param cpuNs user and system time of all threads
     * @param maxRssBytes the largest resident set so far
     */
    public record Usage(long cpuNs, long maxRssBytes) {}

    private ThreadTuning() {}

    /** Lets the calling thread's timers fire within 1 ns of their time, instead of the default 50 µs (prctl(2)). */
    public static void setTimerSlackToMinimum() throws LinuxException {
        Descriptor.check(LibC.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0), "prctl", "PR_SET_TIMERSLACK 1");
    }

    /**
     * Puts the calling thread under SCHED_FIFO. Such a thread must sleep now and then: the kernel takes a twentieth of
     * the processor away from one that never does, 50 ms at a time (sched(7), sched_rt_runtime_us).
     *
     * @param priority 1 to 99
     * @return false when the process may not (no CAP_SYS_NICE)
     */
    public static boolean tryRealtime(final int priority) {
        final NativeMemory parameter = NativeMemory.allocate(4);
        parameter.buffer().putInt(0, priority);
        return LibC.sched_setscheduler(0, SCHED_FIFO, parameter.address()) == 0;
    }

    public static Usage usage() throws LinuxException {
        final NativeMemory usage = NativeMemory.allocate(RUSAGE_BYTES);
        Descriptor.check(LibC.getrusage(RUSAGE_SELF, usage.address()), "getrusage", "RUSAGE_SELF");
        long cpuNs = 0;
        for (int timeval = 0; timeval < 32; timeval += 16) {
            cpuNs += usage.buffer().getLong(timeval) * 1_000_000_000L
                    + usage.buffer().getLong(timeval + 8) * 1_000L;
        }
        // ru_maxrss counts KiB on Linux.
        return new Usage(cpuNs, usage.buffer().getLong(32) * 1024);
    }
}
