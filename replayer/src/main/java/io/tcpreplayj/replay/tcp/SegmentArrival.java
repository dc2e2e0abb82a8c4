package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;

/** SEGMENT ARRIVES of RFC 9293 3.10.7.4, step by step: a segment for a connection whose SYNs have met. */
final class SegmentArrival {
    private final ControlBlock block;
    private final Receiver receiver;
    private final Transmitter transmitter;
    private final Lifecycle lifecycle;
    private final Patience patience;
    private int peerWindowShift;

    SegmentArrival(
            final ControlBlock block,
            final Receiver receiver,
            final Transmitter transmitter,
            final Lifecycle lifecycle,
            final Patience patience) {
        this.block = block;
        this.receiver = receiver;
        this.transmitter = transmitter;
        this.lifecycle = lifecycle;
        this.patience = patience;
    }

    /** Windows of the target's are in units of two to the power of {@code windowShift} (RFC 7323 2.2). */
    void negotiated(final int windowShift) {
        peerWindowShift = windowShift;
    }

    /**
     * A segment and its options.
     *
     * @return whether the target's FIN is taken now: everything before it has come
     */
    boolean onSegment(final PacketView segment, final TcpOptions options, final long nowNs) {
        if (segment.segLen() > 0) {
            patience.onHeard();
        }
        if (!passesChecks(segment, options, nowNs) || !onAck(segment, options, nowNs)) {
            return false;
        }
        if (!block.send().inFlight()) {
            // RFC 9293 3.8.6.1: a target that answers probes may keep its window closed for ever.
            patience.onAlive(nowNs);
        }
        if (!block.receive().hasHole()) {
            // Whoever answers our questions, and sends nothing of what is missing, is not waited for for ever.
            patience.onHeard();
        }
        block.notice().onSegment(segment);
        final boolean fin = receiver.onText(segment, options, nowNs);
        if (fin) {
            lifecycle.onFinReceived(nowNs);
        }
        return fin;
    }

    /** First to fourth step, with RFC 5961; returns whether the rest of the segment counts. */
    private boolean passesChecks(final PacketView segment, final TcpOptions options, final long nowNs) {
        if (!receiver.isAcceptable(segment, options, nowNs)) {
            echoCopy(segment, options, nowNs);
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
     * A copy of the segment that was acknowledged last: its ACK was lost, and the next one echoes the copy, as Linux does, or the
     * target would measure its own timeouts as round trips. RFC 7323 4.3 (2) has it so, if its first step (5.3 R2) does not. What
     * the target sent before the copy, and the copy overtook, is old then and must come again.
     */
    private void echoCopy(final PacketView segment, final TcpOptions options, final long nowNs) {
        final SendSequence send = block.send();
        final long position = send.position(segment.segAck());
        final boolean sound = segment.hasFlag(TcpFlags.ACK)
                && !segment.hasFlag(TcpFlags.RST)
                && !segment.hasFlag(TcpFlags.SYN)
                && position >= send.una()
                && position <= send.nxt();
        final int end = segment.segSeq() + segment.segLen();
        if (sound && segment.segLen() > 0 && end == block.receive().rcvNxt()) {
            final Timestamps timestamps = block.timestamps();
            if (!timestamps.isOld(options, nowNs)) {
                timestamps.onAcceptable(options, segment.segSeq(), nowNs);
            }
        }
    }

    private void onReset(final int segSeq, final long nowNs) {
        if (lifecycle.is(SessionState.TIME_WAIT)) {
            // RFC 1337 3: a late RST must not end TIME-WAIT.
            return;
        }
        if (segSeq != block.receive().rcvNxt()) {
            receiver.challenge(nowNs);
            return;
        }
        final boolean closing = lifecycle.scriptOver() || transmitter.finAcked();
        // What it sent and we did not get will not come any more.
        final boolean satisfied =
                transmitter.allAcked() && closing && !block.receive().hasHole();
        if (satisfied) {
            lifecycle.complete(nowNs);
        } else if (block.receive().finReached() && !transmitter.allAcked()) {
            lifecycle.end(Outcome.ABORTED_EARLY_FIN, nowNs);
        } else {
            lifecycle.end(Outcome.RESET_BY_TARGET, nowNs);
        }
    }

    /**
     * Fifth step.
     *
     * @return whether the rest of the segment counts
     */
    private boolean onAck(final PacketView segment, final TcpOptions options, final long nowNs) {
        final SendSequence send = block.send();
        final long position = send.position(segment.segAck());
        if (position > send.nxt() || position < send.una() - send.maxWnd()) {
            // RFC 9293 3.10.7.4, RFC 5961 5.2: acknowledges what was never sent, or is too old to be true.
            receiver.challenge(nowNs);
            return false;
        }
        block.timestamps().onAcceptable(options, segment.segSeq(), nowNs);
        if (position >= send.una()) {
            onNewAck(segment, options, position, nowNs);
        }
        return !lifecycle.is(SessionState.CLOSED);
    }

    /** It acknowledges {@code position}, from SND.UNA to SND.NXT. */
    private void onNewAck(final PacketView segment, final TcpOptions options, final long position, final long nowNs) {
        final SendSequence send = block.send();
        final long window = (long) segment.segWnd() << peerWindowShift;
        if (block.notice().onAck(segment, send.una(), send.nxt())) {
            transmitter.onCongestionNotice();
        }
        final boolean advances = position > send.una();
        final boolean duplicate = !advances && isDuplicate(segment, window);
        transmitter.onAck(segment, options, position, duplicate, nowNs);
        send.updateWindow(segment.segSeq(), segment.segAck(), window, advances);
        if (advances) {
            patience.onProgress(nowNs);
        } else if (send.usable() < 0) {
            // A target that shrank its window under what is in flight may leave us waiting, but it lives.
            patience.onAlive(nowNs);
        }
        if (advances && transmitter.finAcked()) {
            lifecycle.onFinAcked(nowNs);
        }
    }

    /** RFC 5681 2. */
    private boolean isDuplicate(final PacketView segment, final long window) {
        return block.send().inFlight()
                && segment.payloadLength() == 0
                && !segment.hasFlag(TcpFlags.FIN)
                && window == block.send().wnd();
    }
}
