package io.tcpreplayj.replay.protocol;

import io.tcpreplayj.replay.script.Script;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The methods of a script's HTTP/1.x requests, one after the other, as far as answers depend on them. Can read ahead of the
 * answers, so that the requests' bytes need not be kept until they come.
 */
final class RequestMethods {
    private static final byte OTHER = 0;
    private static final byte HEAD = 1;
    private static final byte CONNECT = 2;
    private static final int FIRST_AHEAD = 4;

    private final Script script;
    private final HttpScanner scanner = new HttpScanner();
    /** Where in the client's stream the scanner is. */
    private long offset;
    /** A ring of the requests that were read and not asked for. */
    private byte[] ahead = new byte[FIRST_AHEAD];

    private int next;
    private int count;
    private byte current = OTHER;

    RequestMethods(final Script script) {
        this.script = script;
    }

    /**
     * Moves on to the next request, whose head is read over.
     *
     * @return false when its method will never be known
     */
    boolean next() {
        if (count > 0) {
            current = ahead[next];
            next = (next + 1) % ahead.length;
            count--;
            return true;
        }
        scanHead();
        current = method();
        return !scanner.lost();
    }

    boolean isHead() {
        return current == HEAD;
    }

    boolean isConnect() {
        return current == CONNECT;
    }

    /** Reads all requests that are there; returns up to where that needs no byte any more. */
    long readAhead() {
        while (scanHead()) {
            if (count == ahead.length) {
                final byte[] longer = Arrays.copyOfRange(ahead, next, next + 2 * count);
                System.arraycopy(ahead, 0, longer, count - next, next);
                ahead = longer;
                next = 0;
            }
            ahead[(next + count) % ahead.length] = method();
            count++;
        }
        return scanner.lost() ? Long.MAX_VALUE : offset;
    }

    /** Moves the scanner over the next head, and over the body before it; false when the head is not there yet. */
    private boolean scanHead() {
        final ByteBuffer requests = script.clientBytes();
        final long start = script.clientStart();
        while (offset < start + requests.limit() && !scanner.lost()) {
            final HttpScanner.Event event = scanner.scan(requests, (int) (offset - start), requests.limit());
            offset = start + scanner.offset();
            if (event == HttpScanner.Event.HEAD) {
                scanner.startBody(false, false);
                return true;
            }
        }
        return false;
    }

    private byte method() {
        return scanner.isHead() ? HEAD : scanner.isConnect() ? CONNECT : OTHER;
    }
}
