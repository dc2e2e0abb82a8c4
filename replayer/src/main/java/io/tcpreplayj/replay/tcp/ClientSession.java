package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.ScriptCursor;
import org.jspecify.annotations.Nullable;

/**
 * One live replay of a flow: a user-space TCP client without I/O, clock or threads. The agent feeds it segments and time,
 * and {@link #poll}s it for what is to be sent. Segment arrival follows RFC 9293 3.10.7, step by step.
 */
public final class ClientSession {
    private static final long NEVER = RetransmitTimer.NEVER;
    /** How long a target may keep its half open when nothing more is expected of it. */
    private static final long HALF_OPEN_LINGER_NS = 10_000_000_000L;
    /** The same while more is owed or missing: as long as Linux waits (tcp_fin_timeout), since the target may be backing off. */
    private static final long MISSING_LINGER_NS = 60_000_000_000L;

    private final TcpConfig config;
    private final Endpoint local;
    private final Endpoint target;
    private final ScriptCursor cursor;
    private final long recordedAnswerBytes;

    private final TcpOptions options = new TcpOptions();
    private final Timestamps timestamps = new Timestamps();
    private final SendSequence send = new SendSequence();
    private final ReceiveSequence receive = new ReceiveSequence();
    private final Handshake handshake = new Handshake();
    private final PendingReset reset = new PendingReset();
    private final SynOptions synOptions;
    private final CongestionNotice notice;
    private final SegmentFactory segments;
    private final Segmenter segmenter;
    private final Receiver receiver;
    private final Transmitter transmitter;

    private SessionState state = SessionState.CLOSED;
    private @Nullable Outcome outcome;
    private int peerWindowShift;
    private long aliveNs;
    private long resetDeadlineNs = NEVER;
    private long lingerDeadlineNs = NEVER;

    /**
     * @param local this session's own address and port
     * @param target where it connects to
     * @param responseBytes sees the server's stream, or null
     */
    public ClientSession(
            final FlowScript script,
            final ScriptCursor cursor,
            final TcpConfig config,
            final Endpoint local,
            final Endpoint target,
            final @Nullable ResponseBytes responseBytes) {
        this.config = config;
        this.local = local;
        this.target = target;
        this.cursor = cursor;
        this.recordedAnswerBytes = script.flow().serverStream().bytes();
        final boolean v4 = target.address().isV4();
        final int pathMss = config.mtu() - Segmenter.headers(v4);
        synOptions = new SynOptions(script.flow().opening().synOptions(), pathMss, config.receiveWindow());
        notice = new CongestionNotice(config.ecn());
        segments = new SegmentFactory(script, synOptions, timestamps, notice, send, receive);
        segmenter = new Segmenter(script, cursor, pathMss, v4);
        receiver = new Receiver(config, receive, timestamps, cursor, responseBytes);
        transmitter = new Transmitter(config, cursor, send, segments, segmenter);
    }

    public Endpoint local() {
        return local;
    }

    public Endpoint target() {
        return target;
    }

    public ScriptCursor cursor() {
        return cursor;
    }

    /**
     * Begins the handshake: the SYN leaves with the next {@link #poll}.
     *
     * @param iss initial send sequence number, see RFC 6528
     * @param tsOffset added to the millisecond clock to make TSval
     * @param dueNs when, by the plan, the SYN should leave
     */
    public void connect(final int iss, final int tsOffset, final long dueNs, final long nowNs) {
        if (state != SessionState.CLOSED || outcome != null) {
            throw new IllegalStateException("connect in " + state);
        }
        send.init(iss);
        timestamps.init(tsOffset);
        handshake.start(dueNs);
        aliveNs = nowNs;
        state = SessionState.SYN_SENT;
    }

    /** One segment from the target to {@link #local()}. */
    public void onSegment(final PacketView segment, final long nowNs) {
        if (state == SessionState.CLOSED) {
            return;
        }
        options.parse(segment.buffer(), segment.optionsOffset(), segment.optionsLength());
        if (state == SessionState.SYN_SENT) {
            onAnswerToSyn(segment, nowNs);
            return;
        }
        if (segment.segLen() > 0) {
            // A target that sends, be it again what we have, is not done with its half.
            lingerDeadlineNs = NEVER;
        }
        if (passesChecks(segment, nowNs) && onAck(segment, nowNs)) {
            aliveWhenIdle(nowNs);
            notice.onSegment(segment);
            if (receiver.onText(segment, nowNs)) {
                moveTo(Transitions.finReceived(state), nowNs);
                if (config.endsAtEarlyFin() && cursor.cutShortByFin()) {
                    resetNow(Outcome.ABORTED_EARLY_FIN, nowNs);
                }
            }
        }
    }

