package io.tcpreplayj.intercept.feed;

import java.io.IOException;

/** The replayer's end of the intercept: the target's segments, from a tap in this process or from an intercept far away. */
public interface ResponseFeed extends AutoCloseable {
    /**
     * Hands over the segments that are there, without waiting.
     *
     * @return segments handed over, at most {@code limit}
     */
    int poll(ResponseHandler handler, int limit) throws IOException;

    /** Readable when something came. */
    int fd();

    /** Packets lost on the way from the tap to here, those with a wrong checksum included. */
    long drops();

    /** Whether segments that came now would be seen: only then may anything be sent. */
    default boolean isAlive() {
        return true;
    }

    /** Why no segment will come any more, for people; empty while some may. */
    default String ended() {
        return "";
    }

    @Override
    void close();
}
