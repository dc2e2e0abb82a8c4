package io.tcpreplayj.linux;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Work on what strangers sent, on threads that may change nothing about this machine's network. Linux counts capabilities by
 * thread (capabilities(7)): those that set up, administer and clean up keep theirs, and read nothing of strangers. What a
 * thread gave up it never gets back, nor does a thread or a program that it starts, be it root's (no_new_privs).
 */
public final class Unprivileged {
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int VERSION_3 = 0x20080522;
    private static final int HEADER_BYTES = 8;
    // struct __user_cap_data_struct: effective  permitted  inheritable, 32 bits each; then the same of capabilities 32
    // to 63.
    private static final int DATA_BYTES = 24;
    private static final int PERMITTED = 4;
    private static final int UPPER = 12;

    private static final long NET_ADMIN = 1L << 12;
    // DAC_OVERRIDE, DAC_READ_SEARCH and FOWNER: root's files may be in others' directories. NET_BIND_SERVICE: clients
    // at
    // captured ports. NET_RAW: sockets at others' addresses.
    private static final long KEPT = 1L << 1 | 1L << 2 | 1L << 3 | 1L << 10 | 1L << 13;

    /** What is to be done. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws IOException;
    }

    private Unprivileged() {}

    /** Does {@code work} on a thread of its own and waits for it; what that throws is thrown here. */
    public static void run(final String name, final Runnable work) throws IOException {
        call(name, false, () -> {
            work.run();
            return true;
        });
    }

    /**
     * The same of work that has a result.
     *
     * @param administers whether that thread needs CAP_NET_ADMIN all the same
     */
    public static <T> T call(final String name, final boolean administers, final Work<T> work) throws IOException {
        final Outcome<T> outcome = new Outcome<>();
        final Thread thread = new Thread(
                () -> outcome.of(() -> {
                    keepOnly(administers ? KEPT | NET_ADMIN : KEPT);
                    return work.run();
                }),
                name);
        thread.setDaemon(true);
        thread.start();
        join(thread);
        return outcome.get();
    }

    /**
     * Takes from the calling thread what it could change this machine by.
     *
     * @throws LinuxException when a filter of system calls is in the way
     */
    public static void giveUp() throws LinuxException {
        keepOnly(KEPT);
    }

    private static void keepOnly(final long kept) throws LinuxException {
        final NativeMemory header = NativeMemory.allocate(HEADER_BYTES);
        header.buffer().putInt(0, VERSION_3);
        final NativeMemory data = NativeMemory.allocate(DATA_BYTES);
        Descriptor.check(LibC.capget(header.address(), data.address()), "capget", "this thread");
        final long permitted = Integer.toUnsignedLong(data.buffer().getInt(PERMITTED))
                | Integer.toUnsignedLong(data.buffer().getInt(UPPER + PERMITTED)) << 32;
        if ((permitted & ~kept) == 0) {
            return;
        }
        for (int at = 0; at < DATA_BYTES; at += 4) {
            final int bits = (int) (at < UPPER ? kept : kept >>> 32);
            data.buffer().putInt(at, data.buffer().getInt(at) & bits);
        }
        Descriptor.check(LibC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "PR_SET_NO_NEW_PRIVS");
        Descriptor.check(
                LibC.capset(header.address(), data.address()),
                "capset",
                "to read with fewer privileges; let a filter of system calls pass it, as SystemCallFilter=capset");
    }

    private static void join(final Thread thread) {
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
    }

    private static final class Outcome<T> {
        private @Nullable T value;
        private @Nullable Throwable thrown;

        void of(final Work<T> work) {
            try {
                value = work.run();
            } catch (final IOException | RuntimeException | Error e) {
                thrown = e;
            }
        }

        T get() throws IOException {
            if (thrown instanceof IOException io) {
                throw io;
            }
            if (thrown instanceof RuntimeException runtime) {
                throw runtime;
            }
            if (thrown instanceof Error error) {
                throw error;
            }
            return Objects.requireNonNull(value);
        }
    }
}
