package io.tcpreplayj.replay.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the ends of HTTP/1.x messages in one direction of a connection (RFC 9112). Keeps the beginning of one line at a
 * time, nothing of the bodies; no allocation after construction. What it cannot follow, it says so, for good.
 */
final class HttpScanner {
    /** Why {@link #scan} returned. */
    enum Event {
        /** The bytes ran out. */
        MORE,
        /** A head is over: {@link #startBody} must be called. */
        HEAD,
        /** A message is over. */
        END,
        /** Not HTTP/1.x, or no longer. */
        LOST
    }

    private enum State {
        START_LINE,
        FIELD_LINE,
        AWAIT_BODY,
        BODY,
        BODY_UNTIL_CLOSE,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILER,
        LOST
    }

    /** Longer lines are cut: names and values that matter are shorter. */
    private static final int LINE_BYTES = 192;

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long TOP_BITS = ONES << 7;
    private static final long LINE_FEEDS = ONES * '\n';

    private static final byte[] VERSION = ascii("HTTP/1.");
    private static final byte[] CONTENT_LENGTH = ascii("content-length:");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding:");
    private static final byte[] CHUNKED = ascii("chunked");
    private static final byte[] HEAD = ascii("HEAD ");
    private static final byte[] CONNECT = ascii("CONNECT ");

    private final byte[] line = new byte[LINE_BYTES];
    private int lineLength;
    private State state = State.START_LINE;
    private int status;
    private boolean head;
    private boolean connect;
    private boolean coded;
    private boolean chunked;
    private long contentLength;
    private long bodyLeft;
    private int offset;

    /** Scans from {@code from} to {@code to}, absolute, up to the next event; {@link #offset()} tells how far it came. */
    Event scan(final ByteBuffer buffer, final int from, final int to) {
        offset = from;
        while (offset < to && state != State.LOST) {
            switch (state) {
                case BODY, CHUNK_DATA -> {
                    final long skipped = Math.min(bodyLeft, to - offset);
                    offset += (int) skipped;
                    if (skipBody(skipped)) {
                        return Event.END;
                    }
                }
                case BODY_UNTIL_CLOSE -> offset = to;
                default -> {
                    if (!takeLine(buffer, to)) {
                        return Event.MORE;
                    }
                    final Event event = endLine();
                    lineLength = 0;
                    if (event != Event.MORE) {
                        return event;
                    }
                }
            }
        }
        return state == State.LOST ? Event.LOST : Event.MORE;
    }

    int offset() {
        return offset;
    }

    /** A message's first line is over, and its head is not. */
    boolean inHead() {
        return state == State.FIELD_LINE;
    }

    /** Passes over bytes that nobody saw: harmless within a body, otherwise the thread is lost. True at a message's end. */
    boolean skip(final long bytes) {
        if (state == State.BODY_UNTIL_CLOSE) {
            return false;
        }
        if ((state == State.BODY || state == State.CHUNK_DATA) && bytes <= bodyLeft) {
            return skipBody(bytes);
        }
        state = State.LOST;
        return false;
    }

    void lose() {
        state = State.LOST;
    }

    boolean lost() {
        return state == State.LOST;
    }

    /** Of a response's head: 100 to 599; of a request's: 0. */
    int status() {
        return status;
    }

    /** Whether the request's method is HEAD. */
    boolean isHead() {
        return head;
    }

    /** Whether the request's method is CONNECT. */
    boolean isConnect() {
        return connect;
    }

    /** Whether the body comes in chunks, each with a length of its own. */
    boolean isChunked() {
        return chunked;
    }

    /** What is yet to come of the body, or of its chunk, by what the head, or the chunk, says. */
    long bodyLeft() {
        return bodyLeft;
    }

    /**
     * Goes on behind a head.
     *
     * @param none whatever the head says, no body follows (RFC 9112 6.3, rules 1 and 2)
     * @param untilClose what has no length goes on to the connection's end: a response, not a request
     * @return whether the message is over already
     */
    boolean startBody(final boolean none, final boolean untilClose) {
        final boolean lengthless = !coded && contentLength < 0;
        if (none || (lengthless && !untilClose) || (!coded && contentLength == 0)) {
            state = State.START_LINE;
            return true;
        }
        if (chunked) {
            state = State.CHUNK_SIZE;
        } else if (coded || lengthless) {
            // RFC 9112 6.3 rule 4: a request whose last coding is not chunked has no end that anyone could find.
            state = untilClose ? State.BODY_UNTIL_CLOSE : State.LOST;
        } else {
            state = State.BODY;
            bodyLeft = contentLength;
        }
        return false;
    }

    private boolean skipBody(final long bytes) {
        bodyLeft -= bytes;
        if (bodyLeft > 0) {
            return false;
        }
        final boolean ends = state == State.BODY;
        state = ends ? State.START_LINE : State.CHUNK_END;
        return ends;
    }

