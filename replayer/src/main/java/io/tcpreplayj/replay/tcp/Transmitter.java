package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;
import io.tcpreplayj.replay.script.ScriptCursor;

/**
 * Sends the client's stream: what the script released, within the target's window and the congestion window, again when it
 * was lost. Nothing changes when the sink has no room.
 */
final class Transmitter {
    private static final long NOT_SENT = Long.MAX_VALUE;

    private final ScriptCursor cursor;
    private final SendSequence send;
    private final CongestionNotice notice;
    private final SegmentFactory segments;
    private final Segmenter segmenter;
    private final Flight flight = new Flight();
    private final RetransmitTimer timer;
    private final PersistTimer persist;
    private final CongestionWindow congestion;
    private final LossRecovery recovery;
    private final PathMtu pathMtu;
    private final int headers;

    private long finPosition = NOT_SENT;
    private boolean heldBack;
    private boolean noRoom;
    /** Something could not leave since {@link #retransmit} was called last. */
    private boolean refused;
    /** What goes ahead of a question has left, and the question has not. */
    private boolean told;

    private long retransmittedBytes;
    private int retransmits;

    Transmitter(
            final TcpConfig config,
            final ScriptCursor cursor,
            final ControlBlock block,
            final SegmentFactory segments,
            final Segmenter segmenter) {
        this.cursor = cursor;
        this.send = block.send();
        this.notice = block.notice();
        this.segments = segments;
        this.segmenter = segmenter;
        timer = new RetransmitTimer(config.minRtoNs(), config.maxRtoNs());
        persist = new PersistTimer(config.maxRtoNs());
        congestion = new CongestionWindow(config.congestionControl());
        pathMtu = new PathMtu(config.mtu(), segmenter.v4());
        headers = segmenter.headers();
        recovery = new LossRecovery(send, flight, congestion, block.timestamps());
        cursor.askBeforeBelieving();
    }

    /** The SYN left. */
    void onSynSent(final long nowNs) {
        send.sentUpTo(1);
        timer.arm(nowNs);
    }

    /** The SYN was not answered in time; the next waiting time is twice as long. */
    void onSynTimeout(final long nowNs) {
        timer.backOff(nowNs);
    }

    /**
     * The handshake is done and both SYNs' options known.
     *
     * @param roundTripNs what the SYN measured, or -1 when nobody knows what path it measured
     * @param synSentOnce it was not lost
     */
    void onEstablished(final boolean sack, final long roundTripNs, final boolean synSentOnce, final long nowNs) {
        send.ackedUpTo(1);
        flight.startAt(1);
        timer.collapseBackoff();
        timer.disarm();
        if (roundTripNs >= 0) {
            measured(roundTripNs);
        } else {
            timer.initialRto(RetransmitTimer.RTO_AFTER_SYN_LOSS_NS);
        }
        congestion.start(segmenter.mss(), !synSentOnce, nowNs);
        recovery.negotiated(sack, segmenter.mss(), roundTripNs, nowNs);
    }

    private void measured(final long roundTripNs) {
        timer.onRoundTrip(roundTripNs);
        cursor.onRoundTrip(timer.srttNs());
    }

    /** Sends again what {@link LossRecovery} takes for lost, oldest first. */
    void retransmit(final ClientSession session, final SegmentSink sink, final long nowNs) {
        refused = false;
        if (timer.backoff() > 0 && !recovery.urgent()) {
            return;
        }
        for (int i = flight.firstLost(0); i >= 0; i = flight.firstLost(i + 1)) {
            if (!recovery.mayResend(i) || !resend(session, sink, i, nowNs)) {
                break;
            }
            recovery.onRepair();
            if (timer.backoff() > 0) {
                // RFC 6298 5.4: the earliest, and no more before the path shows that it works again.
                break;
            }
        }
    }

    /** Sends segment {@code i} of the flight again, or as much of it as a segment may have now. */
    private boolean resend(final ClientSession session, final SegmentSink sink, final int i, final long nowNs) {
        final long offset = flight.start(i) - 1;
        final long end = Math.min(flight.end(i) - 1, segmenter.streamLength());
        final int length = (int) Math.min(end - offset, segmenter.mss());
        if (length < end - offset) {
            flight.split(i, flight.start(i) + length);
        }
        if (!offer(session, sink, offset, length, flight.end(i) == finPosition + 1, nowNs)) {
            return false;
        }
        flight.onRetransmitted(i, nowNs);
        recovery.onResent(nowNs);
        timer.arm(nowNs);
        retransmittedBytes += length;
        retransmits++;
        return true;
    }

