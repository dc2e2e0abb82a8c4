package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.flow.Opening;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.replay.script.Script;

/** Fills the one {@link SegmentOut} of a session: numbers, options and window as the connection has them now. */
final class SegmentFactory {
    private static final int MAX_WINDOW_FIELD = 0xffff;

    private final SegmentOut out = new SegmentOut();
    private final Script script;
    private final SynOptions synOptions;
    private final int synWindow;
    private final Timestamps timestamps;
    private final CongestionNotice notice;
    private final SendSequence send;
    private final ReceiveSequence receive;
    private boolean sackOn;
    private int windowShift;

    SegmentFactory(final Script script, final SynOptions synOptions, final ControlBlock block) {
        this.script = script;
        final Opening opening = script.flow().opening();
        this.synOptions = synOptions;
        this.synWindow = opening.synWindow() > 0 ? Math.min(opening.synWindow(), MAX_WINDOW_FIELD) : MAX_WINDOW_FIELD;
        this.timestamps = block.timestamps();
        this.notice = block.notice();
        this.send = block.send();
        this.receive = block.receive();
    }

    /** What all packets of the session carry in the IP header. */
    void mark(final int dscp, final int hopLimit) {
        out.dscp = dscp;
        out.hopLimit = hopLimit;
    }

    /** What both sides agreed upon: nothing else may be used. */
    void negotiated(final boolean sack, final int ownWindowShift) {
        sackOn = sack;
        windowShift = ownWindowShift;
    }

    /** @param first it was not sent before */
    SegmentOut syn(final boolean first, final long nowNs) {
        begin(send.seq(0), TcpFlags.SYN | notice.synFlags(first));
        // RFC 7323 2.2: the window of a SYN is never scaled.
        out.window = synWindow;
        synOptions.write(out, timestamps.now(nowNs));
        return out;
    }

    /** A RST of RFC 9293 3.10.7.1: with {@code flags} RST|ACK it acknowledges {@code ack}. */
    SegmentOut reset(final int seq, final int ack, final int flags) {
        begin(seq, flags);
        out.ack = ack;
        return out;
    }

    /** Bytes of the client's stream from {@code offset} on; {@code flags} on top of ACK. */
    SegmentOut data(final long offset, final int length, final int flags, final int urgent, final long nowNs) {
        acknowledge(send.seq(1 + offset), flags | (urgent > 0 ? TcpFlags.URG : 0), nowNs);
        out.urgent = urgent;
        out.payload = script.clientBytes();
        out.payloadOffset = (int) (offset - script.clientStart());
        out.payloadLength = length;
        return out;
    }

    /**
     * A pure acknowledgement, with SACK blocks while there are holes, or for what came twice.
     *
     * @param position what it acknowledges, RCV.NXT at most
     */
    SegmentOut ack(final long position, final long nowNs) {
        acknowledge(send.seq(send.nxt()), 0, nowNs);
        final long less = receive.nxt() - position;
        out.ack -= (int) less;
        out.window = (int) Math.min(out.window + (less >> windowShift), MAX_WINDOW_FIELD);
        if (sackOn) {
            receive.ranges().write(out, receive.irs(), receive.duplicate());
        }
        return out;
    }

    /** Acknowledges all that came. */
    SegmentOut ackOfAll(final long nowNs) {
        return ack(receive.nxt(), nowNs);
    }

    /** The last segment of the handshake, once more. */
    SegmentOut handshakeAgain(final long nowNs) {
        acknowledge(send.seq(1), 0, nowNs);
        return out;
    }

    /** An empty segment just left of the window: the target must answer it (Linux tcp_xmit_probe_skb). */
    SegmentOut windowProbe(final long nowNs) {
        acknowledge(send.seq(send.una() - 1), 0, nowNs);
        return out;
    }

    private void acknowledge(final int seq, final int flags, final long nowNs) {
        begin(seq, TcpFlags.ACK | flags | notice.flags());
        out.ack = receive.rcvNxt();
        out.window = Math.min(receive.wnd() >> windowShift, MAX_WINDOW_FIELD);
        timestamps.write(out, nowNs);
    }

    private void begin(final int seq, final int flags) {
        out.seq = seq;
        out.ack = 0;
        out.flags = flags;
        out.ecn = 0;
        out.window = 0;
        out.urgent = 0;
        out.optionsLength = 0;
        out.payloadOffset = 0;
        out.payloadLength = 0;
    }
}
