package io.tcpreplayj.replay.tcp;

/** Takes segments from a session and puts them on the wire. */
@FunctionalInterface
public interface SegmentSink {
    /**
     * Sends one segment; {@code segment} is borrowed.
     *
     * @return false when there is no room now: the session keeps its state and offers the segment again at the next poll
     */
    boolean send(ClientSession session, SegmentOut segment);
}
