package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;

/** The numbers of the segment that came last in a direction: one that has the same may be a copy of it. */
final class LastSegment {
    private boolean any;
    private int seq;
    private int ack;
    private int flagsAndWindow;

    /** Whether the segment has the numbers of the one before, which it takes the place of. */
    boolean isRepeatedBy(final PacketView view) {
        final int latest = view.segFlags() << 16 | view.segWnd();
        final boolean same = any && seq == view.segSeq() && ack == view.segAck() && flagsAndWindow == latest;
        any = true;
        seq = view.segSeq();
        ack = view.segAck();
        flagsAndWindow = latest;
        return same;
    }

    void freeze(final StateBuffer state) {
        state.putBoolean(any);
        state.putInt(seq);
        state.putInt(ack);
        state.putInt(flagsAndWindow);
    }

    /** Fills what has seen nothing yet. */
    void thaw(final StateBuffer state) {
        any = state.getBoolean();
        seq = state.getInt();
        ack = state.getInt();
        flagsAndWindow = state.getInt();
    }
}
