package io.tcpreplayj.replay.protocol;

import io.tcpreplayj.replay.script.Script;
import java.nio.ByteBuffer;

/**
 * Counts whole HTTP/1.x responses (RFC 9112 6.3). It reads the script's requests along with them, because a response to
 * HEAD has no body whatever its head says.
 *
 * <p>Unsure, for good: behind 101 and behind a successful CONNECT, when bytes of a head were not seen, and when it is not
 * HTTP/1.x. A response that only the connection's end can end is never whole; the script goes on at the server's FIN.
 */
public final class HttpResponseFraming implements ResponseFraming {
    private final RequestMethods requests;
    private final HttpScanner scanner = new HttpScanner();
    private long complete;

    public HttpResponseFraming(final Script script) {
        requests = new RequestMethods(script);
    }

    @Override
    public boolean sure() {
        return !scanner.lost();
    }

    @Override
    public long completeResponses() {
        return complete;
    }

    @Override
    public void onResponseBytes(
            final ByteBuffer buffer, final int offset, final int length, final int available, final long nowNs) {
        int from = offset;
        final int to = offset + available;
        while (from < to && !scanner.lost()) {
            final HttpScanner.Event event = scanner.scan(buffer, from, to);
            from = scanner.offset();
            if (event == HttpScanner.Event.HEAD) {
                onHead();
            } else if (event == HttpScanner.Event.END) {
                complete++;
            }
        }
        if (available < length && scanner.skip(length - available)) {
            complete++;
        }
    }

    private void onHead() {
        final int status = scanner.status();
        if (status == 101 || status == 0) {
            scanner.lose();
            return;
        }
        if (status < 200) {
            // RFC 9110 15.2: interim; the answer to the same request is still to come.
            scanner.startBody(true, true);
            return;
        }
        if (!requests.next()) {
            // Whether this was HEAD is unknown from here on.
            scanner.lose();
        }
        if (requests.isConnect() && status < 300) {
            scanner.lose();
            return;
        }
        if (scanner.startBody(requests.isHead() || status == 204 || status == 304, true)) {
            complete++;
        }
    }

    /** Requests are read ahead, and what was read need not be kept. */
    @Override
    public long neededFrom() {
        return requests.readAhead();
    }
}
