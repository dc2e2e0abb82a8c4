package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.flow.ClientAcks;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.Opening;
import org.jspecify.annotations.Nullable;

/**
 * Plays the acknowledgements of the captured client: each row when what it acknowledges has come, and as much later as it was
 * in the capture. Where the live stream is longer than the recorded one, or leaves a window shut that the captured
 * stream did not, the rows have an end, and with them the likeness.
 */
final class CapturedAcks {
    /** RFC 9293 3.8.6.3: an ACK is delayed by less than half a second. */
    private static final long MAX_DELAY_NS = 500_000_000L;

    private static final long REOPEN_NS = 1_000_000_000L;
    /** A window that takes less than a segment is shut, for a sender that avoids silly ones (RFC 9293 3.8.6.2.1). */
    private static final long SHUT_BYTES = 1460;

    private static final long NEVER = RetransmitTimer.NEVER;

    private final ClientAcks.Cursor row;
    private final long roundTripNs;
    private final boolean paces;
    private final boolean windows;
    private boolean more;
    private long offset;
    private long offsetNs;
    /** When the row's bytes had come; NEVER until then. */
    private long reachedNs = NEVER;

    private long told = -1;
    private long acked = -1;
    private long edge;
    private long shutNs = NEVER;
    private boolean over;

    private boolean speaks;

    private CapturedAcks(final FlowRecord flow, final boolean paces, final boolean windows) {
        final Opening opening = flow.opening();
        this.row = new ClientAcks.Cursor(flow.acks());
        this.roundTripNs = opening.capturedAtServer() ? opening.roundTripNs() : 0;
        this.paces = paces;
        this.windows = windows;
        // What a SYN offers is not scaled (RFC 7323 2.2), and stays offered.
        this.edge = opening.synWindow() > 0 ? opening.synWindow() : 0xffff;
        this.more = row.advance();
    }

    /** What {@code likeness} asks for of {@code flow}, or null: nothing, or the capture does not tell. */
    static @Nullable CapturedAcks of(final FlowRecord flow, final Likeness likeness) {
        // Windows of a flow whose SYNs the capture lacks have an unknown scale.
        final boolean windows = likeness.windows() && !flow.midstream();
        if (flow.acks().size() == 0 || (likeness.acks() == AckStyle.RFC && !windows)) {
            return null;
        }
        return new CapturedAcks(flow, likeness.acks() != AckStyle.RFC, windows);
    }

    /** Whether the windows are the captured ones too, still. */
    boolean limitsWindow() {
        return windows && !over;
    }

    /** All of the server's stream up to {@code reached} has come, its FIN counted; {@code room}: what may still come. */
    void onReached(final long reached, final long room, final long nowNs) {
        if (reached > offset) {
            offset = reached;
            offsetNs = nowNs;
        }
        if (reachedNs == NEVER && reaches(room)) {
            reachedNs = nowNs;
        }
        watch(room, nowNs);
    }

    /** The rest of a window that is less than a segment waits with the sender, however much of the row is missing for it. */
    private boolean reaches(final long room) {
        final boolean stuck = limitsWindow() && room < SHUT_BYTES;
        return more && offset >= row.offset() - (stuck ? SHUT_BYTES : 0);
    }

    private void watch(final long room, final long nowNs) {
        final boolean shut = limitsWindow() && room < SHUT_BYTES && reachedNs == NEVER;
        if (!shut) {
            shutNs = NEVER;
        } else if (shutNs == NEVER) {
            shutNs = nowNs;
        }
    }

    /**
     * Plays one row if one is due.
     *
     * @param room what may still come
     * @return whether one was: then {@link #edge()} is new
     */
    boolean play(final long room, final long nowNs) {
        if (nowNs < deadlineNs()) {
            return false;
        }
        if (reachedNs == NEVER) {
            // What the captured client waited for does not come like this.
            over = true;
            shutNs = NEVER;
            speaks = true;
            return true;
        }
        final long before = told;
        final long sinceNs = reachedNs;
        told = row.offset();
        final long edgeBefore = edge;
        edge = Math.max(edge, told + row.window());
        more = row.advance();
        if (reaches(Math.max(room, edge - offset))) {
            reachedNs = row.offset() == told ? sinceNs : Math.max(sinceNs, offsetNs);
        } else {
            reachedNs = NEVER;
        }
        watch(Math.max(room, edge - offset), nowNs);
        final boolean news = told > before;
        final boolean opens = limitsWindow() && edge > edgeBefore && (!news || room < SHUT_BYTES);
        speaks = opens || (paces && news && told > acked);
        return true;
    }

    /** Whether the row is worth a segment of its own. */
    boolean speaks() {
        return speaks;
    }

    /** Up to which offset the client acknowledged by the row that was played last; never less than has been acknowledged. */
    long told() {
        return Math.max(told, acked);
    }

    /** A segment left that acknowledges the stream up to {@code end}. */
    void onAckSent(final long end) {
        acked = Math.max(acked, end);
    }

    /** Up to which offset it let the server send. */
    long edge() {
        return edge;
    }

    long deadlineNs() {
        if (reachedNs == NEVER) {
            return shutNs == NEVER ? NEVER : shutNs + REOPEN_NS;
        }
        final long delayNs = Math.max(0, row.delayNs() - roundTripNs);
        return reachedNs + (row.offset() > told ? Math.min(delayNs, MAX_DELAY_NS) : delayNs);
    }
}
