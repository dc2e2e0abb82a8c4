package io.tcpreplayj.replay;

import io.tcpreplayj.replay.script.ScriptNeeds;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;

/** What flows hold in memory that are replayed while they are captured, each until it and its sessions are over. */
final class LiveMemory {
    /** In flows that hold less there is nothing to be freed that is worth it. */
    private static final long FREED_BYTES = 8_192;

    private final long mostBytes;
    private final ScriptNeeds needs = new ScriptNeeds();
    private final Set<LiveFlow> holders = new HashSet<>();
    private long heldBytes;

    /** Knows what of a flow is needed still. */
    @FunctionalInterface
    interface Keeper {
        void needs(LiveFlow flow, ScriptNeeds needs);
    }

    LiveMemory(final long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** The flow holds more than before, or the same. */
    void charge(final LiveFlow flow) {
        recount(flow);
        holders.add(flow);
    }

    void discharge(final LiveFlow flow) {
        holders.remove(flow);
        heldBytes -= flow.charged;
        flow.charged = 0;
    }

    /** Has flows let go of what has reached their targets. */
    void free(final Keeper keeper) {
        for (final LiveFlow flow : holders) {
            if (flow.charged > FREED_BYTES) {
                free(flow, keeper);
            }
        }
    }

    /** Has this one do so. */
    void free(final LiveFlow flow, final Keeper keeper) {
        needs.clear();
        keeper.needs(flow, needs);
        flow.script.forget(needs);
        recount(flow);
    }

    private void recount(final LiveFlow flow) {
        final long bytes = flow.script.heldBytes();
        heldBytes += bytes - flow.charged;
        flow.charged = bytes;
    }

    /** Whether it is time to look for what may go. */
    boolean isHalfFull() {
        return heldBytes > mostBytes / 2;
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
