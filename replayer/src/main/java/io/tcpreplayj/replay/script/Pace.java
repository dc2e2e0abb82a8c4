package io.tcpreplayj.replay.script;

/**
 * How time and waiting are scaled.
 *
 * @param speed 2.0 is twice as fast; {@link Double#POSITIVE_INFINITY} removes all think time
 * @param responseTimeoutNs after so long without a byte of an expected answer, the exchange counts as timed out and the
 *     next request is released
 */
public record Pace(double speed, long responseTimeoutNs) {
    /** Think time at replay speed, ns. */
    public long scale(final long capturedNs) {
        return (long) (capturedNs / speed);
    }
}
