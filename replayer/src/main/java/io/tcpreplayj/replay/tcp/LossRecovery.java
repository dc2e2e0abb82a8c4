package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpOptions;

/**
 * What is lost, and how long an episode of loss lasts. With SACK, {@link Rack} finds losses and {@link TailLossProbe}
 * provokes the ACKs that it needs; without, three duplicate ACKs and then each partial one do (RFC 5681 3.2, RFC 6582). An
 * episode ends when all is acknowledged that was in flight when it began.
 */
final class LossRecovery {
    private static final int DUPLICATE_ACKS = 3;
    private static final long NONE = -1;
    private static final long NEVER = RetransmitTimer.NEVER;

    private final SendSequence send;
    private final Flight flight;
    private final CongestionWindow congestion;
    private final Rack rack;
    private final TailLossProbe probe = new TailLossProbe();
    private final SackBlocks blocks = new SackBlocks();

    private boolean sackOn;
    private int mss;
    private long recover = NONE;
    private boolean timedOut;
    /** RACK found what this episode took for lost: then it says something about reordering when it was only late. */
    private boolean foundByRack;

    private int duplicateAcks;
    /** When the first segment left again in this episode, or as the probe before it; NEVER before. */
    private long firstResentNs = NEVER;
    /**
     * The first retransmission of an episode leaves whatever the congestion window says (RFC 6675 5 step 4.3); without SACK
     * each partial ACK's does.
     */
    private boolean urgent;

    private boolean sackNews;
    private boolean spurious;
    /** What this ACK acknowledges had come before the probe that asked for it. */
    private boolean probeWasNeedless;

    LossRecovery(
            final SendSequence send,
            final Flight flight,
            final CongestionWindow congestion,
            final Timestamps timestamps) {
        this.send = send;
        this.flight = flight;
        this.congestion = congestion;
        rack = new Rack(timestamps);
    }

    /** Both SYNs are known. {@code roundTripNs}: what the handshake measured, or -1. */
    void negotiated(final boolean sack, final int segmentBytes, final long roundTripNs, final long nowNs) {
        sackOn = sack;
        mss = segmentBytes;
        if (roundTripNs >= 0) {
            rack.onHandshake(roundTripNs, nowNs);
        }
    }

    /** Segments became smaller: those in flight that the path will not take are lost. */
    void mss(final int segmentBytes) {
        mss = segmentBytes;
        boolean any = false;
        for (int i = 0; i < flight.size(); i++) {
            if (flight.end(i) - flight.start(i) > segmentBytes + 1 && !flight.isSacked(i)) {
                flight.markLost(i);
                any = true;
            }
        }
        if (any) {
            beginWithoutCongestion();
        }
    }

    /**
     * First part of an ACK: which segments it delivers, and the round trip they measure.
     *
     * @param position SEG.ACK, not below SND.UNA
     * @return ns, or -1
     */
    long onDelivery(final PacketView segment, final TcpOptions options, final long position, final long nowNs) {
        rack.beginAck(options, nowNs);
        final boolean advances = position > send.una();
        send.ackedUpTo(position);
        blocks.clear();
        if (sackOn && options.sackBlocks() > 0) {
            blocks.read(segment, options, send);
        }
        spurious = advances && recover != NONE && isSpurious();
        flight.ack(position, rack);
        sackNews = !blocks.isEmpty() && flight.sack(blocks, rack);
        return roundTripNs(position, nowNs);
    }

    /**
     * Where each segment is probed for before its ACK can be there, none would ever tell how long it takes: without a DSACK the
     * echo of the first of two copies is a round trip of its own. What a timeout repeated was silent for longer, and may hide
     * ACKs that were lost.
     */
    private long roundTripNs(final long position, final long nowNs) {
        probeWasNeedless = !blocks.dsack() && probe.isAnsweredBy(position) && rack.echoes(probe.firstCopyNs());
        final long roundTripNs = rack.roundTripNs();
        return roundTripNs < 0 && probeWasNeedless ? nowNs - probe.firstCopyNs() : roundTripNs;
    }

    /**
     * RFC 3522 3.2, the Eifel detection: the oldest segment was sent again, and the ACK that comes first is for what left before
     * anything was. The echo of a copy proves nothing: a second one may have been needless, and the first was not. With a DSACK
     * it is for a later one, too, and all ACKs before may have been lost.
     */
    private boolean isSpurious() {
        return sackOn
                && !blocks.dsack()
                && !flight.isEmpty()
                && flight.isRetransmitted(0)
                && rack.echoesBefore(firstResentNs);
    }

    /** RFC 4015 3.2: what was taken for lost was late. */
    private void takeBack(final long acked) {
        if (foundByRack) {
            rack.onSpurious();
        }
        if (congestion.undo(send.nxt() - send.una(), acked)) {
            flight.forgetLosses();
            end();
        }
    }

