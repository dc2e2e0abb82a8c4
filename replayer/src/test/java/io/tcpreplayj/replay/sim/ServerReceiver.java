package io.tcpreplayj.replay.sim;

import java.nio.ByteBuffer;

/** The receive side of the server. Positions count from the client's SYN: 0 is the SYN, 1 the first byte. */
final class ServerReceiver {
    private static final long NO_FIN = Long.MAX_VALUE;
    private static final int MAX_WINDOW_FIELD = 0xffff;

    private final Faults faults;
    private final ServerHabits habits;
    private final Conversation conversation;
    private final Ranges early = new Ranges();

    private int irs;
    private long nxt;
    private long edge;
    private long finAt = NO_FIN;
    private long newestStart;
    private long duplicateFrom = -1;
    private long duplicateTo;
    private static final int TINY_READS = 300;

    ServerReceiver(final Faults faults, final ServerHabits habits, final Conversation conversation) {
        this.faults = faults;
        this.habits = habits;
        this.conversation = conversation;
    }

    void onSyn(final int initialSequence) {
        irs = initialSequence;
        nxt = 1;
        edge = 1;
    }

    int irs() {
        return irs;
    }

    long nxt() {
        return nxt;
    }

    int rcvNxt() {
        return irs + (int) nxt;
    }

    long position(final int seq) {
        return nxt + (seq - rcvNxt());
    }

    /** In-order bytes of the client's stream. */
    long streamBytes() {
        return nxt == 0 ? 0 : nxt - 1 - (closed() ? 1 : 0);
    }

    boolean closed() {
        return nxt > finAt;
    }

    Ranges early() {
        return early;
    }

    /** RFC 9293 3.10.7.4, table 6. */
    boolean acceptable(final long from, final int length) {
        final long window = Math.max(0, edge - nxt);
        if (length == 0) {
            return window == 0 ? from == nxt : nxt <= from && from < nxt + window;
        }
        final long last = from + length - 1;
        return window > 0 && ((nxt <= from && from < nxt + window) || (nxt <= last && last < nxt + window));
    }

    /**
     * Takes payload and FIN.
     *
     * @return in-order positions won; 0 for what came before or lies behind a hole
     */
    long take(final long from, final int length, final boolean fin, final ByteBuffer buffer, final int offset) {
        final long to = from + length;
        check(from, to, fin, buffer, offset);
        final long upTo = Math.min(to, edge);
        if (fin && to < edge) {
            finAt = to;
        }
        duplicateFrom = -1;
        if (length > 0 && (upTo <= nxt || early.containsAll(from, upTo))) {
            duplicateFrom = from;
            duplicateTo = Math.min(to, Math.max(nxt, upTo));
        }
        if (from > nxt) {
            early.add(from, upTo);
            newestStart = from;
            return 0;
        }
        final long before = nxt;
        nxt = early.reachedFrom(Math.max(nxt, upTo));
        early.dropBelow(nxt);
        if (nxt == finAt) {
            nxt++;
        }
        return nxt - before;
    }

    private void check(final long from, final long to, final boolean fin, final ByteBuffer buffer, final int offset) {
        final long end = conversation.clientBytes() + 1;
        if (from < 1 || to > end) {
            throw new SimulationFailure("the server got bytes " + from + " to " + to + " of a stream of " + (end - 1));
        }
        if (fin && to != end) {
            throw new SimulationFailure("FIN at " + to + ", the stream ends at " + end);
        }
        if (!Noise.matches(conversation.clientFrom() + (int) from - 1, buffer, offset, (int) (to - from))) {
            throw new SimulationFailure("the server got wrong bytes between " + from + " and " + to);
        }
    }

    /** Forgets what was only acknowledged by SACK. */
    void renege() {
        early.clear();
        if (!closed()) {
            finAt = NO_FIN;
        }
    }

    /** Moves the right edge to what the application's reading allows; returns whether that is worth telling. */
    boolean openWindow(final long readBytes, final long nowNs) {
        final long unread = streamBytes() - readBytes;
        final long free = Math.max(0, capacity(readBytes, nowNs) - unread);
        final long before = edge;
        final boolean wasShut = edge <= nxt;
        final boolean shrinks = streamBytes() > 0 && faults.strikes(FaultKind.WINDOW_SHRINKS, 20, nowNs);
        if (shrinks) {
            edge = nxt + faults.of(FaultKind.WINDOW_SHRINKS).below((int) free + 1);
        } else if (worthwhile(nxt + free, wasShut)) {
            edge = Math.max(edge, nxt + free);
        }
        return edge > before && (wasShut || edge - before >= habits.bufferBytes / 2 || silly());
    }

    /** RFC 9293 3.8.6.2.2: no small steps, unless the reader is silly. */
    private boolean worthwhile(final long newEdge, final boolean wasShut) {
        final int step = Math.min(1460, Math.max(1, habits.bufferBytes / 2));
        return silly() || newEdge - edge >= step || (wasShut && newEdge - nxt >= step);
    }

    private boolean silly() {
        return faults.has(FaultKind.SILLY_READER);
    }

    /** Tiny buffers grow in the end, or a large request would take for ever. */
    private int capacity(final long readBytes, final long nowNs) {
        final boolean tiny = habits.bufferBytes < 2000;
        if (tiny && (readBytes > TINY_READS || faults.calm(nowNs))) {
            return MAX_WINDOW_FIELD;
        }
        return habits.bufferBytes;
    }

    /** The window field. */
    int window(final int shift) {
        return (int) Math.min(MAX_WINDOW_FIELD, Math.max(0, edge - nxt) >> shift);
    }

    /** Writes SACK blocks as pairs of positions, a duplicate first (RFC 2883), then the newest (RFC 2018 4). */
    int sackBlocks(final long[] blocks, final int most) {
        int count = 0;
        if (habits.duplicateSack && duplicateFrom >= 0) {
            blocks[0] = duplicateFrom;
            blocks[1] = duplicateTo;
            duplicateFrom = -1;
            count = 1;
        }
        for (int i = 0; i < early.count() && count < most; i++) {
            if (early.start(i) <= newestStart && newestStart < early.end(i)) {
                blocks[2 * count] = early.start(i);
                blocks[2 * count + 1] = early.end(i);
                count++;
            }
        }
        for (int i = early.count() - 1; i >= 0 && count < most; i--) {
            if (newestStart < early.start(i) || newestStart >= early.end(i)) {
                blocks[2 * count] = early.start(i);
                blocks[2 * count + 1] = early.end(i);
                count++;
            }
        }
        return count;
    }
}
