package io.tcpreplayj.replay.protocol;

import java.nio.ByteBuffer;

/** Counts the HTTP/1.x requests that begin in a client's stream while it grows: each with its first line (RFC 9112 3). */
public final class RequestCount {
    private final HttpScanner scanner = new HttpScanner();
    private boolean counted;

    /** How many begin in the stream's next bytes, {@code from} to {@code to}, absolute. */
    public int onBytes(final ByteBuffer buffer, final int from, final int to) {
        int begun = 0;
        int at = from;
        while (at < to && !scanner.lost()) {
            final HttpScanner.Event event = scanner.scan(buffer, at, to);
            at = scanner.offset();
            if (event == HttpScanner.Event.HEAD) {
                begun += counted ? 0 : 1;
                counted = false;
                scanner.startBody(false, false);
            }
        }
        if (!counted && scanner.inHead()) {
            counted = true;
            begun++;
        }
        return begun;
    }
}
