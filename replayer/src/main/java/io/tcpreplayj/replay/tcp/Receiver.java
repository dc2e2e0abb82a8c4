package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;
import io.tcpreplayj.replay.script.ScriptCursor;
import org.jspecify.annotations.Nullable;

/** The receive side of a session: which segments count, what of the target's stream is there, and when to say so. */
final class Receiver {
    private static final long ALL = Long.MAX_VALUE;
    /** When the captured client's rows have nothing to say: RFC 9293 3.8.6.3. */
    private static final long CAPTURED_DELAY_NS = 500_000_000L;

    private final SendSequence send;
    private final ReceiveSequence receive;
    private final Timestamps timestamps;
    private final AckPolicy acks;
    private final RestatedAck restated = new RestatedAck();
    private final ScriptCursor cursor;
    private final @Nullable ResponseBytes responseBytes;
    private final @Nullable CapturedAcks captured;
    private final boolean pacesAcks;
    /** What the next pure ACK acknowledges, when that is less than has come. */
    private long tells = ALL;
    /** What the last segment acknowledged. */
    private long acked;
    /** When the last pure ACK left. */
    private long pureNs = -1;

    private boolean sackOn;
    private boolean lossy;
    /** What is pending is a copy, unless something came since. */
    private boolean again;
    /** Where the furthest segment with PSH ends, in its place or ahead of it. */
    private long pushed;

    Receiver(
            final TcpConfig config,
            final FlowRecord flow,
            final ControlBlock block,
            final ScriptCursor cursor,
            final @Nullable ResponseBytes responseBytes) {
        this.send = block.send();
        this.receive = block.receive();
        this.timestamps = block.timestamps();
        final Likeness likeness = config.likeness();
        this.captured = CapturedAcks.of(flow, likeness);
        this.pacesAcks = captured != null && likeness.acks() != AckStyle.RFC;
        this.acks = pacesAcks
                ? new AckPolicy(CAPTURED_DELAY_NS, likeness.acks().segments())
                : new AckPolicy(config.delayedAckNs());
        this.cursor = cursor;
        this.responseBytes = responseBytes;
    }

    /** The target's SYN came; the handshake's ACK is due. */
    void onEstablished(final int irs, final int window, final boolean sack, final long nowNs) {
        receive.init(irs, window);
        sackOn = sack;
        acks.atOnce();
        if (captured != null && captured.limitsWindow()) {
            // The first row may be later than the first segment, which then offers what the SYN did.
            receive.limit(1 + captured.edge());
        }
        likeCaptured(nowNs);
    }

    /** Does what the captured client did when as much had come. */
    private void likeCaptured(final long nowNs) {
        final CapturedAcks rows = captured;
        if (rows == null) {
            return;
        }
        final boolean all = acks.pending();
        rows.onReached(receive.nxt() - 1, receive.wnd(), nowNs);
        if (!rows.play(receive.wnd(), nowNs)) {
            return;
        }
        if (rows.limitsWindow()) {
            receive.limit(1 + rows.edge());
        } else {
            receive.unlimit();
        }
        if (rows.speaks()) {
            acks.atOnce();
            tells = pacesAcks && !all ? 1 + rows.told() : ALL;
        }
    }

    /** RFC 9293 3.10.7.4, first step, with RFC 7323 5.3 before it: what is not acceptable is answered here. */
    boolean isAcceptable(final PacketView segment, final TcpOptions options, final long nowNs) {
        final boolean rst = segment.hasFlag(TcpFlags.RST);
        final boolean old = !rst && timestamps.isOld(options, nowNs);
        if (!old && receive.acceptable(segment.segSeq(), segment.segLen())) {
            return true;
        }
        if (!rst) {
            if (!segment.hasFlag(TcpFlags.SYN)) {
                receive.onUnacceptable(receive.position(segment.segSeq()), segment.segLen());
                onNews(segment, nowNs);
            } else if (segment.segSeq() == receive.irs() && receive.nxt() == 1) {
                onLossInHandshake(nowNs);
            }
            acks.onInvalid(segment.payloadLength() > 0 || segment.hasFlag(TcpFlags.FIN), nowNs);
        }
        return false;
    }

    /** RFC 5961: an ACK that only the real target can make something of. */
    void challenge(final long nowNs) {
        acks.onInvalid(false, nowNs);
    }

    /**
     * Seventh and eighth step: payload and FIN. The sixth, URG, is nothing to a replayed client.
     *
     * @return whether the target's FIN is taken now: everything before it has come
     */
    boolean onText(final PacketView segment, final TcpOptions options, final long nowNs) {
        if (segment.segLen() == 0) {
            onEmpty(receive.position(segment.segSeq()), options, nowNs);
            return false;
        }
        final int length = segment.payloadLength();
        final long from = receive.position(segment.segSeq());
        final long before = receive.nxt();
        final boolean hole = receive.hasHole();
        if (segment.hasFlag(TcpFlags.PSH)) {
            pushed = Math.max(pushed, from + length);
        }
        if (segment.hasFlag(TcpFlags.FIN)) {
            receive.fin(from + length);
        }
        final long won = receive.accept(from, length);
        onNews(segment, nowNs);
        if (won > 0) {
            acks.onInOrder(length, won, hole || (!pacesAcks && segment.hasFlag(TcpFlags.PSH)), nowNs);
            deliver(segment, before - from, won, nowNs);
        } else {
            // RFC 5681 4.2: behind a hole, or a copy.
            acks.atOnce();
        }
        final boolean fin = receive.takeFin();
        if (fin) {
            acks.atOnce();
            cursor.onServerFin(nowNs);
        }
        tells = acks.pending() ? ALL : tells;
        likeCaptured(nowNs);
        cursor.onHole(receive.hasHole(), nowNs);
        return fin;
    }