    private void onAnswerToSyn(final PacketView segment, final long nowNs) {
        switch (handshake.judge(segment, send.seq(1))) {
            case IGNORE -> {
                // Neither ours nor harmful.
            }
            case RESET_BY_ACK -> reset.queue(segment.segAck(), 0, TcpFlags.RST);
            case RESET_BY_SEQ -> reset.queue(0, segment.segSeq() + segment.segLen(), TcpFlags.RST | TcpFlags.ACK);
            case REFUSED -> end(SessionState.CLOSED, Outcome.REFUSED, nowNs);
            case ESTABLISHED -> establish(segment, nowNs);
        }
    }

    private void establish(final PacketView segment, final long nowNs) {
        state = SessionState.ESTABLISHED;
        aliveNs = nowNs;
        // RFC 7323 2.2, 3.2, RFC 2018 2: an option lives only when both SYNs carried it.
        if (synOptions.offersTimestamps() && options.hasTimestamps()) {
            timestamps.confirm(options.tsVal(), segment.segSeq() + 1, nowNs);
        }
        final boolean scaled = synOptions.windowShift() >= 0 && options.windowShift() >= 0;
        peerWindowShift = scaled ? options.windowShift() : 0;
        final int ownShift = scaled ? synOptions.windowShift() : 0;
        final boolean sack = synOptions.offersSack() && options.sackPermitted();
        segments.negotiated(sack, ownShift);
        notice.negotiated(segment, handshake.sentOnce());
        segmenter.negotiated(options.mss(), timestamps.on() ? Timestamps.OPTION_BYTES : 0);
        receiver.onEstablished(segment.segSeq(), Math.min(config.receiveWindow(), 0xffff << ownShift), sack);
        transmitter.onEstablished(sack, handshake.sentOnce() ? handshake.elapsedNs(nowNs) : -1, nowNs);
        send.setWindow(segment.segSeq(), segment.segAck(), segment.segWnd());
        cursor.onEstablished(handshake.establishedDueNs(nowNs), nowNs);
    }

    /** RFC 9293 3.10.7.4, first to fourth step, with RFC 5961; returns whether the rest of the segment counts. */
    private boolean passesChecks(final PacketView segment, final long nowNs) {
        if (!receiver.isAcceptable(segment, options, nowNs)) {
            return false;
        }
        if (segment.hasFlag(TcpFlags.RST)) {
            onReset(segment.segSeq(), nowNs);
            return false;
        }
        if (segment.hasFlag(TcpFlags.SYN)) {
            // RFC 5961 4.2.
            receiver.challenge(nowNs);
            return false;
        }
        return segment.hasFlag(TcpFlags.ACK);
    }

    /**
     * Fifth step.
     *
     * @return whether the rest of the segment counts
     */
    private boolean onAck(final PacketView segment, final long nowNs) {
        final long position = send.position(segment.segAck());
        if (position > send.nxt() || position < send.una() - send.maxWnd()) {
            // RFC 9293 3.10.7.4, RFC 5961 5.2: acknowledges what was never sent, or is too old to be true.
            receiver.challenge(nowNs);
            return false;
        }
        timestamps.onAcceptable(options, segment.segSeq(), nowNs);
        final long window = (long) segment.segWnd() << peerWindowShift;
        if (position >= send.una()) {
            if (notice.onAck(segment, send.una(), send.nxt())) {
                transmitter.onCongestionNotice();
            }
            final boolean advances = position > send.una();
            final boolean duplicate = !advances && isDuplicate(segment, window);
            transmitter.onAck(segment, options, position, duplicate, timestamps.roundTripNs(options, nowNs), nowNs);
            send.updateWindow(segment.segSeq(), segment.segAck(), window, advances);
            if (advances || send.usable() < 0) {
                // A target that shrank its window under what is in flight may leave us waiting, but it lives.
                aliveNs = nowNs;
            }
            if (advances) {
                resetDeadlineNs = NEVER;
            }
            if (advances && transmitter.finAcked()) {
                moveTo(Transitions.finAcked(state), nowNs);
            }
        }
        return state != SessionState.CLOSED;
    }

    /** RFC 5681 2. */
    private boolean isDuplicate(final PacketView segment, final long window) {
        return send.inFlight()
                && segment.payloadLength() == 0
                && !segment.hasFlag(TcpFlags.FIN)
                && window == send.wnd();
    }

