package io.tcpreplayj.replay.tcp;

/**
 * What to send again. Fast retransmit at the third duplicate ACK (RFC 5681 3.2); until everything is acknowledged that was
 * in flight when the loss was noticed, each partial ACK asks for the segment behind it (RFC 6582 3.2). A timeout collapses
 * to one segment in the same way.
 */
final class LossRecovery {
    private static final int DUPLICATE_ACKS = 3;
    private static final long NONE = -1;

    private long recover = NONE;
    private int duplicateAcks;
    private boolean wanted;

    void onDuplicateAck(final long nxt) {
        if (recover == NONE && ++duplicateAcks == DUPLICATE_ACKS) {
            begin(nxt);
        }
    }

    void onTimeout(final long nxt) {
        begin(nxt);
    }

    private void begin(final long nxt) {
        recover = nxt;
        duplicateAcks = 0;
        wanted = true;
    }

    /** SND.UNA moved. */
    void onAdvance(final long una) {
        duplicateAcks = 0;
        wanted = false;
        if (recover != NONE) {
            if (una >= recover) {
                recover = NONE;
            } else {
                wanted = true;
            }
        }
    }

    /** The first segment in flight is to be sent again. */
    boolean wanted() {
        return wanted;
    }

    void onRetransmitted() {
        wanted = false;
    }
}
