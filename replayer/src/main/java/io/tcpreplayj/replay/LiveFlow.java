package io.tcpreplayj.replay;

import io.tcpreplayj.replay.script.GrowingScript;

/** A flow that is being captured, or was until a moment ago, and the sessions of its copies that are not over. */
final class LiveFlow {
    final GrowingScript script;
    final int[] copies;
    int left;
    /** Copies that did not turn out to have no place: those that are in the books, or will be. */
    int counted;
    /** Nothing more will be heard of the flow. */
    boolean over;
    /** It goes on in the capture, and its sessions are over. */
    boolean passed;
    /** What {@link LiveMemory} counts for it. */
    long charged;

    LiveFlow(final GrowingScript script, final int[] copies) {
        this.script = script;
        this.copies = copies;
        left = copies.length;
        counted = copies.length;
    }
}
