package io.tcpreplayj.replay.script;

/**
 * How time and waiting are scaled.
 *
 * @param speed 2.0 is twice as fast; {@link Double#POSITIVE_INFINITY} removes all think time
 * @param responseTimeoutNs after so long without a byte of an expected answer, the exchange counts as timed out and the
 *     next request is released
 * @param gates what a client waits for before it sends on
 */
public record Pace(double speed, long responseTimeoutNs, GateMode gates) {
    /** With the usual gates, {@link GateMode#HYBRID}. */
    public Pace(final double speed, final long responseTimeoutNs) {
        this(speed, responseTimeoutNs, GateMode.HYBRID);
    }

    /** Think time at replay speed, ns. */
    public long scale(final long capturedNs) {
        return (long) (capturedNs / speed);
    }
}