    /** Sends what was released and fits the windows, and the FIN behind it when it is due. */
    void transmit(final ClientSession session, final SegmentSink sink, final long nowNs) {
        boolean any = false;
        noRoom = false;
        // RFC 6298 5.5, RFC 5681 3.1: after a timeout nothing new leaves before the lost segment is acknowledged.
        while (finPosition == NOT_SENT && timer.backoff() == 0) {
            final long offset = send.nxt() - 1;
            final long released = Math.min(cursor.releasedBytes(), segmenter.streamLength());
            final int whole = offset < released ? segmenter.length(offset, released, send.wnd()) : 0;
            final boolean lastByte = offset + whole == segmenter.streamLength();
            if (whole == 0 && !(lastByte && cursor.finReleased())) {
                break;
            }
            final int length = fitting(whole, nowNs);
            if (length < 0) {
                heldBack = whole > 0;
                break;
            }
            // Linux, too, joins a FIN to bytes that still wait when it comes, and to no others (tcp_send_fin).
            final boolean joins = length == 0 || heldBack || !segmenter.finApart();
            // The FIN takes up window too (RFC 9293 3.4): behind bytes that fill it, it waits.
            final boolean fin = joins && lastByte && length == whole && cursor.finReleased() && send.usable() > length;
            if (!offer(session, sink, offset, length, fin, nowNs)) {
                noRoom = true;
                break;
            }
            any = true;
            onFirstTransmission(session, offset + length, fin, nowNs);
        }
        if (any) {
            recovery.scheduleProbe(timer.srttNs(), timer.deadlineNs(), nowNs);
        }
        if (blocked()) {
            persist.armIfIdle(timer.rtoNs(), nowNs);
        } else {
            persist.disarm();
        }
    }

    private void onFirstTransmission(final ClientSession session, final long end, final boolean fin, final long nowNs) {
        if (!send.inFlight()) {
            session.onFlightBegins(nowNs);
            timer.arm(nowNs);
        }
        if (fin) {
            finPosition = end + 1;
        }
        heldBack = false;
        send.sentUpTo(end + (fin ? 2 : 1));
        flight.add(send.nxt(), nowNs);
        congestion.onSent(nowNs);
        persist.disarm();
        if (recovery.probe().due()) {
            recovery.probe().onSent(send.nxt());
        }
        if (fin) {
            session.onFinSent();
        }
        cursor.onClientBytesSent(end, nowNs);
    }

    /**
     * How much of a segment of {@code whole} bytes may leave: all of it, or a part worth sending (RFC 9293 3.8.6.2.1), or -1
     * for nothing. A FIN alone counts as one byte.
     */
    private int fitting(final int whole, final long nowNs) {
        if (flight.isFull()) {
            return -1;
        }
        if (flight.isEmpty()) {
            congestion.onIdle(timer.rtoNs(), nowNs);
        }
        if (!recovery.fits(whole) && !recovery.probe().due()) {
            congestion.onLimited();
            return -1;
        }
        final long usable = send.usable();
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
        final boolean waits =
                send.nxt() - 1 < Math.min(cursor.releasedBytes(), segmenter.streamLength()) || cursor.finReleased();
        return waits && finPosition == NOT_SENT && !send.inFlight() && !noRoom;
    }

    /**
     * Asks for an ACK: of a closed window, for the last segment when none came, or of a target that fell silent within an
     * answer.
     *
     * @param toldAllNs when an ACK of all that came left, or -1
     * @param restAwaited some of what the target sent is missing, and it has been silent for long
     */
    void probe(
            final ClientSession session,
            final SegmentSink sink,
            final long toldAllNs,
            final boolean restAwaited,
            final long nowNs) {
        final TailLossProbe tail = recovery.probe();
        if (tail.due() && !flight.isEmpty()) {
            final int last = flight.size() - 1;
            // Behind others of the same moment an echo of it could be theirs (RFC 7323 4.3), and tells nothing.
            final boolean isTold = last == 0 && !flight.isRetransmitted(last);
            final long firstNs = isTold ? flight.sentNs(last) : RetransmitTimer.NEVER;
            if (resend(session, sink, last, nowNs)) {
                tail.onCopySent(send.nxt(), firstNs);
                return;
            }
        }
        final boolean question = questionNs() <= nowNs;
        if (!(persist.due() || question || restAwaited)) {
            return;
        }
        // A target drops the probe unread, its acknowledgement too, and may keep the rest back until it hears that one.
        told = question && (told || toldAllNs == nowNs);
        if (question && !told) {
            if (!sink.send(session, segments.ackOfAll(nowNs))) {
                refused = true;
                return;
            }
            session.onProbeSent(nowNs);
            told = true;
        }
        if (!sink.send(session, segments.windowProbe(nowNs))) {
            refused = true;
            return;
        }
        told = false;
        persist.onProbeSent();
        session.onProbeSent(nowNs);
        if (question) {
            cursor.onAsked(nowNs);
        }
    }

