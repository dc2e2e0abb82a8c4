package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;

/** Takes one direction's bytes in stream order, each position once. */
interface StreamConsumer {
    /**
     * The next bytes.
     *
     * @param position of the first byte; greater than the end of the bytes before only after {@link #onGap}
     * @param bytes only during this call; its position and limit mean nothing and may be changed
     * @param timeNs capture time of the first copy
     * @param ack position in the other direction that the segment acknowledged, {@link StreamAssembler#NO_ACK} without
     * @param control see {@link StreamAssembler#control}
     * @param digest see {@link PacketView#payloadDigest()}
     */
    void onBytes(
            long position, ByteBuffer bytes, int offset, int length, long timeNs, long ack, int control, long digest);

    /** The positions {@code [from, to)} were sent, but are not in the capture. */
    void onGap(long from, long to);
}
