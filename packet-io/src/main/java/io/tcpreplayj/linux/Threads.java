package io.tcpreplayj.linux;

/** What {@link Thread} leaves to do. */
public final class Threads {
    private Threads() {}

    /** Waits for the thread's end, whatever interrupts: what it uses is closed behind that. The interrupt is kept. */
    public static void join(final Thread thread) {
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
}
