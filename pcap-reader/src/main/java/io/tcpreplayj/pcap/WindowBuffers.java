package io.tcpreplayj.pcap;

import java.nio.ByteBuffer;

/**
 * Where a reader goes on when the buffer it reads into is used up. Whoever hands out several may look at packets for longer
 * than the call that brought them.
 */
@FunctionalInterface
public interface WindowBuffers {
    /** What every buffer holds, direct and big-endian. */
    int CAPACITY = 1 << 20;

    /**
     * The buffer to go on in.
     *
     * @param used what the packets handed over so far lie in; the reader does not touch it any more, unless it is given back
     */
    ByteBuffer next(ByteBuffer used);
}
