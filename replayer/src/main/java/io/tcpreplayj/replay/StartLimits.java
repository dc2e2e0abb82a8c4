package io.tcpreplayj.replay;

/**
 * How fast sessions may begin, whatever the capture says: a replay must not become an attack on its target.
 *
 * @param open at the same time; {@link Integer#MAX_VALUE} for any number
 * @param gapNs from one start to the next, at least; 0 for none
 */
public record StartLimits(int open, long gapNs) {
    /** The same pace with another number at the same time. */
    StartLimits withOpen(final int other) {
        return new StartLimits(other, gapNs);
    }
}
