package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.flow.ClientHeaders;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.ScriptNeeds;
import org.jspecify.annotations.Nullable;

/**
 * One live replay of a flow: a user-space TCP client without I/O, clock or threads. The agent feeds it segments and time,
 * and {@link #poll}s it for what is to be sent. What each part of RFC 9293 asks for is a class of its own; here they meet.
 */
public final class ClientSession {
    private static final long NEVER = RetransmitTimer.NEVER;

    private final TcpConfig config;
    private final Endpoint local;
    private final Endpoint target;
    private final ScriptCursor cursor;
    private final long recordedAnswerBytes;

    private final TcpOptions options = new TcpOptions();
    private final ControlBlock block;
    private final Handshake handshake = new Handshake();
    private final PendingReset reset = new PendingReset();
    private final SynOptions synOptions;
    private final SegmentFactory segments;
    private final Segmenter segmenter;
    private final Receiver receiver;
    private final Transmitter transmitter;
    private final Lifecycle lifecycle;
    private final Patience patience;
    private final SegmentArrival arrival;
    private long handshakeNs = -1;
    /** Of what was held back since all had left, something was more than a question. */
    private boolean keptWaiting;

    /**
     * @param local this session's own address and port
     * @param target where it connects to
     * @param responseBytes sees the server's stream, or null
     */
    public ClientSession(
            final Script script,
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
        final ClientHeaders headers = script.flow().opening().headers();
        final int offeredMss = Segmenter.offeredMss(config.mtu(), v4);
        synOptions = new SynOptions(script.flow().opening().synOptions(), offeredMss, config.receiveWindow());
        block = ControlBlock.of(config);
        segments = new SegmentFactory(script, synOptions, block);
        segments.mark(config.likeness().dscpOf(headers), config.likeness().hopLimitOf(headers));
        segmenter = new Segmenter(script, cursor, config.mtu() - Segmenter.headers(v4), v4);
        receiver = new Receiver(config, script.flow(), block, cursor, responseBytes);
        transmitter = new Transmitter(config, cursor, block, segments, segmenter);
        lifecycle = new Lifecycle(cursor);
        patience = new Patience(config.userTimeoutNs());
        arrival = new SegmentArrival(block, receiver, transmitter, lifecycle, patience);
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
        lifecycle.onConnect();
        block.send().init(iss);
        block.timestamps().init(tsOffset);
        handshake.start(dueNs);
    }

    /** One segment from the target to {@link #local()}. */
    public void onSegment(final PacketView segment, final long nowNs) {
        if (lifecycle.is(SessionState.CLOSED)) {
            return;
        }
        options.parse(segment.buffer(), segment.optionsOffset(), segment.optionsLength());
        if (lifecycle.is(SessionState.SYN_SENT)) {
            onAnswerToSyn(segment, nowNs);
            return;
        }
        final boolean fin = arrival.onSegment(segment, options, nowNs);
        if (fin && config.endsAtEarlyFin() && cursor.cutShortByFin()) {
            resetNow(Outcome.ABORTED_EARLY_FIN, nowNs);
        }
    }

    private void onAnswerToSyn(final PacketView segment, final long nowNs) {
        switch (handshake.judge(segment, block.send().seq(1))) {
            case IGNORE -> {
                // Neither ours nor harmful.
            }
            case RESET_BY_ACK -> reset.queue(segment.segAck(), 0, TcpFlags.RST);
            case RESET_BY_SEQ -> reset.queue(0, segment.segSeq() + segment.segLen(), TcpFlags.RST | TcpFlags.ACK);
            case REFUSED -> lifecycle.end(Outcome.REFUSED, nowNs);
            case ESTABLISHED -> establish(segment, nowNs);
        }
    }

