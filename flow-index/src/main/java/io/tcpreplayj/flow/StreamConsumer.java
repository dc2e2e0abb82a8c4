package io.tcpreplayj.flow;

/** Takes one direction's bytes in stream order, each position once. */
interface StreamConsumer {
    /**
     * The next bytes.
     *
     * @param position of the first byte; greater than the end of the bytes before only after {@link #onGap}
     * @param timeNs capture time of the first copy
     * @param ack position in the other direction that the segment acknowledged, {@link StreamAssembler#NO_ACK} without
     * @param control see {@link StreamAssembler#control}
     */
    void onBytes(long position, byte[] bytes, int offset, int length, long timeNs, long ack, int control);

    /** The positions {@code [from, to)} were sent, but are not in the capture. */
    void onGap(long from, long to);
}
