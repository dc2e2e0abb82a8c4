package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Words;
import java.nio.ByteBuffer;

/**
 * Where the HTTP/1.x request messages of a client's stream begin (RFC 9112). Walks message by message; a line that is no
 * request line ends the walk, because a server closes there (RFC 9112 2.2), and so does what follows a tunnel or an
 * upgrade that the server agreed to.
 */
final class HttpRequests {
    /** Tells how the server's answer to the request at a position begins. */
    @FunctionalInterface
    interface Answers {
        /** First bytes of the answer; empty when none is known. */
        byte[] headOf(int position);
    }

    private static final int UNKNOWN_STATUS = 0;
    private static final int SWITCHING_PROTOCOLS = 101;

    private static final long LINE_FEEDS = 0x0a0a_0a0a_0a0a_0a0aL;
    private static final long LOW_BITS = 0x7f7f_7f7f_7f7f_7f7fL;

    private final ByteBuffer bytes;
    private final int length;
    private final Answers answers;
    private int next;
    private long contentLength;
    private boolean chunked;
    private boolean upgrade;

    /** @param bytes the stream from index 0 to the limit */
    HttpRequests(final ByteBuffer bytes, final Answers answers) {
        this.bytes = bytes;
        this.length = bytes.limit();
        this.answers = answers;
    }

    /** Position of the next request whose first line is whole, or -1 when no more come. */
    int nextRequest() {
        int begin = next;
        while (begin < length && (bytes.get(begin) == '\r' || bytes.get(begin) == '\n')) {
            begin++;
        }
        final int lineEnd = lineEnd(bytes, begin, length);
        if (lineEnd < 0 || !isRequestLine(bytes, begin, lineEnd)) {
            return -1;
        }
        final int body = readFields(lineEnd + 1);
        next = body < 0 || isTunnel(begin) ? length : endOfBody(body);
        return begin;
    }