    private void establish(final PacketView segment, final long nowNs) {
        lifecycle.onEstablished();
        patience.onAlive(nowNs);
        // RFC 7323 2.2, 3.2, RFC 2018 2: an option lives only when both SYNs carried it.
        final Timestamps timestamps = block.timestamps();
        if (synOptions.offersTimestamps() && options.hasTimestamps()) {
            timestamps.confirm(options.tsVal(), segment.segSeq() + 1, nowNs);
        }
        final boolean scaled = synOptions.windowShift() >= 0 && options.windowShift() >= 0;
        arrival.negotiated(scaled ? options.windowShift() : 0);
        final int ownShift = scaled ? synOptions.windowShift() : 0;
        final boolean sack = synOptions.offersSack() && options.sackPermitted();
        segments.negotiated(sack, ownShift);
        block.notice().negotiated(segment, handshake.sentOnce());
        segmenter.negotiated(options.mss(), timestamps.on() ? Timestamps.OPTION_BYTES : 0);
        receiver.onEstablished(segment.segSeq(), Math.min(config.receiveWindow(), 0xffff << ownShift), sack, nowNs);
        handshakeNs = handshake.sentOnce() ? handshake.elapsedNs(nowNs) : timestamps.roundTripNs(options, nowNs);
        if (!handshake.sentOnce()) {
            receiver.onLossInHandshake(nowNs);
        }
        final boolean measured = handshake.measures(timestamps, options);
        transmitter.onEstablished(sack, measured ? handshakeNs : -1, handshake.sentOnce(), nowNs);
        block.send().setWindow(segment.segSeq(), segment.segAck(), segment.segWnd());
        cursor.onEstablished(handshake.establishedDueNs(nowNs), nowNs);
    }

    /**
     * ICMP says that a packet of ours was too big for the path, and was not forwarded.
     *
     * @param quotedSeq SEG.SEQ of the quoted segment: an answer to nothing that is in flight is passed over (RFC 5927 4.1)
     * @param mtu bytes that would have been forwarded, 0 when the message does not say
     */
    public void onPacketTooBig(final int quotedSeq, final int mtu, final long nowNs) {
        if (!lifecycle.isOver() && !lifecycle.is(SessionState.SYN_SENT)) {
            transmitter.onPacketTooBig(quotedSeq, mtu, nowNs);
        }
    }

    /**
     * The interface takes packets of {@code mtu} bytes now. A SYN that is sent again offers no more than that, and no more than
     * before.
     */
    public void onFirstHop(final int mtu) {
        if (!lifecycle.isOver()) {
            synOptions.narrow(Segmenter.offeredMss(mtu, segmenter.v4()));
            transmitter.onFirstHop(mtu);
        }
    }

