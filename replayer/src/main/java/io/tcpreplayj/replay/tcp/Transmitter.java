package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.script.ScriptCursor;

/**
 * Sends the client's stream: what the script released, within the target's window, again when it was lost. Nothing changes
 * when the sink has no room.
 */
final class Transmitter {
    /** Without congestion control, what may be in flight at most, in full segments. */
    private static final int MAX_FLIGHT_SEGMENTS = 64;

    private static final long NOT_SENT = Long.MAX_VALUE;

    private final ScriptCursor cursor;
    private final long streamLength;
    private final SendSequence send;
    private final SegmentFactory segments;
    private final Segmenter segmenter;
    private final AckPolicy acks;
    private final RetransmitTimer timer;
    private final PersistTimer persist;
    private final LossRecovery recovery = new LossRecovery();
    private final RoundTripClock clock = new RoundTripClock();

    private long finPosition = NOT_SENT;
    private boolean noRoom;
    private long retransmittedBytes;
    private int retransmits;

    Transmitter(
            final ScriptCursor cursor,
            final long streamLength,
            final SendSequence send,
            final SegmentFactory segments,
            final Segmenter segmenter,
            final AckPolicy acks,
            final RetransmitTimer timer,
            final PersistTimer persist) {
        this.cursor = cursor;
        this.streamLength = streamLength;
        this.send = send;
        this.segments = segments;
        this.segmenter = segmenter;
        this.acks = acks;
        this.timer = timer;
        this.persist = persist;
    }

    /** Sends the first segment in flight again when {@link LossRecovery} asks for it; returns segments taken. */
    int retransmit(final ClientSession session, final SegmentSink sink, final long nowNs) {
        if (!recovery.wanted() || !send.inFlight()) {
            return 0;
        }
        final long offset = send.una() - 1;
        final long limit = Math.min(send.nxt() - 1, streamLength);
        final int length = offset < limit ? segmenter.length(offset, limit) : 0;
        if (!offer(session, sink, offset, length, offset + length + 1 == finPosition, nowNs)) {
            return 0;
        }
        recovery.onRetransmitted();
        clock.onRetransmit();
        timer.arm(nowNs);
        retransmittedBytes += length;
        retransmits++;
        return 1;
    }

    /**
     * Sends what was released and fits the window, and the FIN behind it when it is due.
     *
     * @return segments taken
     */
    int transmit(final ClientSession session, final SegmentSink sink, final long nowNs) {
        int taken = 0;
        noRoom = false;
        // RFC 6298 5.5, RFC 5681 3.1: after a timeout nothing new leaves before the lost segment is acknowledged.
        while (finPosition == NOT_SENT && timer.backoff() == 0) {
            final long offset = send.nxt() - 1;
            final long released = Math.min(cursor.releasedBytes(), streamLength);
            final int whole = offset < released ? segmenter.length(offset, released) : 0;
            final boolean lastByte = offset + whole == streamLength;
            if (whole == 0 && !(lastByte && cursor.finReleased())) {
                break;
            }
            final int length = fitting(whole);
            if (length < 0) {
                break;
            }
            final boolean fin = lastByte && length == whole && cursor.finReleased();
            if (!offer(session, sink, offset, length, fin, nowNs)) {
                noRoom = true;
                break;
            }
            taken++;
            onFirstTransmission(session, offset + length, fin, nowNs);
        }
        if (blocked()) {
            persist.armIfIdle(timer.rtoNs(), nowNs);
        } else {
            persist.disarm();
        }
        return taken;
    }

    private void onFirstTransmission(final ClientSession session, final long end, final boolean fin, final long nowNs) {
        if (!send.inFlight()) {
            session.onFlightBegins(nowNs);
            timer.arm(nowNs);
        }
        if (fin) {
            finPosition = end + 1;
        }
        send.sentUpTo(end + (fin ? 2 : 1));
        clock.onSent(send.nxt(), nowNs);
        persist.disarm();
        if (fin) {
            session.onFinSent();
        }
        cursor.onClientBytesSent(end, nowNs);
    }