    /** Index of the line feed that ends the line, or -1. RFC 9112 2.2: a lone LF may be taken for a line end. */
    static int lineEnd(final ByteBuffer bytes, final int from, final int length) {
        int i = from;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            // Line feeds become 0; then the highest bit of each byte says whether it is one (Hacker's Delight 6-1).
            final long word = Words.i64(bytes, i) ^ LINE_FEEDS;
            final long found = ~((word & LOW_BITS) + LOW_BITS | word | LOW_BITS);
            if (found != 0) {
                return i + (Long.numberOfLeadingZeros(found) >>> 3);
            }
        }
        while (i < length && bytes.get(i) != '\n') {
            i++;
        }
        return i < length ? i : -1;
    }

    /** "method SP request-target SP HTTP/1.DIGIT" (RFC 9112 3). */
    static boolean isRequestLine(final ByteBuffer bytes, final int from, final int lineFeed) {
        final int end = lineFeed > from && bytes.get(lineFeed - 1) == '\r' ? lineFeed - 1 : lineFeed;
        final int version = end - "HTTP/1.x".length();
        if (version < from + 4
                || bytes.get(version - 1) != ' '
                || bytes.get(end - 1) < '0'
                || bytes.get(end - 1) > '9') {
            return false;
        }
        if (!matchesIgnoringCase(bytes, version, end - 1, "http/1.")) {
            return false;
        }
        int at = from;
        while (at < version && isTokenByte(bytes.get(at))) {
            at++;
        }
        return at > from && bytes.get(at) == ' ' && at < version - 1;
    }

    /** Reads the field lines; returns where the body begins, or -1 when the head is not whole. */
    private int readFields(final int from) {
        contentLength = 0;
        chunked = false;
        upgrade = false;
        int at = from;
        while (true) {
            final int lineFeed = lineEnd(bytes, at, length);
            if (lineFeed < 0) {
                return -1;
            }
            final int end = lineFeed > at && bytes.get(lineFeed - 1) == '\r' ? lineFeed - 1 : lineFeed;
            if (end == at) {
                return lineFeed + 1;
            }
            readField(at, end);
            at = lineFeed + 1;
        }
    }

    private void readField(final int from, final int end) {
        // The three that matter begin like this; to look for the colon of every field took most of the time.
        final int first = bytes.get(from) | 0x20;
        if (first != 'c' && first != 't' && first != 'u') {
            return;
        }
        int colon = from;
        while (colon < end && bytes.get(colon) != ':') {
            colon++;
        }
        if (colon == end) {
            return;
        }
        if (matchesIgnoringCase(bytes, from, colon, "content-length")) {
            contentLength = decimal(colon + 1, end);
        } else if (matchesIgnoringCase(bytes, from, colon, "transfer-encoding")) {
            chunked = endsIgnoringCase(colon + 1, end, "chunked");
        } else if (matchesIgnoringCase(bytes, from, colon, "upgrade")) {
            upgrade = true;
        }
    }

    /** RFC 9112 6.3: chunked wins over Content-Length; without either a request has no body. */
    private int endOfBody(final int body) {
        return chunked ? endOfChunks(body) : (int) Math.min(length, body + contentLength);
    }

    private int endOfChunks(final int body) {
        int at = body;
        while (true) {
            final int lineFeed = lineEnd(bytes, at, length);
            if (lineFeed < 0) {
                return length;
            }
            final long size = hexadecimal(at, lineFeed);
            if (size < 0) {
                // Not a chunk: what follows cannot be told.
                return length;
            }
            at = lineFeed + 1;
            if (size == 0) {
                return endOfTrailers(at);
            }
            if (size >= length - at) {
                return length;
            }
            final int crlf = lineEnd(bytes, at + (int) size, length);
            if (crlf < 0) {
                return length;
            }
            at = crlf + 1;
        }
    }

    private int endOfTrailers(final int from) {
        final boolean wasUpgrade = upgrade;
        final int end = readFields(from);
        upgrade = wasUpgrade;
        return end < 0 ? length : end;
    }

    /** After CONNECT (2xx) or an upgrade (101) the bytes are another protocol's (RFC 9110 9.3.6 and 7.8). */
    private boolean isTunnel(final int begin) {
        final boolean connect = matchesIgnoringCase(bytes, begin, Math.min(length, begin + 8), "connect ");
        if (!connect && !upgrade) {
            return false;
        }
        final int status = status(answers.headOf(begin));
        return connect ? status == UNKNOWN_STATUS || status / 100 == 2 : status == SWITCHING_PROTOCOLS;
    }

    private static int status(final byte[] head) {
        if (head.length < 12 || !matchesIgnoringCase(ByteBuffer.wrap(head), 0, 7, "http/1.")) {
            return UNKNOWN_STATUS;
        }
        int status = 0;
        for (int i = 9; i < 12; i++) {
            if (head[i] < '0' || head[i] > '9') {
                return UNKNOWN_STATUS;
            }
            status = status * 10 + head[i] - '0';
        }
        return status;
    }

    private long decimal(final int from, final int end) {
        long value = 0;
        for (int i = from; i < end && value < Integer.MAX_VALUE; i++) {
            if (bytes.get(i) >= '0' && bytes.get(i) <= '9') {
                value = value * 10 + bytes.get(i) - '0';
            }
        }
        return value;
    }

    private long hexadecimal(final int from, final int end) {
        long value = 0;
        int at = from;
        while (at < end && value < Integer.MAX_VALUE) {
            final int digit = Character.digit(bytes.get(at), 16);
            if (digit < 0) {
                break;
            }
            value = value * 16 + digit;
            at++;
        }
        return at == from ? -1 : value;
    }

    private boolean endsIgnoringCase(final int from, final int end, final String word) {
        int trimmed = end;
        while (trimmed > from && (bytes.get(trimmed - 1) == ' ' || bytes.get(trimmed - 1) == '\t')) {
            trimmed--;
        }
        return trimmed - word.length() >= from && matchesIgnoringCase(bytes, trimmed - word.length(), trimmed, word);
    }

    private static boolean matchesIgnoringCase(
            final ByteBuffer bytes, final int from, final int end, final String word) {
        if (end - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            final int c = bytes.get(from + i);
            if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isTokenByte(final byte c) {
        return c > ' ' && c < 127;
    }
}
