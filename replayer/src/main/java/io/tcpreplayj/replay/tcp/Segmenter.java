package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.script.ScriptCursor;

/**
 * Cuts the client's stream where the captured client did, and finer where the target's MSS demands it. What a captured
 * segment leaves over that way is not worth a segment while more stands behind it (RFC 9293 3.8.6.2.1): it is joined with
 * what follows.
 */
final class Segmenter {
    /** RFC 9293 3.7.1: what a peer takes that announced nothing. */
    private static final int DEFAULT_MSS_V4 = 536;

    private static final int DEFAULT_MSS_V6 = 1220;
    /** Linux TCP_MIN_SND_MSS, include/net/tcp.h: less is an attack on our packet rate. */
    private static final int MIN_MSS = 48;

    /** Linux net.ipv4.route.min_adv_mss. */
    private static final int LEAST_OFFERED_V4 = 256;
    /** Linux net.ipv6.route.min_adv_mss: RFC 8200 5 less the headers. */
    private static final int LEAST_OFFERED_V6 = 1220;

    private static final int IPV4_AND_TCP_HEADERS = 40;
    private static final int IPV6_AND_TCP_HEADERS = 60;

    private final Script script;
    private final ScriptCursor cursor;
    private final ClientEvents events;
    private final boolean v4;
    private int rowsKnown;
    private boolean urgent;
    private boolean finApart;
    private int pathMss;
    private int announcedMss;
    private int optionBytes;
    private int mss;

    /** {@code pathMss}: MTU less the headers of IP and TCP. */
    Segmenter(final Script script, final ScriptCursor cursor, final int pathMss, final boolean v4) {
        this.script = script;
        this.cursor = cursor;
        this.events = script.flow().events();
        this.pathMss = pathMss;
        this.v4 = v4;
    }

    /** Looks at the rows that were captured meanwhile; of a whole script, once at all of them. */
    void know() {
        for (; rowsKnown < events.size(); rowsKnown++) {
            final int row = rowsKnown;
            urgent |= (events.flags(row) & ClientEvents.URG) != 0;
            finApart |= row > 0 && events.kind(row) == ClientEvents.FIN && events.sentNs(row) > events.sentNs(row - 1);
        }
    }

    /**
     * Both SYNs are known.
     *
     * @param peerMss as announced, or -1
     * @param bytes of options that every segment carries (RFC 6691: the MSS does not count them)
     */
    void negotiated(final int peerMss, final int bytes) {
        announcedMss = peerMss < 0 ? (v4 ? DEFAULT_MSS_V4 : DEFAULT_MSS_V6) : peerMss;
        optionBytes = bytes;
        pathMss(pathMss);
    }

    /** The path takes packets of {@code bytes} now, less the headers of IP and TCP. */
    void pathMss(final int bytes) {
        pathMss = bytes;
        mss = Math.max(MIN_MSS, Math.min(announcedMss, pathMss)) - optionBytes;
    }

    boolean v4() {
        return v4;
    }

    /** Bytes of the headers of IP and TCP without options. */
    int headers() {
        return headers(v4);
    }

    static int headers(final boolean v4) {
        return v4 ? IPV4_AND_TCP_HEADERS : IPV6_AND_TCP_HEADERS;
    }

    /** What a SYN of ours offers at most, for an interface that takes packets of {@code mtu} bytes. */
    static int offeredMss(final int mtu, final boolean v4) {
        return Math.max(v4 ? LEAST_OFFERED_V4 : LEAST_OFFERED_V6, mtu - headers(v4));
    }

    /** Bytes of the options that every segment carries. */
    int optionBytes() {
        return optionBytes;
    }

    /** Bytes of the client's stream, as far as it is known. */
    long streamLength() {
        return script.clientLength();
    }

    /** Payload bytes of a full segment. */
    int mss() {
        return mss;
    }

    /**
     * Bytes of the segment that begins at stream offset {@code offset} when bytes below {@code limit} may be sent. In a window
     * of less than two segments what is left over is joined even behind the end of a write, or the window's right edge moves
     * by such rests for ever (a silly window, RFC 9293 3.8.6.2).
     *
     * @param window SND.WND
     */
    int length(final long offset, final long limit, final long window) {
        know();
        final long full = Math.min(limit, offset + mss);
        long end = cursor.segmentEnd(offset);
        while (end < full && !endsSegment(end, window)) {
            end = cursor.segmentEnd(end);
        }
        return (int) (Math.min(end, full) - offset);
    }

    /** Whether the captured segment's end is one here, too: it left whole, or a write ends there. */
    private boolean endsSegment(final long end, final long window) {
        // Urgent data of two segments do not fit one pointer.
        final boolean whole = end - cursor.segmentStart(end - 1) <= Math.min(mss, window);
        return whole || urgent || (window >= 2L * mss && cursor.pushAt(end));
    }

    boolean pushAt(final long end) {
        return cursor.pushAt(end);
    }

    /** The captured client's FIN was a segment of its own, as Linux sends it when all bytes have left before. */
    boolean finApart() {
        know();
        return finApart;
    }

    /** The urgent pointer of a segment that begins at {@code offset}, or 0 when it has none (RFC 9293 3.8.5). */
    int urgentPointer(final long offset) {
        if (!urgent) {
            return 0;
        }
        long start = 0;
        for (int row = 0; row < events.size() && start <= offset; row++) {
            final long end = start + events.length(row);
            final long up = start + events.urgent(row);
            if (offset < end && (events.flags(row) & ClientEvents.URG) != 0 && up > offset) {
                return (int) Math.min(up - offset, 0xffff);
            }
            start = end;
        }
        return 0;
    }
}
