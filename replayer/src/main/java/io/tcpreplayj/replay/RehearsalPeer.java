package io.tcpreplayj.replay;

import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.linux.PacketChannel;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import io.tcpreplayj.packet.TcpOptions;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SegmentWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * A target that exists in memory only, at the far end of a channel. It takes what the clients send as it comes, answers
 * each exchange with as many bytes as were recorded (the first ones are the recorded ones), and closes behind the last.
 * What the channel has no room for waits here, so nothing is ever lost and nothing need be sent again.
 */
final class RehearsalPeer {
    private static final int MTU = 1500;
    /** Fits behind the headers of either family, with timestamps. */
    private static final int MSS = 1400;

    private static final int SLOTS = 1024;
    /** Longer answers are cut: they would teach nothing that the first 16 KiB did not. */
    private static final long MAX_ANSWER = 16 << 10;

    private static final int SYN_OPTIONS = 20;
    private static final int OPTIONS = 12;

    private final PacketChannel packets;
    private final ByteBuffer payload = ByteBuffer.allocateDirect((int) MAX_ANSWER);
    private final ByteBuffer[] slots = new ByteBuffer[SLOTS];
    private final int[] lengths = new int[SLOTS];
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final TcpOptions options = new TcpOptions();
    private final SegmentWriter writer = new SegmentWriter(0);
    private final SegmentOut segment = new SegmentOut();
    private final Long2ObjectHashMap<Conversation> conversations = new Long2ObjectHashMap<>();

    private int taken;
    private int queued;

    /** How far one client has come. */
    private static final class Conversation {
        final PlannedSession session;
        final Endpoint client;
        int sndNxt;
        int rcvNxt;
        long clientBytes;
        long exchangeEnd;
        int exchange;

        Conversation(final PlannedSession session, final Endpoint client) {
            this.session = session;
            this.client = client;
        }
    }

    RehearsalPeer(final PacketChannel packets) {
        this.packets = packets;
        for (int i = 0; i < SLOTS; i++) {
            slots[i] = ByteBuffer.allocateDirect(MTU);
        }
    }

    /** Forgets what was, and waits for these clients. */
    void begin(final List<PlannedSession> sessions) throws IOException {
        packets.discard();
        queued = 0;
        conversations.clear();
        for (final PlannedSession session : sessions) {
            final Endpoint local = session.local();
            if (local != null) {
                conversations.put(key(local.address().low(), local.port()), new Conversation(session, local));
            }
        }
    }

    private static long key(final long addressLow, final int port) {
        return addressLow << 16 | port;
    }

    /** Hears what came and answers as much as the channel takes. */
    void work() throws IOException {
        for (int length = packets.read(); length > 0; length = packets.read()) {
            hear(length);
        }
        while (queued > 0) {
            packets.frame().put(0, slots[taken], 0, lengths[taken]);
            if (!packets.write(lengths[taken])) {
                return;
            }
            taken = (taken + 1) % SLOTS;
            queued--;
        }
    }

    private void hear(final int length) {
        if (decoder.decode(packets.received(), 0, length, length, Linktype.RAW, view) != Verdict.TCP) {
            throw new IllegalStateException("the replayer's own packet is no TCP segment");
        }
        final Conversation c = conversations.get(key(view.sourceLow(), view.sourcePort()));
        options.parse(view.buffer(), view.optionsOffset(), view.optionsLength());
        if (view.hasFlag(TcpFlags.SYN)) {
            c.rcvNxt = view.segSeq() + 1;
            say(c, TcpFlags.SYN | TcpFlags.ACK, 0, 0);
            c.exchangeEnd = exchangeBytes(c);
            answer(c, c.session.script().flow().events().gate(0), new byte[0], false);
        } else if (!view.hasFlag(TcpFlags.RST) && view.segSeq() == c.rcvNxt && view.segLen() > 0) {
            c.rcvNxt += view.segLen();
            c.clientBytes += view.payloadLength();
            onProgress(c);
        }
    }

    private void onProgress(final Conversation c) {
        final Exchanges exchanges = c.session.script().flow().exchanges();
        say(c, TcpFlags.ACK, 0, 0);
        while (c.exchange < exchanges.size() && c.clientBytes >= c.exchangeEnd) {
            final int ended = c.exchange++;
            c.exchangeEnd += exchangeBytes(c);
            answer(c, exchanges.responseBytes(ended), exchanges.head(ended), c.exchange == exchanges.size());
        }
    }

    /** Client bytes of the conversation's present exchange. */
    private static long exchangeBytes(final Conversation c) {
        final Exchanges exchanges = c.session.script().flow().exchanges();
        long bytes = 0;
        if (c.exchange < exchanges.size()) {
            final int first = exchanges.firstEvent(c.exchange);
            for (int row = first; row < first + exchanges.eventCount(c.exchange); row++) {
                bytes += c.session.script().flow().events().length(row);
            }
        }
        return bytes;
    }

    private void answer(final Conversation c, final long recorded, final byte[] head, final boolean last) {
        final int bytes = (int) Math.min(recorded, MAX_ANSWER);
        payload.put(0, head, 0, Math.min(head.length, bytes));
        for (int from = 0; from < bytes; from += MSS) {
            final int length = Math.min(MSS, bytes - from);
            say(c, from + length == bytes ? TcpFlags.ACK | TcpFlags.PSH : TcpFlags.ACK, from, length);
        }
        if (last) {
            say(c, TcpFlags.ACK | TcpFlags.FIN, 0, 0);
        }
    }

    private void say(final Conversation c, final int flags, final int payloadOffset, final int length) {
        if (queued == SLOTS) {
            return;
        }
        segment.seq = c.sndNxt;
        segment.ack = c.rcvNxt;
        segment.flags = flags;
        segment.window = 0xffff;
        segment.payload = payload;
        segment.payloadOffset = payloadOffset;
        segment.payloadLength = length;
        writeOptions((flags & TcpFlags.SYN) != 0);
        final int slot = (taken + queued++) % SLOTS;
        lengths[slot] = writer.write(segment, c.session.target(), c.client, slots[slot], 0);
        c.sndNxt += length + (flags >> 1 & 1) + (flags & 1);
    }

    /** RFC 7323 appendix A: timestamps where the client has them; with a SYN what Linux offers, too. */
    private void writeOptions(final boolean syn) {
        final ByteBuffer to = ByteBuffer.wrap(segment.options);
        final boolean stamped = options.hasTimestamps();
        if (syn) {
            to.put((byte) TcpOptions.MSS).put((byte) 4).putShort((short) (MTU - 40));
            to.put((byte) TcpOptions.SACK_PERMITTED).put((byte) 2).put((byte) TcpOptions.NOP);
            to.put((byte) TcpOptions.WINDOW_SCALE).put((byte) 3).put((byte) 7);
        } else if (stamped) {
            to.put((byte) TcpOptions.NOP).put((byte) TcpOptions.NOP);
        }
        if (stamped) {
            to.put((byte) TcpOptions.TIMESTAMPS).put((byte) 10).putInt(1).putInt(options.tsVal());
        } else if (syn) {
            to.put((byte) TcpOptions.NOP).put((byte) TcpOptions.END);
        }
        segment.optionsLength = syn ? stamped ? SYN_OPTIONS : OPTIONS : stamped ? OPTIONS : 0;
    }
}
