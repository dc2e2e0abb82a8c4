package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.ClientEvents;

/** Finds captured segments by stream offset. Remembers the last one found: transmissions go forward, mostly. */
final class SegmentEnds {
    private final ClientEvents events;
    private int row;
    private long start;

    SegmentEnds(final ClientEvents events) {
        this.events = events;
    }

    /** End of the segment that holds {@code offset}; behind the last byte, the stream's end. */
    long endOf(final long offset) {
        seek(offset);
        return row < events.size() ? start + events.length(row) : start;
    }

    /** The row that holds {@code offset}, or the number of rows behind the last byte. */
    int rowOf(final long offset) {
        seek(offset);
        return row;
    }

    /** Begin of the segment that holds {@code offset}. */
    long startOf(final long offset) {
        seek(offset);
        return start;
    }

    boolean pushAt(final long endOffset) {
        if (endOffset <= 0) {
            return false;
        }
        seek(endOffset - 1);
        return row < events.size()
                && start + events.length(row) == endOffset
                && (events.flags(row) & ClientEvents.PSH) != 0;
    }

    /** Bytes of {@code count} rows from {@code first} on. */
    long bytes(final int first, final int count) {
        long bytes = 0;
        for (int i = first; i < first + count; i++) {
            bytes += events.length(i);
        }
        return bytes;
    }

    private void seek(final long offset) {
        while (row > events.first() && (row == events.size() || start > offset)) {
            row--;
            start -= events.length(row);
        }
        while (row < events.size() && start + events.length(row) <= offset) {
            start += events.length(row);
            row++;
        }
    }
}
