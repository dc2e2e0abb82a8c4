package io.tcpreplayj.linux;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;

/** What the calling thread allocates while it does something many times. */
final class Allocation {
    private static final int WARM_UP = 20_000;

    @FunctionalInterface
    interface Step {
        void run() throws IOException;
    }

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Bytes allocated by {@code count} runs, after a warm-up. */
    long during(final int count, final Step step) throws IOException {
        for (int i = 0; i < WARM_UP; i++) {
            step.run();
        }
        final long id = Thread.currentThread().getId();
        final long before = threads.getThreadAllocatedBytes(id);
        for (int i = 0; i < count; i++) {
            step.run();
        }
        return threads.getThreadAllocatedBytes(id) - before;
    }
}
