package io.tcpreplayj.linux;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.agrona.LangUtil;

/**
 * Work on what strangers sent, on threads without the capability to administer this machine's network. Linux counts
 * capabilities by thread (capabilities(7)): those that set up, administer and clean up keep theirs, and read nothing of
 * strangers. What a thread gave up it never gets back, nor does a thread or a program that it starts, be it root's
 * (no_new_privs). What root owns, a thread of root may write without any capability, the settings below /proc/sys among it: who
 * wants to be rid of that runs this as somebody else.
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

    private static final long DAC_OVERRIDE = 1L << 1;
    private static final long DAC_READ_SEARCH = 1L << 2;
    private static final long FOWNER = 1L << 3;
    private static final long NET_BIND_SERVICE = 1L << 10;
    private static final long NET_ADMIN = 1L << 12;
    private static final long NET_RAW = 1L << 13;

    /** What a thread keeps, of what it has. */
    public enum Keep {
        /**
         * For who opens no file and binds no port. The JVM does, whenever a class is used for the first time: its own files and ours
         * may lie in a directory of somebody else, where root looks by CAP_DAC_READ_SEARCH alone.
         */
        RAW(NET_RAW | DAC_READ_SEARCH),
        /** The kernel takes verdicts of NFQUEUE from no other. */
        RAW_AND_ADMIN(NET_RAW | DAC_READ_SEARCH | NET_ADMIN),
        /** Root's files may be in others' directories, and its clients at captured ports below 1024. */
        FILES_AND_PORTS(NET_RAW | DAC_READ_SEARCH | DAC_OVERRIDE | FOWNER | NET_BIND_SERVICE);

        private final long capabilities;

        Keep(final long capabilities) {
            this.capabilities = capabilities;
        }
    }

    /** What is to be done. */
    @FunctionalInterface
    public interface Work<T> {
        T run() throws IOException;
    }

    private Unprivileged() {}

    /** Does {@code work} on a thread of its own and waits for it; what that throws is thrown here. */
    public static void run(final String name, final Keep keep, final Runnable work) throws IOException {
        call(name, keep, () -> {
            work.run();
            return true;
        });
    }

    /** The same of work that has a result. */
    public static <T> T call(final String name, final Keep keep, final Work<T> work) throws IOException {
        final CompletableFuture<T> result = new CompletableFuture<>();
        daemon(name, () -> {
            try {
                keepOnly(keep.capabilities);
                result.complete(work.run());
            } catch (final IOException | RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        return await(result);
    }

    /**
     * Starts a thread that has given up what it does not keep before it does anything; it ends with the process.
     *
     * @throws LinuxException when a filter of system calls is in the way: then there is no such thread
     */
    public static Thread start(final String name, final Keep keep, final Runnable body) throws LinuxException {
        final CompletableFuture<Boolean> begun = new CompletableFuture<>();
        final Thread thread = daemon(name, () -> {
            try {
                keepOnly(keep.capabilities);
            } catch (final LinuxException | RuntimeException | Error e) {
                begun.completeExceptionally(e);
                return;
            }
            begun.complete(true);
            body.run();
        });
        await(begun);
        return thread;
    }

    private static Thread daemon(final String name, final Runnable body) {
        final Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Throws what the other thread threw, as it is. */
    private static <T> T await(final CompletableFuture<T> result) {
        try {
            return result.join();
        } catch (final CompletionException e) {
            LangUtil.rethrowUnchecked(Objects.requireNonNull(e.getCause()));
            throw e;
        }
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
}