    /** Takes bytes up to a line's end; false when it has not come yet. */
    private boolean takeLine(final ByteBuffer buffer, final int to) {
        final int end = lineFeed(buffer, offset, to);
        final int kept = Math.min(end - offset, LINE_BYTES - lineLength);
        buffer.get(offset, line, lineLength, kept);
        lineLength += kept;
        final boolean ended = end < to;
        offset = ended ? end + 1 : to;
        return ended;
    }

    /** Where the next line feed is, or {@code to}; eight bytes at a look, for this is most of a head's cost. */
    private static int lineFeed(final ByteBuffer buffer, final int from, final int to) {
        int at = from;
        while (to - at >= Long.BYTES && !hasZeroByte(buffer.getLong(at) ^ LINE_FEEDS)) {
            at += Long.BYTES;
        }
        while (at < to && buffer.get(at) != '\n') {
            at++;
        }
        return at;
    }

    /** Taking 1 from each byte sets a top bit that was not set before only where a byte was zero. */
    private static boolean hasZeroByte(final long word) {
        return (word - ONES & ~word & TOP_BITS) != 0;
    }

    private Event endLine() {
        if (lineLength > 0 && line[lineLength - 1] == '\r') {
            lineLength--;
        }
        switch (state) {
            case START_LINE -> startLine();
            case FIELD_LINE -> {
                if (lineLength == 0) {
                    state = State.AWAIT_BODY;
                    return Event.HEAD;
                }
                fieldLine();
            }
            case CHUNK_SIZE -> chunkSize();
            case CHUNK_END -> state = lineLength == 0 ? State.CHUNK_SIZE : State.LOST;
            case TRAILER -> {
                if (lineLength == 0) {
                    state = State.START_LINE;
                    return Event.END;
                }
            }
            default -> throw new IllegalStateException("startBody() was not called in state " + state);
        }
        return state == State.LOST ? Event.LOST : Event.MORE;
    }

    private void startLine() {
        if (lineLength == 0) {
            // RFC 9112 2.2: an empty line before the start-line is ignored.
            return;
        }
        status = 0;
        coded = false;
        chunked = false;
        contentLength = -1;
        if (startsWith(VERSION)) {
            status = lineLength < 12 ? -1 : (int) number(9, 12, 10);
            state = status < 100 ? State.LOST : State.FIELD_LINE;
            return;
        }
        head = startsWith(HEAD);
        connect = startsWith(CONNECT);
        state = line[0] >= 'A' && line[0] <= 'Z' ? State.FIELD_LINE : State.LOST;
    }

    private void fieldLine() {
        if (startsWithIgnoringCase(CONTENT_LENGTH)) {
            final long value = number(valueFrom(CONTENT_LENGTH.length), valueTo(), 10);
            if (value < 0 || (contentLength >= 0 && contentLength != value)) {
                state = State.LOST;
            }
            contentLength = value;
        } else if (startsWithIgnoringCase(TRANSFER_ENCODING)) {
            coded = true;
            // RFC 9112 6.1: chunked, when present, is the last coding.
            chunked = endsWithIgnoringCase(CHUNKED);
        }
    }

    private void chunkSize() {
        int to = 0;
        while (to < lineLength && Character.digit(line[to], 16) >= 0) {
            to++;
        }
        bodyLeft = number(0, to, 16);
        if (bodyLeft < 0) {
            state = State.LOST;
        } else {
            state = bodyLeft == 0 ? State.TRAILER : State.CHUNK_DATA;
        }
    }

    /** The digits in [from, to) as a number, or -1 when there are none, too many or others. */
    private long number(final int from, final int to, final int radix) {
        if (from >= to || to - from > 15) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            final int digit = Character.digit(line[i], radix);
            if (digit < 0) {
                return -1;
            }
            value = value * radix + digit;
        }
        return value;
    }

    private int valueFrom(final int from) {
        int i = from;
        while (i < lineLength && (line[i] == ' ' || line[i] == '\t')) {
            i++;
        }
        return i;
    }

    private int valueTo() {
        int i = lineLength;
        while (i > 0 && (line[i - 1] == ' ' || line[i - 1] == '\t')) {
            i--;
        }
        return i;
    }

    private boolean startsWith(final byte[] prefix) {
        return lineLength >= prefix.length && Arrays.equals(line, 0, prefix.length, prefix, 0, prefix.length);
    }

    private boolean startsWithIgnoringCase(final byte[] prefix) {
        return matchesIgnoringCase(0, prefix);
    }

    private boolean endsWithIgnoringCase(final byte[] suffix) {
        return matchesIgnoringCase(valueTo() - suffix.length, suffix);
    }

    private boolean matchesIgnoringCase(final int from, final byte[] lower) {
        if (from < 0 || lineLength - from < lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            final byte b = line[from + i];
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lower[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
