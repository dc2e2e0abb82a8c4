package io.tcpreplayj.cli;

import io.tcpreplayj.linux.Clock;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.SteadyClock;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;

/**
 * Times of captured packets as if nobody had set the clock that the kernel stamps them by: a gap stays as long as it was, and
 * whoever replays them is neither an hour late nor an hour early. The clock is looked at when stamps jump, and with the first
 * packet of a batch. A packet was stamped before it is read, and not long before; where the clock was set, that tells
 * stamps of before from those behind it.
 */
final class StampClock {
    private static final long MS = 1_000_000;
    /** Less is how exactly two clocks can be compared: no step. */
    static final long LEAST_STEP_NS = MS;

    /** Within one batch, stamps further apart than that are looked at. */
    private static final long JUMP_NS = 10 * MS;

    /** So long after a step some may come that were stamped before it: packets lie in several queues. */
    private static final long STRAGGLERS_NS = 1_000 * MS;

    /** A thread that is held up in between has to look again; hardly ever so often. */
    private static final int LOOKS = 8;

    private final LongSupplier steady;
    private final LongSupplier stamping;
    private long aheadNs;
    private long aheadBeforeNs;
    /** What the last look chose of the two: those behind it in the same queue were stamped by the same. */
    private long usedNs;

    private long setNs = Long.MIN_VALUE;
    private long lastNs;
    private boolean isToLook = true;
    private long steps;

    /**
     * @param steady nobody sets it
     * @param stamping the same at first, and set now and then
     */
    StampClock(final LongSupplier steady, final LongSupplier stamping) {
        this.steady = steady;
        this.stamping = stamping;
    }

    /** Of this machine. */
    static StampClock real() {
        final Clock kernels = new Clock();
        return new StampClock(SteadyClock::nowNs, () -> {
            try {
                return kernels.realtimeNs();
            } catch (final LinuxException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** How often the clock was set while packets came. */
    long steps() {
        return steps;
    }

    /** What became of the clock so far. */
    ClockSteps toSteps() {
        return new ClockSteps(steps, aheadNs);
    }

    /** Before packets that are read at once: anything may have happened since the last ones. */
    void onBatch() {
        isToLook = true;
    }

    /** When a packet came that is being read now. */
    long steadyNs(final long stampNs) {
        final boolean jumps = Math.abs(stampNs - lastNs) > JUMP_NS;
        lastNs = stampNs;
        if (isToLook || jumps) {
            look(stampNs);
        }
        return stampNs - usedNs;
    }

    private void look(final long stampNs) {
        long fromNs;
        long stampingNs;
        long nowNs;
        int looks = 0;
        do {
            fromNs = steady.getAsLong();
            stampingNs = stamping.getAsLong();
            nowNs = steady.getAsLong();
            looks++;
            isToLook = nowNs - fromNs >= LEAST_STEP_NS / 2;
        } while (isToLook && looks < LOOKS);
        final long seenNs = stampingNs - (fromNs + (nowNs - fromNs) / 2);
        final long ageNs = nowNs + aheadNs - stampNs;
        if (!isToLook && Math.abs(seenNs - aheadNs) >= LEAST_STEP_NS && isLikelier(nowNs + seenNs - stampNs, ageNs)) {
            aheadBeforeNs = aheadNs;
            aheadNs = seenNs;
            usedNs = seenNs;
            setNs = nowNs;
            steps++;
        } else {
            final boolean isStraggler =
                    nowNs - STRAGGLERS_NS < setNs && isLikelier(nowNs + aheadBeforeNs - stampNs, ageNs);
            usedNs = isStraggler ? aheadBeforeNs : aheadNs;
        }
    }

    /** Nothing is read before it is stamped, and what is read was stamped a moment ago. */
    private static boolean isLikelier(final long ageNs, final long thanNs) {
        return ageNs > -LEAST_STEP_NS && (thanNs <= -LEAST_STEP_NS || ageNs < thanNs);
    }
}
