package io.tcpreplayj.replay.tcp;

import java.nio.ByteBuffer;

/** Sees the server's stream in order, for the judge and for message framing. */
public interface ResponseBytes {
    /**
     * The next bytes of the server's stream, in order; borrowed.
     *
     * @param length stream bytes; {@code available} of them are in {@code buffer} from {@code offset} on (fewer when the
     *     tap cut the packet, 0 when the bytes came out of order and were not kept)
     */
    void onResponseBytes(ByteBuffer buffer, int offset, int length, int available, long nowNs);
}
