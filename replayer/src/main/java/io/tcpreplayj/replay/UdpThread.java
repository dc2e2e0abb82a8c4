package io.tcpreplayj.replay;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.ThreadTuning;
import io.tcpreplayj.linux.Threads;
import io.tcpreplayj.linux.Unprivileged;
import org.agrona.LangUtil;
import org.jspecify.annotations.Nullable;

/** The thread of UDP conversations beside that of connections. */
final class UdpThread {
    private final Runnable work;
    private @Nullable Thread thread;
    private @Nullable Throwable failure;

    UdpThread(final Runnable work) {
        this.work = work;
    }

    /** @throws LinuxException when it would be one that administers this machine: then nothing begins */
    void start() throws LinuxException {
        thread = Unprivileged.start("udp", Unprivileged.Keep.FILES_AND_PORTS, this::run);
    }

    private void run() {
        try {
            ThreadTuning.setTimerSlackToMinimum();
        } catch (final LinuxException e) {
            // Timers are some 50 µs coarser then, which the lag shows.
        }
        try {
            work.run();
        } catch (final RuntimeException | Error e) {
            failure = e;
        }
    }

    /** Waits for its end, if it began. */
    void join() {
        if (thread != null) {
            Threads.join(thread);
        }
    }

    /** What ended it, where that was a fault; behind {@link #join}. */
    void rethrow() {
        if (failure != null) {
            LangUtil.rethrowUnchecked(failure);
        }
    }
}