    /** An ACK has the target's SND.NXT for a number: what it sent so far, however much of that was lost. */
    private void onEmpty(final long position, final TcpOptions options, final long nowNs) {
        if (position > receive.nxt()) {
            receive.heardOf(position);
            cursor.onHole(receive.hasHole(), nowNs);
        } else if (!receive.hasHole() && timestamps.tellsThatAckWasHeard(options)) {
            cursor.onNothingUnderWay(nowNs);
        }
    }

    /** Its acknowledgement may be lost as other packets were. */
    private void onNews(final PacketView segment, final long nowNs) {
        // RFC 9293 3.8.4: not one of a target that asks whether we are there.
        final boolean keepAlive = segment.segLen() == 1 && segment.segSeq() == receive.rcvNxt() - 1;
        if (segment.segLen() > 0 && !keepAlive && (lossy || receive.disordered())) {
            sayAgain(send.nxt(), nowNs);
        }
    }

    /**
     * The handshake met with losses, and its last segment may be the next one. Until a target hears that, it takes no data, and
     * then it takes the time since its SYN for the path's.
     */
    void onLossInHandshake(final long nowNs) {
        lossy = true;
        sayAgain(1, nowNs);
    }

    /** Who acknowledges like the captured client says all once. */
    private void sayAgain(final long saidBefore, final long nowNs) {
        if (!pacesAcks) {
            restated.onNews(saidBefore, nowNs);
        }
    }

    /**
     * The next pure ACK is the handshake's again, and has its number: a target that remembers nothing of the handshake reads
     * its cookie by that (RFC 4987 3.6), and one that has our data answers.
     */
    boolean saysHandshakeAgain() {
        return again && receive.nxt() == 1 && !receive.hasHole() && send.una() == 1;
    }

    /** Hands the won bytes on; {@code skip} payload bytes of the segment had come before. */
    private void deliver(final PacketView segment, final long skip, final long won, final long nowNs) {
        final int inPacket = (int) Math.min(won, segment.payloadLength() - skip);
        final ResponseBytes sink = responseBytes;
        if (sink != null) {
            final int available = (int) Math.max(0, Math.min(inPacket, segment.payloadCaplen() - skip));
            sink.onResponseBytes(segment.buffer(), segment.payloadOffset() + (int) skip, inPacket, available, nowNs);
            if (won > inPacket) {
                sink.onResponseBytes(segment.buffer(), segment.payloadOffset(), (int) (won - inPacket), 0, nowNs);
            }
        }
        // The segment that fills a hole is not the last one of what it completes.
        cursor.onServerBytes(receive.streamBytes(), receive.nxt() == pushed, nowNs);
    }

    /** A segment with the ACK field left. While there are SACK blocks to send only a pure ACK tells the target all. */
    void onAckSent(final boolean pure, final long nowNs) {
        final long position = pure ? ackPosition() : receive.nxt();
        timestamps.onAckSent(receive.irs() + (int) position, nowNs);
        receive.onOffered();
        if (position < receive.nxt()) {
            acks.onPartlySent(receive.nxt() - position, position > acked, nowNs);
        } else if (pure || !(sackOn && receive.hasBlocks())) {
            acks.onAckSent();
        }
        tells = ALL;
        acked = position;
        if (captured != null) {
            captured.onAckSent(position - 1);
        }
        if (pure) {
            receive.duplicate().clear();
            again = false;
            pureNs = nowNs;
        }
    }

    /** When the last ACK left, or -1 when it did not acknowledge all that has come. */
    long toldAllNs() {
        return acked == receive.nxt() ? pureNs : -1;
    }

    /** An empty segment left that acknowledges all there is. */
    void onProbeSent(final long nowNs) {
        tells = ALL;
        onAckSent(true, nowNs);
    }

    void onTimer(final long nowNs) {
        acks.onTimer(nowNs);
        if (restated.takeDue(send.una(), nowNs)) {
            acks.atOnce();
            again = true;
        }
        likeCaptured(nowNs);
    }

    /** What a pure ACK acknowledges now. */
    long ackPosition() {
        return Math.min(receive.nxt(), tells);
    }

    /** An ACK is due, and nothing else carried it. */
    boolean ackPending() {
        return acks.pending();
    }

    long deadlineNs() {
        final long ourNs = Math.min(acks.deadlineNs(), restated.deadlineNs());
        final CapturedAcks rows = captured;
        return rows == null ? ourNs : Math.min(ourNs, rows.deadlineNs());
    }
}
