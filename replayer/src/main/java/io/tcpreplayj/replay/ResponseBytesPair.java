package io.tcpreplayj.replay;

import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Two who see the same stream, one after the other. */
record ResponseBytesPair(ResponseBytes first, ResponseBytes second) implements ResponseBytes {
    /** Whoever of the two is there, or null when nobody is. */
    static @Nullable ResponseBytes of(final @Nullable ResponseBytes first, final @Nullable ResponseBytes second) {
        if (first == null || second == null) {
            return first == null ? second : first;
        }
        return new ResponseBytesPair(first, second);
    }

    @Override
    public void onResponseBytes(
            final ByteBuffer buffer, final int offset, final int length, final int available, final long nowNs) {
        first.onResponseBytes(buffer, offset, length, available, nowNs);
        second.onResponseBytes(buffer, offset, length, available, nowNs);
    }
}