    private void onReset(final int segSeq, final long nowNs) {
        if (state == SessionState.TIME_WAIT) {
            // RFC 1337 3: a late RST must not end TIME-WAIT.
            return;
        }
        if (segSeq != receive.rcvNxt()) {
            receiver.challenge(nowNs);
            return;
        }
        final boolean satisfied = transmitter.allAcked() && (cursor.over() || transmitter.finAcked());
        if (satisfied) {
            end(SessionState.CLOSED, completed(), nowNs);
        } else if (receive.finReached() && !transmitter.allAcked()) {
            end(SessionState.CLOSED, Outcome.ABORTED_EARLY_FIN, nowNs);
        } else {
            end(SessionState.CLOSED, Outcome.RESET_BY_TARGET, nowNs);
        }
    }

    /**
     * ICMP says that a packet of ours was too big for the path, and was not forwarded.
     *
     * @param quotedSeq SEG.SEQ of the quoted segment: an answer to nothing that is in flight is passed over (RFC 5927 4.1)
     * @param mtu bytes that would have been forwarded, 0 when the message does not say
     */
    public void onPacketTooBig(final int quotedSeq, final int mtu, final long nowNs) {
        if (outcome == null && state != SessionState.SYN_SENT) {
            transmitter.onPacketTooBig(quotedSeq, mtu, nowNs);
        }
    }

    /**
     * ICMP says that a packet of ours cannot arrive. A connection that stands outlives that (RFC 9293 3.9.2.2, RFC 5927 6);
     * a SYN is tried fewer times.
     */
    public void onUnreachable(final int quotedSeq) {
        if (state == SessionState.SYN_SENT && transmitter.isInFlight(quotedSeq)) {
            handshake.onUnreachable();
        }
    }

    /**
     * This machine could not send and can again: the oldest unacknowledged segment leaves with the next {@link #poll}, whatever
     * its timer says.
     *
     * @return whether there is one
     */
    public boolean resendNow() {
        if (outcome != null) {
            return false;
        }
        return state == SessionState.SYN_SENT ? handshake.resendNow() : transmitter.resendNow();
    }

    /** The process stood still, by a signal or for want of a processor: what was not heard meanwhile is no silence. */
    public void onStall(final long fromNs, final long toNs) {
        cursor.onStall(fromNs, toNs);
    }

    /** To be called when {@link #nextDeadlineNs()} has passed; harmless at any other time. */
    public void onTimer(final long nowNs) {
        if (state == SessionState.SYN_SENT) {
            if (transmitter.synExpired(nowNs)) {
                transmitter.onSynTimeout(nowNs);
                if (!handshake.onTimeout(config.synRetries())) {
                    end(
                            SessionState.CLOSED,
                            handshake.unreachable() ? Outcome.UNREACHABLE : Outcome.SYN_TIMEOUT,
                            nowNs);
                }
            }
            return;
        }
        if (outcome != null || state == SessionState.CLOSED) {
            return;
        }
        cursor.advance(nowNs);
        receiver.onTimer(nowNs);
        if (nowNs >= userTimeoutNs()) {
            end(SessionState.CLOSED, Outcome.TIMEOUT, nowNs);
            return;
        }
        transmitter.onTimer(nowNs);
        if (nowNs >= lingerDeadlineNs) {
            reset.queue(send.seq(send.nxt()), receive.rcvNxt(), TcpFlags.RST | TcpFlags.ACK);
            end(SessionState.CLOSED, completed(), nowNs);
            return;
        }
        watchEnd(nowNs);
    }

    /** RFC 9293 3.8.3: R2, counted while something is unacknowledged or a closed window is probed. */
    private long userTimeoutNs() {
        final boolean waiting = send.inFlight() || transmitter.probing();
        return waiting ? aliveNs + config.userTimeoutNs() : NEVER;
    }

    /** Deadlines that begin when the script has nothing more to say. */
    private void watchEnd(final long nowNs) {
        if (cursor.resetReleased() && resetDeadlineNs == NEVER) {
            // A captured RST waits for the ACK of what was sent before it, or it misses RCV.NXT (RFC 5961 3.2): while
            // there is progress, and not for ever before a closed window.
            resetDeadlineNs = nowNs + config.userTimeoutNs();
        }
        if (state == SessionState.FIN_WAIT_2 && cursor.over() && lingerDeadlineNs == NEVER) {
            final boolean missing = receive.hasHole() || receive.streamBytes() < recordedAnswerBytes;
            lingerDeadlineNs = nowNs + (missing ? MISSING_LINGER_NS : HALF_OPEN_LINGER_NS);
        }
    }

