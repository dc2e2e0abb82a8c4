package io.tcpreplayj.replay;

import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;

/** What flows hold in memory that are replayed while they are captured, each until it and its sessions are over. */
final class LiveMemory {
    private final long mostBytes;
    private final Set<LiveFlow> holders = new HashSet<>();
    private long heldBytes;

    LiveMemory(final long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** The flow holds more than before, or the same. */
    void charge(final LiveFlow flow) {
        final long bytes = flow.script.heldBytes();
        heldBytes += bytes - flow.charged;
        flow.charged = bytes;
        holders.add(flow);
    }

    void discharge(final LiveFlow flow) {
        holders.remove(flow);
        heldBytes -= flow.charged;
        flow.charged = 0;
    }

    /** Whether what is left is kept for flows that have begun. */
    boolean isShort() {
        return heldBytes > mostBytes - mostBytes / 4;
    }

    boolean isFull() {
        return heldBytes > mostBytes;
    }

    /** Who must go where memory is full, be it captured whole: whoever speaks next has not brought this about. */
    LiveFlow largest() {
        return Collections.max(holders, Comparator.comparingLong(flow -> flow.charged));
    }
}