    /** While something of ours is under way its ACK is waited for. */
    private long questionNs() {
        return send.inFlight() ? RetransmitTimer.NEVER : cursor.nextQuestionNs();
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
        final SegmentOut segment = segments.data(offset, length, flags, urgent, nowNs);
        final boolean isNew = length > 0 && offset == send.nxt() - 1;
        if (isNew) {
            notice.mark(segment);
        }
        if (!sink.send(session, segment)) {
            refused = true;
            return false;
        }
        if (isNew) {
            notice.onMarkedSent();
        }
        session.onAckCarried(false, nowNs);
        return true;
    }

    /**
     * An acceptable ACK.
     *
     * @param position SEG.ACK, from SND.UNA to SND.NXT
     * @param duplicate in the sense of RFC 5681 2
     */
    void onAck(
            final PacketView segment,
            final TcpOptions options,
            final long position,
            final boolean duplicate,
            final long nowNs) {
        final long acked = position - send.una();
        final long roundTripNs = recovery.onDelivery(segment, options, position, nowNs);
        if (acked > 0) {
            timer.collapseBackoff();
            if (roundTripNs >= 0) {
                measured(roundTripNs);
            }
            if (send.inFlight()) {
                timer.arm(nowNs);
            } else {
                timer.disarm();
            }
        }
        recovery.onAck(acked, duplicate, timer.srttNs(), nowNs);
        if (acked > 0) {
            recovery.scheduleProbe(timer.srttNs(), timer.deadlineNs(), nowNs);
        }
    }

    /** The oldest segment in flight is to leave again now; returns whether there is one. */
    boolean resendNow() {
        return recovery.resendNow();
    }

    /** A router on the way would have dropped a packet of ours, and marked it instead. */
    void onCongestionNotice() {
        congestion.onLoss(send.nxt() - send.una());
        congestion.settle();
    }

    /** Time passes. */
    void onTimer(final long nowNs) {
        persist.onTimer(nowNs);
        recovery.onTimer(timer.srttNs(), nowNs);
        if (timer.expired(nowNs)) {
            recovery.onTimeout(timer.srttNs(), nowNs);
            timer.backOff(nowNs);
            final int packetBytes = (int) (flight.end(0) - flight.start(0)) + segmenter.optionBytes() + headers;
            if (pathMtu.onTimeout(timer.backoff(), packetBytes, nowNs)) {
                onPathMtu();
            }
        }
        if (pathMtu.onTimer(nowNs)) {
            onPathMtu();
        }
    }

    /** A router named the size of packets that it forwards, for one of ours (RFC 1191 4); 0 names none. */
    void onPacketTooBig(final int quotedSeq, final int mtu, final long nowNs) {
        if (isInFlight(quotedSeq) && pathMtu.onTooBig(mtu, nowNs)) {
            onPathMtu();
        }
    }

    /** The interface takes packets of {@code mtu} bytes now. */
    void onFirstHop(final int mtu) {
        if (pathMtu.onFirstHop(mtu)) {
            onPathMtu();
        }
    }

    /** RFC 5927 4.1: only what quotes a segment in flight can be about us. */
    boolean isInFlight(final int quotedSeq) {
        final long position = send.position(quotedSeq);
        return position >= send.una() && position < send.nxt();
    }

    private void onPathMtu() {
        segmenter.pathMss(pathMtu.bytes() - headers);
        congestion.mss(segmenter.mss());
        recovery.mss(segmenter.mss());
    }

    /** Whether the timer of an unanswered SYN has run out. */
    boolean synExpired(final long nowNs) {
        return timer.expired(nowNs);
    }

    /** Data wait for a closed window, which is being probed. */
    boolean probing() {
        return persist.deadlineNs() != RetransmitTimer.NEVER;
    }

    long deadlineNs() {
        final long timers = Math.min(Math.min(timer.deadlineNs(), persist.deadlineNs()), recovery.deadlineNs());
        // What is held back leaves when there is room, not by the clock.
        return cursor.isHeldBack() ? timers : Math.min(timers, questionNs());
    }

    /** Whether anything of the last {@link #retransmit}, {@link #transmit} and {@link #probe} could not leave. */
    boolean refused() {
        return refused;
    }

    boolean finSent() {
        return finPosition != NOT_SENT;
    }

    boolean finAcked() {
        return finSent() && send.una() > finPosition;
    }

    /** All that the script released so far is acknowledged. */
    boolean releasedAcked() {
        return ackedBytes() >= Math.min(cursor.releasedBytes(), segmenter.streamLength());
    }

    boolean allAcked() {
        return ackedBytes() == segmenter.streamLength();
    }

    /** Bytes of the stream that the target acknowledged. */
    long ackedBytes() {
        return Math.min(Math.max(0, send.una() - 1), segmenter.streamLength());
    }

    long retransmittedBytes() {
        return retransmittedBytes;
    }

    int retransmits() {
        return retransmits;
    }
}