    /**
     * Second part of an ACK: what is lost in the light of it.
     *
     * @param acked bytes that it acknowledged
     * @param duplicate it is a duplicate ACK in the sense of RFC 5681 2
     */
    void onAck(final long acked, final boolean duplicate, final long srttNs, final long nowNs) {
        if (spurious) {
            takeBack(acked);
        }
        if (recover != NONE && send.una() >= recover) {
            end();
        }
        if (sackOn) {
            if (blocks.dsack()) {
                rack.onDsack(send.una(), send.nxt());
            }
            if (acked > 0 || sackNews) {
                rack.detect(flight, recover != NONE, srttNs, nowNs);
            }
        } else if (acked > 0) {
            duplicateAcks = 0;
            if (recover != NONE && !flight.isEmpty()) {
                // RFC 6582 3.2 step 3: a partial ACK asks for what lies behind it, whatever the window says.
                flight.markLost(0);
                urgent = true;
            }
        } else if (duplicate && ++duplicateAcks == DUPLICATE_ACKS && recover == NONE) {
            flight.markLost(0);
        }
        if (probe.onAck(send.una(), blocks.dsack() || probeWasNeedless) && recover == NONE) {
            congestion.onLoss(send.nxt() - send.una());
            congestion.settle();
        }
        beginIfLost();
        if (recover == NONE && !probe.underWay()) {
            firstResentNs = NEVER;
        }
        if (acked > 0 && (recover == NONE || timedOut)) {
            congestion.onAcked(acked);
        }
    }

    private void beginIfLost() {
        if (recover == NONE && flight.hasLost()) {
            recover = send.nxt();
            urgent = true;
            foundByRack = sackOn;
            congestion.onLoss(send.nxt() - send.una());
            probe.giveUp();
        }
    }

    private void end() {
        recover = NONE;
        timedOut = false;
        foundByRack = false;
        duplicateAcks = 0;
        urgent = false;
        firstResentNs = NEVER;
        congestion.settle();
        rack.onRecoveryEnded();
    }

    /** The oldest segment in flight is to leave again now, for no fault of the network's; returns whether there is one. */
    boolean resendNow() {
        if (flight.isEmpty() || flight.isSacked(0)) {
            return false;
        }
        flight.markLost(0);
        beginWithoutCongestion();
        return true;
    }

    /** What is lost leaves at once, and the congestion window stays as it is (RFC 1191 6.5). */
    private void beginWithoutCongestion() {
        if (recover == NONE) {
            recover = send.nxt();
        }
        foundByRack = false;
        urgent = true;
        probe.giveUp();
    }

    /** The retransmission timer expired. */
    void onTimeout(final long srttNs, final long nowNs) {
        congestion.onTimeout(send.nxt() - send.una());
        if (flight.isSacked(0)) {
            // It has what stands at SND.UNA and yet does not acknowledge it: it changed its mind (RFC 2018 8).
            flight.forgetSacks();
        }
        rack.detectAtTimeout(flight, srttNs, nowNs);
        recover = send.nxt();
        timedOut = true;
        foundByRack = false;
        duplicateAcks = 0;
        urgent = true;
        probe.giveUp();
    }

    /** Time passes. */
    void onTimer(final long srttNs, final long nowNs) {
        probe.onTimer(nowNs);
        if (nowNs >= rack.deadlineNs()) {
            rack.detect(flight, recover != NONE, srttNs, nowNs);
            beginIfLost();
        }
    }

    /** To be called when something new left and when something was acknowledged. */
    void scheduleProbe(final long srttNs, final long rtoDeadlineNs, final long nowNs) {
        if (!sackOn || flight.isEmpty() || recover != NONE || flight.sackedSegments() > 0) {
            probe.cancel();
        } else {
            probe.schedule(srttNs, flight.pipe() < 2L * mss, rtoDeadlineNs, nowNs);
        }
    }

    TailLossProbe probe() {
        return probe;
    }

    /** Whether segment {@code i} of the flight, taken for lost, may leave again now, or as much of it as a segment may have. */
    boolean mayResend(final int i) {
        final long bytes = Math.min(flight.end(i) - flight.start(i), mss);
        // Segment 0 leaves whatever the window: a target that shrank it must be able to say so.
        final boolean inWindow = i == 0 || flight.start(i) + bytes <= send.una() + send.wnd();
        return inWindow && (urgent || fits(bytes));
    }

    /** Whether {@code bytes} more may be under way. */
    boolean fits(final long bytes) {
        final long pipe = pipe();
        return pipe == 0 || bytes <= congestion.room(pipe);
    }

    /** A segment is to leave at once: the first retransmission of an episode. */
    boolean urgent() {
        return urgent;
    }

    /** What was taken for lost left again. */
    void onRepair() {
        urgent = false;
    }

    /** A segment left again, be it as a probe. */
    void onResent(final long nowNs) {
        firstResentNs = Math.min(firstResentNs, nowNs);
    }

    /** Each duplicate ACK is a segment that arrived; without SACK nobody says which. */
    private long pipe() {
        return sackOn ? flight.pipe() : Math.max(0, flight.pipe() - (long) duplicateAcks * mss);
    }

    long deadlineNs() {
        return Math.min(rack.deadlineNs(), probe.deadlineNs());
    }
}