    /**
     * How much of a segment of {@code whole} bytes may leave: all of it, or a part worth sending (RFC 9293 3.8.6.2.1), or -1
     * for nothing. A FIN alone counts as one byte.
     */
    private int fitting(final int whole) {
        final long flight = send.nxt() - send.una();
        final long usable = Math.min(send.usable(), (long) MAX_FLIGHT_SEGMENTS * segmenter.mss() - flight);
        if (usable >= Math.max(1, whole)) {
            return whole;
        }
        final boolean worthwhile = usable >= Math.min(segmenter.mss(), Math.max(1, send.maxWnd() / 2));
        // The persist timer overrides the wait for a larger window, or a small one would stop us for ever.
        final boolean overdue = persist.due() && usable > 0;
        return whole > 0 && (worthwhile || overdue) ? (int) usable : -1;
    }

    /** Nothing is under way that an ACK could come for, and yet something waits for the window. */
    private boolean blocked() {
        final boolean waits = send.nxt() - 1 < Math.min(cursor.releasedBytes(), streamLength) || cursor.finReleased();
        return waits && finPosition == NOT_SENT && !send.inFlight() && !noRoom;
    }

    /**
     * Asks a closed window for news.
     *
     * @return segments taken
     */
    int probe(final ClientSession session, final SegmentSink sink, final long nowNs) {
        if (!persist.due() || !sink.send(session, segments.windowProbe(nowNs))) {
            return 0;
        }
        persist.onProbeSent();
        acks.onAckSent();
        return 1;
    }

    private boolean offer(
            final ClientSession session,
            final SegmentSink sink,
            final long offset,
            final int length,
            final boolean fin,
            final long nowNs) {
        int flags = fin ? TcpFlags.FIN : 0;
        if (length > 0 && segmenter.pushAt(offset + length)) {
            flags |= TcpFlags.PSH;
        }
        final int urgent = length > 0 ? segmenter.urgentPointer(offset) : 0;
        if (!sink.send(session, segments.data(offset, length, flags, urgent, nowNs))) {
            return false;
        }
        session.onAckCarried(false);
        return true;
    }

    /**
     * SND.UNA moves to {@code position}.
     *
     * @param echoedRttNs the round trip that TSecr tells, or -1
     */
    void onAcked(final long position, final long echoedRttNs, final long nowNs) {
        send.ackedUpTo(position);
        final long timedNs = clock.onAcked(position, nowNs);
        // A clock tick is a millisecond, our own clock is better; but only an echo may time what was sent twice.
        final long rttNs = timedNs >= 0 ? timedNs : echoedRttNs;
        timer.collapseBackoff();
        if (rttNs >= 0) {
            timer.onRoundTrip(rttNs);
            cursor.onRoundTrip(timer.srttNs());
        }
        recovery.onAdvance(position);
        if (send.inFlight()) {
            timer.arm(nowNs);
        } else {
            timer.disarm();
        }
    }

    void onDuplicateAck() {
        recovery.onDuplicateAck(send.nxt());
    }

    void onRetransmissionTimeout(final long nowNs) {
        recovery.onTimeout(send.nxt());
        timer.backOff(nowNs);
    }

    boolean finSent() {
        return finPosition != NOT_SENT;
    }

    boolean finAcked() {
        return finSent() && send.una() > finPosition;
    }

    /** All that the script released so far is acknowledged. */
    boolean releasedAcked() {
        return ackedBytes() >= Math.min(cursor.releasedBytes(), streamLength);
    }

    boolean allAcked() {
        return ackedBytes() == streamLength;
    }

    /** Bytes of the stream that the target acknowledged. */
    long ackedBytes() {
        return Math.min(Math.max(0, send.una() - 1), streamLength);
    }

    long retransmittedBytes() {
        return retransmittedBytes;
    }

    int retransmits() {
        return retransmits;
    }
}