    /**
     * Offers every segment that may leave now.
     *
     * @return segments that the sink took
     */
    public int poll(final SegmentSink sink, final long nowNs) {
        int taken = 0;
        if (reset.pending()) {
            if (!sink.send(this, reset.write(segments))) {
                return 0;
            }
            reset.clear();
            taken++;
        }
        if (state == SessionState.SYN_SENT) {
            return taken + pollSyn(sink, nowNs);
        }
        if (state == SessionState.CLOSED) {
            return taken;
        }
        if (outcome == null) {
            taken += transmitter.retransmit(this, sink, nowNs);
            taken += transmitter.transmit(this, sink, nowNs);
            watchEnd(nowNs);
            if (isResetDue(nowNs)) {
                return taken + pollCapturedReset(sink, nowNs);
            }
            taken += transmitter.probe(this, sink, nowNs);
        }
        if (receiver.ackPending() && sink.send(this, segments.ack(nowNs))) {
            onAckCarried(true);
            taken++;
        }
        return taken;
    }

    private int pollSyn(final SegmentSink sink, final long nowNs) {
        if (!handshake.synWanted() || !sink.send(this, segments.syn(!handshake.synSent(), nowNs))) {
            return 0;
        }
        handshake.onSynSent(nowNs);
        transmitter.onSynSent(nowNs);
        return 1;
    }

    private boolean isResetDue(final long nowNs) {
        return cursor.resetReleased()
                && ((transmitter.releasedAcked() && !send.inFlight()) || nowNs >= resetDeadlineNs);
    }

    private int pollCapturedReset(final SegmentSink sink, final long nowNs) {
        final int flags = TcpFlags.RST | TcpFlags.ACK;
        if (!sink.send(this, segments.reset(send.seq(send.nxt()), receive.rcvNxt(), flags))) {
            return 0;
        }
        end(SessionState.CLOSED, transmitter.releasedAcked() ? completed() : Outcome.TIMEOUT, nowNs);
        return 1;
    }

    void onAckCarried(final boolean pure) {
        receiver.onAckSent(pure);
    }

    void onFlightBegins(final long nowNs) {
        aliveNs = nowNs;
    }

    void onFinSent() {
        state = Transitions.finSent(state);
    }

    private void aliveWhenIdle(final long nowNs) {
        if (!send.inFlight()) {
            // RFC 9293 3.8.6.1: a target that answers probes may keep its window closed for ever.
            aliveNs = nowNs;
        }
        lingerDeadlineNs = NEVER;
    }

    /** When {@link #onTimer} must be called next, ns, or {@link Long#MAX_VALUE}. */
    public long nextDeadlineNs() {
        if (state == SessionState.SYN_SENT) {
            return transmitter.deadlineNs();
        }
        if (outcome != null || state == SessionState.CLOSED) {
            return NEVER;
        }
        final long timers = Math.min(transmitter.deadlineNs(), receiver.deadlineNs());
        final long ends = Math.min(Math.min(resetDeadlineNs, lingerDeadlineNs), userTimeoutNs());
        return Math.min(Math.min(timers, ends), cursor.nextDeadlineNs());
    }

    /** Ends the session now: a RST leaves with the next {@link #poll} if the target knows of us; outcome INTERRUPTED. */
    public void abort(final long nowNs) {
        resetNow(Outcome.INTERRUPTED, nowNs);
    }

    private void resetNow(final Outcome how, final long nowNs) {
        if (outcome != null) {
            return;
        }
        if (state == SessionState.SYN_SENT && handshake.synSent()) {
            reset.queue(send.seq(1), 0, TcpFlags.RST);
        } else if (state != SessionState.SYN_SENT && state != SessionState.CLOSED) {
            reset.queue(send.seq(send.nxt()), receive.rcvNxt(), TcpFlags.RST | TcpFlags.ACK);
        }
        end(SessionState.CLOSED, how, nowNs);
    }

    private void moveTo(final SessionState next, final long nowNs) {
        state = next;
        if (next == SessionState.CLOSED || next == SessionState.TIME_WAIT) {
            end(next, completed(), nowNs);
        }
    }

    private Outcome completed() {
        return cursor.diverged() ? Outcome.COMPLETED_DIVERGED : Outcome.COMPLETED;
    }

    private void end(final SessionState last, final Outcome how, final long nowNs) {
        state = last;
        outcome = how;
        transmitter.disarm();
        cursor.onEnd(nowNs);
    }

    public SessionState state() {
        return state;
    }

    /** Null while the session runs; it is over when this is set and {@link #poll} has nothing left. TIME_WAIT is over. */
    public @Nullable Outcome outcome() {
        return outcome;
    }

    /** Client bytes that the target acknowledged. */
    public long ackedBytes() {
        return transmitter.ackedBytes();
    }

    /** In-order bytes of the server's stream. */
    public long receivedBytes() {
        return receive.streamBytes();
    }

    public long retransmittedBytes() {
        return transmitter.retransmittedBytes();
    }

    public int retransmits() {
        return transmitter.retransmits() + Math.max(0, handshake.sent() - 1);
    }

    SendSequence sendSequence() {
        return send;
    }

    ReceiveSequence receiveSequence() {
        return receive;
    }
}
