package io.tcpreplayj.replay;

import io.tcpreplayj.replay.script.GrowingScript;

/** A flow that is being captured, or was until a moment ago, and the sessions of its copies that are not over. */
final class LiveFlow {
    final GrowingScript script;
    final int[] copies;
    int left;
    /** Nothing more will be heard of the flow. */
    boolean over;
    /** What {@link LiveMemory} counts for it. */
    long charged;

    LiveFlow(final GrowingScript script, final int[] copies) {
        this.script = script;
        this.copies = copies;
        left = copies.length;
    }
}
