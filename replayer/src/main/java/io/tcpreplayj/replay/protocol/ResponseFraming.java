package io.tcpreplayj.replay.protocol;

import io.tcpreplayj.replay.tcp.ResponseBytes;

/**
 * Counts the whole answers in a server's stream. The transport feeds it the bytes before it tells the
 * {@link io.tcpreplayj.replay.script.ScriptCursor} of them.
 */
public interface ResponseFraming extends ResponseBytes {
    /** Whether every byte so far was seen and understood; once false, false for ever, and bytes are counted instead. */
    boolean sure();

    /** Client bytes before this offset of the stream are not looked at any more. */
    default long neededFrom() {
        return Long.MAX_VALUE;
    }

    /** Answers that came whole; an interim answer (1xx) is none. */
    long completeResponses();
}
