package io.tcpreplayj.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.linux.Clock;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.SteadyClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;

/**
 * Times of captured packets as if nobody had set the clock that the kernel stamps them by: a gap stays as long as it was, and
 * whoever replays them is neither an hour late nor an hour early. The clock is looked at when stamps jump, and with the first
 * packet of a batch. A packet was stamped before it is read, and not long before; where the clock was set, that tells
 * stamps of before from those behind it.
 */
final class CaptureClock {
    private static final long MS = 1_000_000;
    /** Less is how exactly two clocks can be compared: no step. */
    private static final long LEAST_STEP_NS = MS;

    /** Within one batch, stamps further apart than that are looked at. */
    private static final long JUMP_NS = 10 * MS;

    /** So long after a step some may come that were stamped before it: packets lie in several queues. */
    private static final long STRAGGLERS_NS = 1_000 * MS;

    private final LongSupplier steady;
    private final LongSupplier stamping;
    private long aheadNs;
    private long aheadBeforeNs;
    private long setNs = Long.MIN_VALUE;
    private long lastNs;
    private boolean isToLook = true;
    private long steps;

    /**
     * @param steady nobody sets it
     * @param stamping the same at first, and set now and then
     */
    CaptureClock(final LongSupplier steady, final LongSupplier stamping) {
        this.steady = steady;
        this.stamping = stamping;
    }

    /** Of this machine. */
    static CaptureClock real() {
        final Clock kernels = new Clock();
        return new CaptureClock(SteadyClock::nowNs, () -> {
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

    /** By how much it is ahead of the times that packets get here. */
    long aheadNs() {
        return aheadNs;
    }

    /** How it stands to the times that packets get here, for people. */
    String words() {
        if (Math.abs(aheadNs) < LEAST_STEP_NS) {
            return "as the times of packets";
        }
        return Human.duration((Math.abs(aheadNs) + MS / 2) / MS * MS) + (aheadNs > 0 ? " ahead of" : " behind")
                + " the times of packets";
    }

    /** What became of it, for people. */
    String summary() {
        return "set " + Human.count(steps, "time") + ", now " + words();
    }

    /** The same as a member of a JSON object. */
    void write(final JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("clock");
        json.writeNumberField("steps", steps);
        json.writeNumberField("aheadNs", aheadNs);
        json.writeEndObject();
    }

    /** Before packets that are read at once: anything may have happened since the last ones. */
    void onBatch() {
        isToLook = true;
    }

    /** When a packet came that is being read now. */
    long steadyNs(final long stampNs) {
        final boolean jumps = Math.abs(stampNs - lastNs) > JUMP_NS;
        lastNs = stampNs;
        return isToLook || jumps ? look(stampNs) : stampNs - aheadNs;
    }

    private long look(final long stampNs) {
        final long fromNs = steady.getAsLong();
        final long stampingNs = stamping.getAsLong();
        final long nowNs = steady.getAsLong();
        final long ageNs = nowNs + aheadNs - stampNs;
        // Where this thread was held up in between, it is looked again at the next packet.
        isToLook = nowNs - fromNs >= LEAST_STEP_NS / 2;
        final long seenNs = stampingNs - (fromNs + (nowNs - fromNs) / 2);
        if (!isToLook && Math.abs(seenNs - aheadNs) >= LEAST_STEP_NS && isLikelier(nowNs + seenNs - stampNs, ageNs)) {
            aheadBeforeNs = aheadNs;
            aheadNs = seenNs;
            setNs = nowNs;
            steps++;
        } else if (nowNs - STRAGGLERS_NS < setNs && isLikelier(nowNs + aheadBeforeNs - stampNs, ageNs)) {
            return stampNs - aheadBeforeNs;
        }
        return stampNs - aheadNs;
    }

    /** Nothing is read before it is stamped, and what is read was stamped a moment ago. */
    private static boolean isLikelier(final long ageNs, final long thanNs) {
        return ageNs > -LEAST_STEP_NS && (thanNs <= -LEAST_STEP_NS || ageNs < thanNs);
    }
}
