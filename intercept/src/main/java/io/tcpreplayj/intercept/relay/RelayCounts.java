package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedException;
import java.nio.ByteBuffer;

/**
 * What a host that captures counts, in each heartbeat.
 *
 * @param captured packets so far
 * @param lost of those, the ones that will never be sent
 * @param nowNs its clock, which its packets' times are of
 */
record RelayCounts(long captured, long lost, long nowNs) {
    static final int BYTES = Long.BYTES * 3;

    void encode(final ByteBuffer out) {
        out.putLong(captured).putLong(lost).putLong(nowNs);
    }

    static RelayCounts decode(final ByteBuffer in) throws FeedException {
        final RelayCounts counts = new RelayCounts(in.getLong(), in.getLong(), in.getLong());
        if (counts.lost < 0 || counts.lost > counts.captured || counts.nowNs < 0) {
            throw new FeedException(counts.lost + " lost of " + counts.captured + ", at " + counts.nowNs);
        }
        return counts;
    }
}
