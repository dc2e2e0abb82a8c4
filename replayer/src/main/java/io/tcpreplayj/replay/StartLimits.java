package io.tcpreplayj.replay;

/**
 * How fast sessions may begin, whatever the capture says: a replay must not become an attack on its target.
 *
 * @param open at the same time; {@link Integer#MAX_VALUE} for any number
 * @param gapNs from one start to the next, at least; 0 for none
 * @param rampNs so long, from the beginning of the replay, the rate of starts grows evenly to what {@code gapNs} allows
 * @param lateNs whoever is later than that does not begin; {@link #BURST} when everybody does
 */
public record StartLimits(int open, long gapNs, long rampNs, long lateNs) {
    /** However late, as soon as it can. */
    public static final long BURST = Long.MAX_VALUE;

    /** However late they are. */
    public StartLimits(final int open, final long gapNs, final long rampNs) {
        this(open, gapNs, rampNs, BURST);
    }

    /** From the beginning as fast as ever. */
    public StartLimits(final int open, final long gapNs) {
        this(open, gapNs, 0);
    }

    /** The same pace with another number at the same time. */
    StartLimits withOpen(final int other) {
        return new StartLimits(other, gapNs, rampNs, lateNs);
    }

    /**
     * From a start at {@code nowNs} of the replay's clock to the next one, at least. In a ramp the rate at a time t is t / (ramp ·
     * gap), and one start is due when its integral has grown by one.
     */
    long gapNs(final long nowNs) {
        if (gapNs == 0 || nowNs >= rampNs) {
            return gapNs;
        }
        final double next = Math.sqrt((double) nowNs * nowNs + 2.0 * rampNs * gapNs);
        return Math.max(gapNs, (long) next - nowNs);
    }
}
