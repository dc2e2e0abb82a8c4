package io.tcpreplayj.replay.socket;

import io.tcpreplayj.flow.ClientEvents;
import java.util.stream.IntStream;

/**
 * Which bytes of a client's stream were urgent: a receiver takes them out of the stream (unless it asked for
 * SO_OOBINLINE), so sending them as ordinary bytes would change what it reads.
 */
final class UrgentBytes {
    private final long[] offsets;
    private int next;

    UrgentBytes(final ClientEvents events) {
        final long[] starts = new long[events.size() + 1];
        for (int row = 0; row < events.size(); row++) {
            starts[row + 1] = starts[row] + events.length(row);
        }
        // RFC 6093 3.4: senders let the pointer show one byte behind the last urgent one.
        offsets = IntStream.range(0, events.size())
                .filter(row -> (events.flags(row) & ClientEvents.URG) != 0 && events.urgent(row) > 0)
                .mapToLong(row -> starts[row] + events.urgent(row) - 1)
                .sorted()
                .distinct()
                .toArray();
    }

    /** The first urgent byte at or behind a stream offset, which never goes back; MAX_VALUE when none follows. */
    long from(final long offset) {
        while (next < offsets.length && offsets[next] < offset) {
            next++;
        }
        return next < offsets.length ? offsets[next] : Long.MAX_VALUE;
    }
}
