package io.tcpreplayj.cli;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Memory for flows that are over and wait for the disk: one for all that a process captures. For any threads. */
final class WaitingRoom {
    /** Of the heap. */
    private static final int SHARE = 16;

    /** Who captures faster than the disk stores gains nothing by more. */
    private static final long MOST_BYTES = 1 << 30;

    private static final long LOOK_MS = 100;

    private final int bytes;
    /** In bytes; fair, or who needs much of it would never get it from those who need little. */
    private final Semaphore free;

    WaitingRoom(final int bytes) {
        this.bytes = bytes;
        free = new Semaphore(bytes, true);
    }

    static WaitingRoom ofHeap() {
        return new WaitingRoom((int) Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / SHARE));
    }

    /**
     * Waits for room; what is larger than all of it takes all of it.
     *
     * @param meanwhile done now and then while it waits
     * @return what is to be given back
     */
    int enter(final long wanted, final Runnable meanwhile) {
        final int taken = (int) Math.min(wanted, bytes);
        boolean interrupted = false;
        boolean entered = false;
        while (!entered) {
            try {
                entered = free.tryAcquire(taken, LOOK_MS, TimeUnit.MILLISECONDS);
                if (!entered) {
                    meanwhile.run();
                }
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return taken;
    }

    void leave(final int taken) {
        free.release(taken);
    }

    /** How much of it is taken, 0 to 1. */
    double fill() {
        return 1 - (double) free.availablePermits() / bytes;
    }
}
