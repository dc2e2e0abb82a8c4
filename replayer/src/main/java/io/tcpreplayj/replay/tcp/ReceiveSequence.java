package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.Seq;

/**
 * The receive sequence space (RFC 9293 3.3.1). Positions count from the target's SYN, as in {@link SendSequence}. Bytes
 * are consumed as they come, so the offered window is always open, unless {@link #limit} asks for another one; its right
 * edge never moves back.
 */
final class ReceiveSequence {
    private static final long NO_FIN = Long.MAX_VALUE;
    private static final long OPEN = Long.MAX_VALUE;

    private final OutOfOrderRanges ranges = new OutOfOrderRanges();
    private final DuplicateRange duplicate = new DuplicateRange();
    private int irs;
    private long nxt = 1;
    private int wnd;
    /** Right edge of the window while it is limited. */
    private long edge = OPEN;
    /** Right edge of the windows that left so far. */
    private long offered;

    private long finPosition = NO_FIN;
    private long heardOf;
    private boolean disordered;

    void init(final int initialSequence, final int window) {
        irs = initialSequence;
        wnd = window;
    }

    /** RCV.NXT as a position. */
    long nxt() {
        return nxt;
    }

    /** RCV.NXT on the wire. */
    int rcvNxt() {
        return irs + (int) nxt;
    }

    int irs() {
        return irs;
    }

    int wnd() {
        return edge == OPEN ? wnd : (int) Math.max(0, Math.min(edge - nxt, wnd));
    }

    /**
     * From now on the window reaches up to {@code position}, or as far as it did before if that is more: what was offered is not
     * taken back (RFC 9293 3.8.6). What is offered of it is cut to a multiple of the scale (RFC 7323 2.3), what is taken is not.
     */
    void limit(final long position) {
        edge = Math.max(edge == OPEN ? offered : edge, position);
    }

    /** A segment with the window left. */
    void onOffered() {
        offered = Math.max(offered, nxt + wnd());
    }

    void unlimit() {
        edge = OPEN;
    }

    long position(final int segSeq) {
        return Seq.unwrap(segSeq, irs, nxt);
    }

    OutOfOrderRanges ranges() {
        return ranges;
    }

    DuplicateRange duplicate() {
        return duplicate;
    }

    /** The four cases of RFC 9293 3.10.7.4. */
    boolean acceptable(final int segSeq, final int segLen) {
        final int rcvNxt = rcvNxt();
        final int wnd = wnd();
        if (wnd == 0) {
            return segLen == 0 && segSeq == rcvNxt;
        }
        return Seq.inWindow(segSeq, rcvNxt, wnd) || (segLen > 0 && Seq.inWindow(segSeq + segLen - 1, rcvNxt, wnd));
    }

    /** A SACK option would have something to say. */
    boolean hasBlocks() {
        return !ranges.isEmpty() || duplicate.isPending();
    }

    /** The target has sent all up to {@code position}. */
    void heardOf(final long position) {
        heardOf = Math.max(heardOf, position);
    }

    /** Something came, payload, FIN or a number of the target's, that lies behind bytes which did not. */
    boolean hasHole() {
        return nxt < heardOf || !ranges.isEmpty() || (finPosition != NO_FIN && !finReached());
    }

    /** Something came twice, or behind bytes that had not come. */
    boolean disordered() {
        return disordered;
    }

    /** In-order bytes of the stream, the target's FIN not counted. */
    long streamBytes() {
        return nxt - 1 - (finReached() ? 1 : 0);
    }

    boolean finReached() {
        return nxt > finPosition;
    }

    /**
     * Takes the part of a segment's payload that lies in the window.
     *
     * @return in-order bytes won, 0 when there was nothing new or the segment lies behind a hole
     */
    long accept(final long from, final int length) {
        // Nothing lies behind a FIN, and the window's right edge cuts what lies beyond.
        final long to = Math.min(Math.min(from + length, nxt + wnd()), finPosition);
        disordered |= length > 0 && from != nxt;
        if (from < nxt && length > 0) {
            duplicate.set(from, Math.min(from + length, nxt));
        }
        if (to <= nxt || finReached()) {
            return 0;
        }
        if (!ranges.isEmpty()) {
            ranges.reportOverlap(Math.max(from, nxt), to, duplicate);
        }
        if (from > nxt) {
            // A FIN alone behind a hole is no range of bytes.
            if (from < to) {
                ranges.add(from, to);
            }
            return 0;
        }
        final long before = nxt;
        nxt = ranges.drain(to);
        return nxt - before;
    }

    /** A segment that was not acceptable: if it is old, it is a second copy, and the target wants to know (RFC 2883 4.1). */
    void onUnacceptable(final long from, final int segLen) {
        if (segLen > 0 && from + segLen <= nxt) {
            disordered = true;
            duplicate.set(from, from + segLen);
        }
    }

    /** The target's FIN stands at {@code position}; it counts once everything before it came. */
    void fin(final long position) {
        if (finPosition == NO_FIN && position >= nxt) {
            finPosition = position;
        }
    }

    /**
     * Takes the FIN when it is next.
     *
     * @return true the one time it is taken
     */
    boolean takeFin() {
        if (nxt != finPosition) {
            return false;
        }
        nxt++;
        return true;
    }
}