    /**
     * ICMP says that a packet of ours cannot arrive. A connection that stands outlives that (RFC 9293 3.9.2.2, RFC 5927 6);
     * a SYN is tried fewer times.
     */
    public void onUnreachable(final int quotedSeq) {
        if (lifecycle.is(SessionState.SYN_SENT) && transmitter.isInFlight(quotedSeq)) {
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
        if (lifecycle.isOver()) {
            return false;
        }
        return lifecycle.is(SessionState.SYN_SENT) ? handshake.resendNow() : transmitter.resendNow();
    }

    /** The process stood still, by a signal or for want of a processor: what was not heard meanwhile is no silence. */
    public void onStall(final long fromNs, final long toNs) {
        cursor.onStall(fromNs, toNs);
        patience.onStall(toNs - fromNs);
    }

    /** To be called when {@link #nextDeadlineNs()} has passed; harmless at any other time. */
    public void onTimer(final long nowNs) {
        if (lifecycle.is(SessionState.SYN_SENT)) {
            onSynTimer(nowNs);
            return;
        }
        if (lifecycle.isOver() || lifecycle.is(SessionState.CLOSED)) {
            return;
        }
        cursor.advance(nowNs);
        receiver.onTimer(nowNs);
        if (patience.isLost(waitsForTarget(), nowNs)) {
            lifecycle.end(Outcome.TIMEOUT, nowNs);
            return;
        }
        transmitter.onTimer(nowNs);
        if (patience.lingeredEnough(nowNs)) {
            queueReset();
            onLingered(nowNs);
        }
    }

    /** The target sent nothing more: it keeps its half open for nothing, or what it began to send never came. */
    private void onLingered(final long nowNs) {
        if (block.receive().hasHole()) {
            lifecycle.end(Outcome.TIMEOUT, nowNs);
        } else {
            lifecycle.complete(nowNs);
        }
    }

    private void onSynTimer(final long nowNs) {
        if (!transmitter.synExpired(nowNs)) {
            return;
        }
        transmitter.onSynTimeout(nowNs);
        if (!handshake.onTimeout(config.synRetries())) {
            lifecycle.end(handshake.unreachable() ? Outcome.UNREACHABLE : Outcome.SYN_TIMEOUT, nowNs);
        }
    }

    private boolean waitsForTarget() {
        return block.send().inFlight() || transmitter.probing();
    }

    /** Deadlines that begin when nothing of ours is under way, or the script has nothing more to say. */
    private void watchEnd(final long nowNs) {
        patience.onRestAwaited(block.receive().hasHole() && !waitsForTarget(), nowNs);
        if (cursor.resetReleased()) {
            patience.onResetReleased(nowNs);
        }
        if (lifecycle.is(SessionState.FIN_WAIT_2) && cursor.over()) {
            final ReceiveSequence receive = block.receive();
            patience.onHalfClosed(receive.hasHole(), receive.streamBytes() < recordedAnswerBytes, nowNs);
        }
    }

    /** Offers every segment that may leave now. */
    public void poll(final SegmentSink sink, final long nowNs) {
        if (!offerAll(sink, nowNs)) {
            keptWaiting = true;
            cursor.onHeldBack(nowNs);
            return;
        }
        onAllLeft(nowNs);
        if (!offerQuestion(sink, nowNs)) {
            cursor.onHeldBack(nowNs);
        }
    }

    /** Whether nothing that the target may wait for is left to send for want of room. */
    private boolean offerAll(final SegmentSink sink, final long nowNs) {
        if (reset.pending()) {
            if (!sink.send(this, reset.write(segments))) {
                return false;
            }
            reset.clear();
        }
        if (lifecycle.is(SessionState.SYN_SENT)) {
            return offerSyn(sink, nowNs);
        }
        if (lifecycle.is(SessionState.CLOSED)) {
            return true;
        }
        if (lifecycle.isOver()) {
            return offerAck(sink, nowNs);
        }
        transmitter.retransmit(this, sink, nowNs);
        transmitter.transmit(this, sink, nowNs);
        watchEnd(nowNs);
        if (isResetDue(nowNs)) {
            return offerCapturedReset(sink, nowNs);
        }
        // A target whose window of ours is full waits for the ACK: asked before that, it says that it sent all it may.
        return offerAck(sink, nowNs) && !transmitter.refused();
    }

    private boolean offerQuestion(final SegmentSink sink, final long nowNs) {
        if (lifecycle.is(SessionState.SYN_SENT) || lifecycle.is(SessionState.CLOSED) || lifecycle.isOver()) {
            return true;
        }
        transmitter.probe(this, sink, receiver.toldAllNs(), patience.questionNs() <= nowNs, nowNs);
        return !transmitter.refused();
    }

    private boolean offerAck(final SegmentSink sink, final long nowNs) {
        if (!receiver.ackPending()) {
            return true;
        }
        final SegmentOut ack = receiver.saysHandshakeAgain()
                ? segments.handshakeAgain(nowNs)
                : segments.ack(receiver.ackPosition(), nowNs);
        if (!sink.send(this, ack)) {
            return false;
        }
        onAckCarried(true, nowNs);
        return true;
    }

    /** What was held back, the target may have waited for: its silence begins only now. For a question it does not wait. */
    private void onAllLeft(final long nowNs) {
        if (!cursor.isHeldBack()) {
            return;
        }
        if (keptWaiting) {
            keptWaiting = false;
            cursor.onNothingHeldBack(nowNs);
            patience.onHeard();
            watchEnd(nowNs);
        } else {
            patience.onStall(cursor.onQuestionDelayed(nowNs));
        }
    }

    private boolean offerSyn(final SegmentSink sink, final long nowNs) {
        if (!handshake.synWanted()) {
            return true;
        }
        if (!sink.send(this, segments.syn(!handshake.synSent(), nowNs))) {
            return false;
        }
        handshake.onSynSent(nowNs);
        transmitter.onSynSent(nowNs);
        return true;
    }

    private boolean isResetDue(final long nowNs) {
        return cursor.resetReleased()
                && ((transmitter.releasedAcked() && !block.send().inFlight()) || patience.resetOverdue(nowNs));
    }

    private boolean offerCapturedReset(final SegmentSink sink, final long nowNs) {
        final SendSequence send = block.send();
        final int flags = TcpFlags.RST | TcpFlags.ACK;
        if (!sink.send(
                this, segments.reset(send.seq(send.nxt()), block.receive().rcvNxt(), flags))) {
            return false;
        }
        if (transmitter.releasedAcked()) {
            lifecycle.complete(nowNs);
        } else {
            lifecycle.end(Outcome.TIMEOUT, nowNs);
        }
        return true;
    }

    void onProbeSent(final long nowNs) {
        receiver.onProbeSent(nowNs);
        patience.onAsked(nowNs);
    }

    void onAckCarried(final boolean pure, final long nowNs) {
        receiver.onAckSent(pure, nowNs);
    }

    void onFlightBegins(final long nowNs) {
        patience.onAlive(nowNs);
    }

    void onFinSent() {
        lifecycle.onFinSent();
    }

    /** When {@link #onTimer} must be called next, ns, or {@link Long#MAX_VALUE}. */
    public long nextDeadlineNs() {
        if (lifecycle.is(SessionState.SYN_SENT)) {
            return transmitter.deadlineNs();
        }
        if (lifecycle.isOver() || lifecycle.is(SessionState.CLOSED)) {
            return NEVER;
        }
        final long timers = Math.min(transmitter.deadlineNs(), receiver.deadlineNs());
        final long ends = Math.min(patience.deadlineNs(waitsForTarget()), cursor.nextDeadlineNs());
        // What is held back leaves when there is room, not by the clock.
        final long questionNs = cursor.isHeldBack() ? NEVER : patience.questionNs();
        return Math.min(Math.min(timers, ends), questionNs);
    }

    /** Ends the session now: a RST leaves with the next {@link #poll} if the target knows of us; outcome INTERRUPTED. */
    public void abort(final long nowNs) {
        resetNow(Outcome.INTERRUPTED, nowNs);
    }

    private void resetNow(final Outcome how, final long nowNs) {
        if (lifecycle.isOver()) {
            return;
        }
        if (lifecycle.is(SessionState.SYN_SENT) && handshake.synSent()) {
            reset.queue(block.send().seq(1), 0, TcpFlags.RST);
        } else if (!lifecycle.is(SessionState.SYN_SENT) && !lifecycle.is(SessionState.CLOSED)) {
            queueReset();
        }
        lifecycle.end(how, nowNs);
    }

    private void queueReset() {
        final SendSequence send = block.send();
        reset.queue(send.seq(send.nxt()), block.receive().rcvNxt(), TcpFlags.RST | TcpFlags.ACK);
    }

    public SessionState state() {
        return lifecycle.state();
    }

    /** Null while the session runs; it is over when this is set and {@link #poll} has nothing left. TIME_WAIT is over. */
    public @Nullable Outcome outcome() {
        return lifecycle.outcome();
    }

    /** Client bytes that the target acknowledged. */
    public long ackedBytes() {
        return transmitter.ackedBytes();
    }

    /** In-order bytes of the server's stream. */
    public long receivedBytes() {
        return block.receive().streamBytes();
    }

    public long retransmittedBytes() {
        return transmitter.retransmittedBytes();
    }

    /** What of the script this session may still look at. */
    public void needs(final ScriptNeeds needs) {
        segmenter.know();
        cursor.needs(transmitter.ackedBytes(), needs);
    }

    /** Its SYN is still to leave. */
    public boolean opens() {
        return lifecycle.is(SessionState.SYN_SENT) && !handshake.synSent();
    }

    /** From the SYN that the target got first, by its echo when there were several, to an answer of its; -1 when nobody knows. */
    public long handshakeNs() {
        return handshakeNs;
    }

    /**
     * Whether the target is to say something: acknowledge, answer, or send again what is missing. It owes nothing while what it
     * may wait for is held back.
     */
    public boolean isOwed(final long nowNs) {
        if (cursor.isHeldBack()) {
            return false;
        }
        if (lifecycle.is(SessionState.SYN_SENT)) {
            return handshake.synSent();
        }
        return !lifecycle.isOver()
                && !lifecycle.is(SessionState.CLOSED)
                && (waitsForTarget() || block.receive().hasHole() || cursor.awaitsServer(nowNs));
    }

    public int retransmits() {
        return transmitter.retransmits() + Math.max(0, handshake.sent() - 1);
    }

    /** Packets of either direction seem to have been lost. */
    public boolean sawLosses() {
        return retransmits() > 0 || block.receive().disordered();
    }

    SendSequence sendSequence() {
        return block.send();
    }

    ReceiveSequence receiveSequence() {
        return block.receive();
    }
}
