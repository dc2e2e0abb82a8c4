package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedException;
import java.nio.ByteBuffer;

/**
 * What a host that captures counts, in each heartbeat.
 *
 * @param captured packets so far
 * @param lost of those, the ones that will never be sent
 */
record RelayCounts(long captured, long lost) {
    static final int BYTES = Long.BYTES * 2;

    void encode(final ByteBuffer out) {
        out.putLong(captured).putLong(lost);
    }

    static RelayCounts decode(final ByteBuffer in) throws FeedException {
        final RelayCounts counts = new RelayCounts(in.getLong(), in.getLong());
        if (counts.lost < 0 || counts.lost > counts.captured) {
            throw new FeedException(counts.lost + " lost of " + counts.captured);
        }
        return counts;
    }
}
