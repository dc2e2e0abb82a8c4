package io.tcpreplayj.replay.tcp;

/**
 * What is in flight: every segment that was sent and is not acknowledged, oldest first, as it was sent last. The scoreboard
 * of RFC 6675 3 with the time that RFC 8985 5.1 adds. Positions as in {@link SendSequence}. A ring that grows to the
 * largest flight of the connection and allocates nothing from then on.
 */
final class Flight {
    /** More segments than that are never in flight: it bounds the walk over the ring that an ACK may cost. */
    static final int MAX_SEGMENTS = 4096;

    private static final int INITIAL_CAPACITY = 4;

    /** The target holds it (SACK). */
    private static final int SACKED = 1;
    /** Taken for lost and not sent again yet. */
    private static final int LOST = 2;
    /** Sent more than once. */
    private static final int RETRANSMITTED = 4;

    private long[] ends = new long[INITIAL_CAPACITY];
    private long[] sentNs = new long[INITIAL_CAPACITY];
    private byte[] marks = new byte[INITIAL_CAPACITY];
    private int head;
    private int size;
    private long una;
    private long pipe;
    private int sacked;
    private int lost;

    /** Nothing is in flight, and what is sent next begins at {@code position}. */
    void startAt(final long position) {
        una = position;
    }

    boolean isEmpty() {
        return size == 0;
    }

    boolean isFull() {
        return size == MAX_SEGMENTS;
    }

    /** Segments in flight; 0 is the oldest. */
    int size() {
        return size;
    }

    /** Where segment {@code i} begins: what precedes it on the wire has been acknowledged or is segment {@code i - 1}. */
    long start(final int i) {
        return i == 0 ? una : ends[slot(i - 1)];
    }

    /** Behind the last position of segment {@code i}. */
    long end(final int i) {
        return ends[slot(i)];
    }

    /** When segment {@code i} left for the last time. */
    long sentNs(final int i) {
        return sentNs[slot(i)];
    }

    boolean isSacked(final int i) {
        return (marks[slot(i)] & SACKED) != 0;
    }

    boolean isLost(final int i) {
        return (marks[slot(i)] & LOST) != 0;
    }

    /** Segment {@code i} left more than once. */
    boolean isRetransmitted(final int i) {
        return (marks[slot(i)] & RETRANSMITTED) != 0;
    }

    /**
     * Positions that are on their way, as far as we know: neither held by the target nor taken for lost (RFC 6675 4,
     * SetPipe).
     */
    long pipe() {
        return pipe;
    }

    /** Segments that the target holds behind a hole. */
    int sackedSegments() {
        return sacked;
    }

    boolean hasLost() {
        return lost > 0;
    }

    /** A segment up to {@code end} left for the first time. */
    void add(final long end, final long nowNs) {
        if (size == ends.length) {
            grow();
        }
        pipe += end - (size == 0 ? una : ends[slot(size - 1)]);
        final int slot = slot(size++);
        ends[slot] = end;
        sentNs[slot] = nowNs;
        marks[slot] = 0;
    }

    /** Segment {@code i} left again. */
    void onRetransmitted(final int i, final long nowNs) {
        final int slot = slot(i);
        if ((marks[slot] & LOST) != 0) {
            lost--;
            pipe += length(i);
        }
        marks[slot] = (byte) ((marks[slot] & ~LOST) | RETRANSMITTED);
        sentNs[slot] = nowNs;
    }

    /** Segment {@code i} is taken for lost. */
    void markLost(final int i) {
        final int slot = slot(i);
        if ((marks[slot] & (LOST | SACKED)) == 0) {
            marks[slot] |= LOST;
            lost++;
            pipe -= length(i);
        }
    }

    /** The first segment from {@code from} on that waits to be sent again, or -1. */
    int firstLost(final int from) {
        if (lost > 0) {
            for (int i = from; i < size; i++) {
                if (isLost(i)) {
                    return i;
                }
            }
        }
        return -1;
    }

    /** Everything below {@code position} is acknowledged; {@code rack} hears of each segment that is news. */
    void ack(final long position, final Rack rack) {
        while (size > 0 && ends[head] <= position) {
            final int mark = marks[head];
            if ((mark & SACKED) == 0) {
                rack.onDelivered(sentNs[head], ends[head], (mark & RETRANSMITTED) != 0);
            } else {
                sacked--;
            }
            if ((mark & LOST) != 0) {
                lost--;
            } else if ((mark & SACKED) == 0) {
                pipe -= length(0);
            }
            una = ends[head];
            head = head + 1 & ends.length - 1;
            size--;
        }
        if (position > una) {
            if (size > 0 && (marks[head] & (LOST | SACKED)) == 0) {
                pipe -= position - una;
            }
            una = position;
        }
    }

    /**
     * The target holds what {@code blocks} say; {@code rack} hears of each segment that is news, in their order. A segment of
     * which the target holds a part only does not count as held.
     *
     * @return whether anything is news
     */
    boolean sack(final SackBlocks blocks, final Rack rack) {
        boolean news = false;
        for (int i = 0; i < size; i++) {
            final int slot = slot(i);
            if ((marks[slot] & SACKED) != 0 || !blocks.hold(start(i), ends[slot])) {
                continue;
            }
            if ((marks[slot] & LOST) != 0) {
                lost--;
            } else {
                pipe -= length(i);
            }
            rack.onDelivered(sentNs[slot], ends[slot], (marks[slot] & RETRANSMITTED) != 0);
            marks[slot] = (byte) ((marks[slot] & ~LOST) | SACKED);
            sacked++;
            news = true;
        }
        return news;
    }

    /** Nothing is taken for lost any more, but only late. */
    void forgetLosses() {
        for (int i = 0; lost > 0 && i < size; i++) {
            final int slot = slot(i);
            if ((marks[slot] & LOST) != 0) {
                marks[slot] &= ~LOST;
                lost--;
                pipe += length(i);
            }
        }
    }

    /** What the target said to hold is to be sent again like the rest: it may have changed its mind (RFC 2018 8). */
    void forgetSacks() {
        if (sacked == 0) {
            return;
        }
        for (int i = 0; i < size; i++) {
            final int slot = slot(i);
            if ((marks[slot] & SACKED) != 0) {
                marks[slot] &= ~SACKED;
                pipe += length(i);
            }
        }
        sacked = 0;
    }

    /** Cuts segment {@code i} in two at {@code position}: the path, or the target, takes smaller ones now. */
    void split(final int i, final long position) {
        if (size == ends.length) {
            grow();
        }
        for (int k = size; k > i; k--) {
            final int to = slot(k);
            final int from = slot(k - 1);
            ends[to] = ends[from];
            sentNs[to] = sentNs[from];
            marks[to] = marks[from];
        }
        size++;
        ends[slot(i)] = position;
        lost += isLost(i) ? 1 : 0;
        sacked += isSacked(i) ? 1 : 0;
    }

    private long length(final int i) {
        return end(i) - start(i);
    }

    private int slot(final int i) {
        return head + i & ends.length - 1;
    }

    private void grow() {
        final int capacity = 2 * ends.length;
        final long[] newEnds = new long[capacity];
        final long[] newSentNs = new long[capacity];
        final byte[] newMarks = new byte[capacity];
        for (int i = 0; i < size; i++) {
            final int slot = slot(i);
            newEnds[i] = ends[slot];
            newSentNs[i] = sentNs[slot];
            newMarks[i] = marks[slot];
        }
        ends = newEnds;
        sentNs = newSentNs;
        marks = newMarks;
        head = 0;
    }
}
