package io.tcpreplayj.replay.sim;

/** The send side of the server. Positions count from its SYN: 0 is the SYN, 1 the first byte of its answers. */
final class ServerSender {
    static final long NEVER = Long.MAX_VALUE;
    private static final long FIRST_RTO_NS = 300_000_000L;
    private static final long MAX_RTO_NS = 5_000_000_000L;

    private final ServerHabits habits;
    private int segmentBytes;
    private long una;
    private long nxt;
    private long max;
    private long limit;
    private boolean finQueued;

    private long wnd;
    private int wl1;
    private int wl2;
    private int duplicateAcks;
    private long recover = -1;
    private long rtoNs = FIRST_RTO_NS;
    private long rtoAtNs = NEVER;

    ServerSender(final ServerHabits habits) {
        this.habits = habits;
    }

    int seq(final long position) {
        return habits.iss + (int) position;
    }

    long position(final int ack) {
        return una + (ack - seq(una));
    }

    long una() {
        return una;
    }

    long nxt() {
        return nxt;
    }

    /** Behind everything ever sent. */
    long max() {
        return max;
    }

    void segments(final int bytes) {
        segmentBytes = bytes;
    }

    /** The application wrote so much in all, and is done if {@code closed}. */
    void written(final long bytes, final boolean closed) {
        limit = 1 + bytes + (closed ? 1 : 0);
        finQueued = closed;
    }

    boolean allAcked() {
        return una == limit;
    }

    boolean finAcked() {
        return finQueued && una == limit;
    }

    /** Bytes of the stream in the segment that may leave now from {@link #nxt()} on, FIN counted; 0 for none. */
    int nextLength() {
        final long right = una + Math.min(wnd, (long) habits.flightSegments * segmentBytes);
        final long room = Math.min(limit, right) - nxt;
        return room <= 0 ? 0 : (int) Math.min(room, segmentBytes);
    }

    /** Length of the segment at {@link #una()} when it is to be sent again. */
    int firstLength() {
        return (int) Math.min(segmentBytes, Math.max(0, max - una));
    }

    boolean finIn(final long from, final int length) {
        return finQueued && from + length == limit;
    }

    boolean endsWrite(final long from, final int length) {
        return from + length >= limit - (finQueued ? 1 : 0);
    }

    void onSent(final long from, final int length, final long nowNs) {
        nxt = Math.max(nxt, from + length);
        max = Math.max(max, nxt);
        if (rtoAtNs == NEVER) {
            rtoAtNs = nowNs + rtoNs;
        }
    }

    /** Returns true when the first segment in flight is to be sent again at once. */
    boolean onAck(final long position, final boolean couldBeDuplicate, final long nowNs) {
        if (position > una) {
            una = position;
            nxt = Math.max(nxt, una);
            rtoNs = FIRST_RTO_NS;
            rtoAtNs = una < max ? nowNs + rtoNs : NEVER;
            duplicateAcks = 0;
            if (una >= recover) {
                recover = -1;
            }
            return recover >= 0 && !habits.goesBackN;
        }
        if (position == una && couldBeDuplicate && una < max && ++duplicateAcks == 3) {
            recover = max;
            return true;
        }
        return false;
    }

    void updateWindow(final int segSeq, final int segAck, final long window) {
        if (wl1 - segSeq < 0 || (wl1 == segSeq && wl2 - segAck <= 0)) {
            setWindow(segSeq, segAck, window);
        }
    }

    void setWindow(final int segSeq, final int segAck, final long window) {
        wl1 = segSeq;
        wl2 = segAck;
        wnd = window;
    }

    long wnd() {
        return wnd;
    }

    long rtoAtNs() {
        return rtoAtNs;
    }

    /** Returns true when only the first segment is to be sent again, false when {@link #nextLength} goes on from there. */
    boolean onTimeout(final long nowNs) {
        rtoNs = Math.min(MAX_RTO_NS, 2 * rtoNs);
        rtoAtNs = nowNs + rtoNs;
        duplicateAcks = 0;
        recover = max;
        if (habits.goesBackN) {
            nxt = una;
            return false;
        }
        return true;
    }
}
