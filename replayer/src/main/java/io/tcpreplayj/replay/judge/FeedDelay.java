package io.tcpreplayj.replay.judge;

import io.tcpreplayj.replay.ReplayResult;
import org.HdrHistogram.Histogram;

/**
 * How long answers took from an intercept to their session. Two hosts' clocks are compared, so the figures are as good as these
 * agree; who seems to have come before it was seen counts as 0. No allocation when recording; not thread-safe.
 */
public final class FeedDelay {
    private final Histogram delays = new Histogram(LatencyRecorder.MAX_NS, 3);

    /** A segment is here; both times are ns since 1970, each by its own host. */
    public void onSegment(final long seenNs, final long nowNs) {
        LatencyRecorder.record(delays, nowNs - seenNs);
    }

    public ReplayResult.Percentiles percentiles() {
        return LatencyRecorder.percentiles(delays);
    }
}
