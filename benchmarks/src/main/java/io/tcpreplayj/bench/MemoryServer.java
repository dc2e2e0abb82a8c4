package io.tcpreplayj.bench;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.Ipv4Header;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpHeader;
import io.tcpreplayj.packet.TcpOptions;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentSink;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.nio.ByteBuffer;

/**
 * A server in memory for one session at a time: each request is answered by the same bytes in one segment. The session's
 * segments are written as they would be for a wire; the answer's packet is made once and only its numbers change, so that
 * it is the session that is measured. Its checksum is wrong from the second time on, and nobody looks.
 */
final class MemoryServer implements SegmentSink {
    private static final int ISS = 77_000;
    private static final int TIMESTAMPS = 12;
    private static final int TCP_AT = Ipv4Header.MIN_LENGTH;
    private static final int TS_VAL_AT = TCP_AT + TcpHeader.OPTIONS_OFFSET + 4;

    private final SegmentWriter writer = new SegmentWriter(1);
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final TcpOptions options = new TcpOptions();
    private final ByteBuffer frame = ByteBuffer.allocateDirect(2048);
    private final ByteBuffer answer = ByteBuffer.allocateDirect(2048);
    private final ByteBuffer synAck = ByteBuffer.allocateDirect(128);
    private final int answerBytes;
    private final int answerPacketBytes;
    private final int synAckPacketBytes;
    private int sndNxt;
    private int rcvNxt;
    private int tsEcr;
    private boolean synCame;
    private boolean requestCame;

    MemoryServer(final Endpoint server, final Endpoint client, final ByteBuffer answerPayload) {
        answerBytes = answerPayload.limit();
        final SegmentOut segment = new SegmentOut();
        segment.window = 0xffff;
        segment.flags = TcpFlags.SYN | TcpFlags.ACK;
        segment.seq = ISS;
        putTimestamps(segment);
        synAckPacketBytes = writer.write(segment, server, client, synAck, 0);
        segment.flags = TcpFlags.ACK | TcpFlags.PSH;
        segment.payload = answerPayload;
        segment.payloadLength = answerBytes;
        answerPacketBytes = writer.write(segment, server, client, answer, 0);
    }

    private static void putTimestamps(final SegmentOut segment) {
        segment.options[0] = TcpOptions.NOP;
        segment.options[1] = TcpOptions.NOP;
        segment.options[2] = TcpOptions.TIMESTAMPS;
        segment.options[3] = 10;
        segment.optionsLength = TIMESTAMPS;
    }

    @Override
    public boolean send(final ClientSession session, final SegmentOut segment) {
        writer.write(segment, session.local(), session.target(), frame, 0);
        options.parse(frame, TCP_AT + TcpHeader.OPTIONS_OFFSET, segment.optionsLength);
        tsEcr = options.tsVal();
        if ((segment.flags & TcpFlags.SYN) != 0) {
            synCame = true;
            rcvNxt = segment.seq + 1;
            sndNxt = ISS;
        } else if (segment.payloadLength > 0) {
            requestCame = true;
            rcvNxt = segment.seq + segment.payloadLength;
        }
        return true;
    }

    /** Answers the SYN. */
    void answerSyn(final ClientSession session, final long nowNs) {
        if (!synCame) {
            throw new IllegalStateException("no SYN came");
        }
        synCame = false;
        deliver(session, synAck, synAckPacketBytes, nowNs);
        sndNxt++;
    }

    /** Answers the request that came last. */
    void answer(final ClientSession session, final long nowNs) {
        if (!requestCame) {
            throw new IllegalStateException("no request came");
        }
        requestCame = false;
        deliver(session, answer, answerPacketBytes, nowNs);
        sndNxt += answerBytes;
    }

    private void deliver(final ClientSession session, final ByteBuffer packet, final int length, final long nowNs) {
        packet.putInt(TCP_AT + TcpHeader.SEQ_OFFSET, sndNxt);
        packet.putInt(TCP_AT + TcpHeader.ACK_OFFSET, rcvNxt);
        packet.putInt(TS_VAL_AT, (int) (nowNs / 1_000_000));
        packet.putInt(TS_VAL_AT + 4, tsEcr);
        if (decoder.decode(packet, 0, length, length, Linktype.RAW, view) != Verdict.TCP) {
            throw new IllegalStateException("the answer is no TCP");
        }
        session.onSegment(view, nowNs);
        session.poll(this, nowNs);
    }
}
