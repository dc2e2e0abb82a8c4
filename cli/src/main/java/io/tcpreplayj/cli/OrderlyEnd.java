package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import java.util.function.IntPredicate;

/** How signals end a capture: the first one in order; the second stops what is still being replayed, the next one the process. */
final class OrderlyEnd {
    private final IntPredicate stop;
    private final Runnable tell;
    private volatile int signal;
    private volatile boolean isStopping;

    /**
     * @param stop stops at once what goes on behind the capture, and returns whether there was anything; is given the signal
     * @param tell says what the first one does
     */
    OrderlyEnd(final IntPredicate stop, final Runnable tell) {
        this.stop = stop;
        this.tell = tell;
    }

    /** On the thread of signals. */
    void interrupt(final int number) {
        if (signal != 0 && !isStopping && stop.test(number)) {
            isStopping = true;
            return;
        }
        if (signal != 0) {
            Runtime.getRuntime().halt(ExitCode.ofSignal(number));
        }
        signal = number;
        tell.run();
    }

    boolean isAsked() {
        return signal != 0;
    }

    /** The first one's number, or 0. */
    int signal() {
        return signal;
    }
}
