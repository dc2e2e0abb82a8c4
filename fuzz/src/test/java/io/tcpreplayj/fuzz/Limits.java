package io.tcpreplayj.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What one input may cost: 50 ms of a core and 64 MiB, whatever is in it. Code that was not compiled yet makes one
 * execution slow; what is slow each time is slow because of its input.
 */
public final class Limits {
    public static final long MAX_NS = 50_000_000;
    public static final long MAX_BYTES = 64 << 20;
    /** On a busy machine a method of the input's size is compiled after some ten executions. */
    private static final int TRIES = 25;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Limits() {}

    /** What is done with an input; throws when something is wrong. */
    @FunctionalInterface
    public interface Body {
        void run(byte[] input) throws Exception;
    }

    /** Runs {@code body}, and once more as long as it was too slow or took too much memory. */
    public static void run(final byte[] input, final Body body) {
        String excess = once(input, body);
        for (int i = 1; i < TRIES && excess != null; i++) {
            excess = once(input, body);
        }
        if (excess != null) {
            throw new AssertionError(excess + " for an input of " + input.length + " bytes");
        }
    }

    private static String once(final byte[] input, final Body body) {
        final long bytesBefore = THREADS.getCurrentThreadAllocatedBytes();
        final long startNs = THREADS.getCurrentThreadCpuTime();
        try {
            body.run(input);
        } catch (final Exception e) {
            throw new AssertionError("not an answer to hostile input: " + e, e);
        }
        final long tookNs = THREADS.getCurrentThreadCpuTime() - startNs;
        final long bytes = THREADS.getCurrentThreadAllocatedBytes() - bytesBefore;
        if (bytes > MAX_BYTES) {
            return "allocates " + (bytes >> 20) + " MiB";
        }
        return tookNs > MAX_NS ? "takes " + tookNs / 1_000_000 + " ms" : null;
    }
}
