package io.tcpreplayj.replay;

import java.util.function.BooleanSupplier;

/** How long nothing has been heard of any target, by looks some 50 ms apart. */
final class Hush {
    /** Much more than the time between two looks. */
    private static final long STALL_NS = 500_000_000L;

    private long timesHeard = -1;
    private long heardNs;
    private long lookedNs;

    /**
     * @param times as {@link Agent#timesHeard()}
     * @param excuse whether nobody is silent now: there is nobody, or nothing to say; only asked when nothing was heard
     * @return for so long, in ns; 0 where nobody counts
     */
    long look(final long times, final BooleanSupplier excuse, final long nowNs) {
        if (nowNs - lookedNs > STALL_NS) {
            // This process stood still, and what came meanwhile is still to be read.
            heardNs += nowNs - lookedNs;
        }
        lookedNs = nowNs;
        if (times < 0 || times != timesHeard || excuse.getAsBoolean()) {
            timesHeard = times;
            heardNs = nowNs;
        }
        return nowNs - heardNs;
    }
}
