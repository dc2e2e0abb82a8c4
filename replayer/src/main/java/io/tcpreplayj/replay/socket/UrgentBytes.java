package io.tcpreplayj.replay.socket;

import io.tcpreplayj.flow.ClientEvents;
import java.util.Arrays;

/**
 * Which bytes of a client's stream were urgent: a receiver takes them out of the stream (unless it asked for
 * SO_OOBINLINE), so sending them as ordinary bytes would change what it reads.
 */
final class UrgentBytes {
    private static final long[] NONE = {};

    private final ClientEvents events;
    /** Of the rows before {@link #rowsKnown}, in order, each once. */
    private long[] offsets = NONE;

    private int rowsKnown;
    private long knownBytes;
    private int next;

    UrgentBytes(final ClientEvents events) {
        this.events = events;
    }

    /** The first urgent byte at or behind a stream offset, which never goes back; MAX_VALUE when none follows. */
    long from(final long offset) {
        for (; rowsKnown < events.size(); rowsKnown++) {
            if ((events.flags(rowsKnown) & ClientEvents.URG) != 0 && events.urgent(rowsKnown) > 0) {
                // RFC 6093 3.4: senders let the pointer show one byte behind the last urgent one.
                insert(knownBytes + events.urgent(rowsKnown) - 1);
            }
            knownBytes += events.length(rowsKnown);
        }
        while (next < offsets.length && offsets[next] < offset) {
            next++;
        }
        return next < offsets.length ? offsets[next] : Long.MAX_VALUE;
    }

    private void insert(final long offset) {
        final int found = Arrays.binarySearch(offsets, offset);
        if (found >= 0) {
            return;
        }
        final int at = -1 - found;
        final long[] more = Arrays.copyOf(offsets, offsets.length + 1);
        System.arraycopy(offsets, at, more, at + 1, offsets.length - at);
        more[at] = offset;
        offsets = more;
    }
}
