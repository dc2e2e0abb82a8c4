package io.tcpreplayj.replay.judge;

import io.tcpreplayj.replay.ReplayResult;
import org.HdrHistogram.Histogram;

/**
 * The run's histograms, nanoseconds, three significant digits, up to an hour (longer counts as an hour). No allocation
 * when recording; not thread-safe.
 */
public final class LatencyRecorder {
    static final long MAX_NS = 3_600_000_000_000L;

    private final Histogram recorded = new Histogram(MAX_NS, 3);
    private final Histogram replayed = new Histogram(MAX_NS, 3);
    private final Histogram service = new Histogram(MAX_NS, 3);
    private final Histogram lag = new Histogram(MAX_NS, 3);
    private final Histogram behind = new Histogram(MAX_NS, 3);

    /** A request left; the lag is how late that was. */
    public void onRequestSent(final long dueNs, final long sentNs) {
        record(lag, sentNs - dueNs);
    }

    /** A request left that was captured while the run goes on; both times by the replay clock. */
    public void onReplayed(final long capturedNs, final long sentNs) {
        record(behind, sentNs - capturedNs);
    }

    /** How far requests left behind their capture; nothing was measured where the capture is a file. */
    public ReplayResult.Percentiles behind() {
        return percentiles(behind);
    }

    /** The same, those of another one counted in. */
    public ReplayResult.Percentiles behind(final LatencyRecorder beside) {
        final Histogram both = behind.copy();
        both.add(beside.behind);
        return percentiles(both);
    }

    /**
     * An answer came whole.
     *
     * @param recordedNs what the captured server took from the request's last byte to the answer's, or -1 when unknown
     */
    public void onAnswer(final long dueNs, final long sentNs, final long lastByteNs, final long recordedNs) {
        record(replayed, lastByteNs - dueNs);
        record(service, lastByteNs - sentNs);
        if (recordedNs >= 0) {
            record(recorded, recordedNs);
        }
    }

    public ReplayResult.Latency latency() {
        return new ReplayResult.Latency(percentiles(recorded), percentiles(replayed), percentiles(service));
    }

    public ReplayResult.Lag lag() {
        return new ReplayResult.Lag(lag.getValueAtPercentile(50), lagP99Ns(), lag.getMaxValue());
    }

    /** Exchanges whose last byte left so far. */
    public long requestsSent() {
        return lag.getTotalCount();
    }

    /** 99 of 100 requests left at most so late, ns; 0 before the first. */
    public long lagP99Ns() {
        return lag.getValueAtPercentile(99);
    }

    static void record(final Histogram histogram, final long ns) {
        histogram.recordValue(Math.min(Math.max(0, ns), MAX_NS));
    }

    static ReplayResult.Percentiles percentiles(final Histogram h) {
        return new ReplayResult.Percentiles(
                h.getTotalCount(),
                h.getValueAtPercentile(50),
                h.getValueAtPercentile(90),
                h.getValueAtPercentile(99),
                h.getValueAtPercentile(99.9),
                h.getMaxValue());
    }
}
