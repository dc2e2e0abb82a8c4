package io.tcpreplayj.replay.protocol;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Where in a client's whole stream its HTTP/1.x requests are, and in them their fields (RFC 9112). */
final class HttpRequests {
    private final ByteBuffer bytes;
    private final List<Request> requests = new ArrayList<>();
    /** From there on nobody knows what is a head: not HTTP/1.x, or no longer. */
    private int known;

    /**
     * One request; offsets in the stream.
     *
     * @param bodyFrom where its head ends
     * @param to where it ends; the stream's end when it is cut off
     * @param missing so many bytes of its body, or of a chunk, are behind the stream's end
     */
    record Request(int from, int bodyFrom, int to, boolean chunked, long missing) {}

    /** Called with the offsets of a field's value, without white space around it. */
    @FunctionalInterface
    interface ValueHandler {
        void onValue(int from, int to);
    }

    private HttpRequests(final ByteBuffer bytes) {
        this.bytes = bytes;
    }

    static HttpRequests of(final ByteBuffer bytes) {
        final HttpRequests found = new HttpRequests(bytes);
        found.scan();
        return found;
    }

    /** Of a stream in which none can be told. */
    static HttpRequests unknown(final ByteBuffer bytes) {
        return new HttpRequests(bytes);
    }

    List<Request> all() {
        return requests;
    }

    private void scan() {
        final HttpScanner scanner = new HttpScanner();
        final int end = bytes.limit();
        int bodyFrom = -1;
        int at = 0;
        while (at < end && !scanner.lost()) {
            final HttpScanner.Event event = scanner.scan(bytes, at, end);
            at = scanner.offset();
            final boolean headOver = event == HttpScanner.Event.HEAD;
            final boolean bodiless = headOver && scanner.startBody(false, false);
            bodyFrom = headOver ? at : bodyFrom;
            if (bodiless || event == HttpScanner.Event.END) {
                add(bodyFrom, at, scanner, 0);
                bodyFrom = -1;
            }
        }
        if (!scanner.lost() && known < end) {
            add(bodyFrom < 0 ? end : bodyFrom, end, scanner, bodyFrom < 0 ? 0 : scanner.bodyLeft());
        } else if (bodyFrom >= 0) {
            add(bodyFrom, bodyFrom, scanner, 0);
        }
    }

    private void add(final int bodyFrom, final int to, final HttpScanner scanner, final long missing) {
        requests.add(new Request(known, bodyFrom, to, scanner.isChunked(), missing));
        known = to;
    }

    /**
     * Tells each value of the field, together with the lines that continue it.
     *
     * @param name in small letters
     */
    void forEachValue(final Request request, final byte[] name, final ValueHandler handler) {
        int line = nextLine(firstLine(request), request.bodyFrom);
        while (line < request.bodyFrom) {
            int next = nextLine(line, request.bodyFrom);
            if (isField(line, next, name)) {
                // RFC 9112 5.2: a line that begins with white space goes on with the one before.
                while (next < request.bodyFrom && isBlank(bytes.get(next))) {
                    next = nextLine(next, request.bodyFrom);
                }
                int from = line + name.length + 1;
                while (from < next && isBlank(bytes.get(from))) {
                    from++;
                }
                handler.onValue(from, valueEnd(from, next));
            }
            line = next;
        }
    }

    /** Whether the rest of which nothing is known has a line that looks like the field. */
    boolean hasUnknown(final byte[] name) {
        int line = known;
        while (line < bytes.limit()) {
            final int next = nextLine(line, bytes.limit());
            if (isField(line, next, name)) {
                return true;
            }
            line = next;
        }
        return false;
    }

    /** RFC 9112 2.2: empty lines before a request are none of it. */
    private int firstLine(final Request request) {
        int at = request.from;
        while (at < request.bodyFrom && (bytes.get(at) == '\r' || bytes.get(at) == '\n')) {
            at++;
        }
        return at;
    }

    private int nextLine(final int from, final int end) {
        int at = from;
        while (at < end && bytes.get(at) != '\n') {
            at++;
        }
        return Math.min(end, at + 1);
    }

    private boolean isField(final int line, final int end, final byte[] name) {
        if (end - line <= name.length || bytes.get(line + name.length) != ':') {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            final byte b = bytes.get(line + i);
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private int valueEnd(final int from, final int end) {
        int to = end;
        while (to > from && (isBlank(bytes.get(to - 1)) || bytes.get(to - 1) == '\r' || bytes.get(to - 1) == '\n')) {
            to--;
        }
        return to;
    }

    private static boolean isBlank(final byte b) {
        return b == ' ' || b == '\t';
    }
}
