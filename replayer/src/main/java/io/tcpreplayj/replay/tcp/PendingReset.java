package io.tcpreplayj.replay.tcp;

/** A RST that leaves before anything else. */
final class PendingReset {
    private boolean pending;
    private int seq;
    private int ack;
    private int flags;

    void queue(final int resetSeq, final int resetAck, final int resetFlags) {
        pending = true;
        seq = resetSeq;
        ack = resetAck;
        flags = resetFlags;
    }

    boolean pending() {
        return pending;
    }

    SegmentOut write(final SegmentFactory segments) {
        return segments.reset(seq, ack, flags);
    }

    void clear() {
        pending = false;
    }
}
