package io.tcpreplayj.replay.sim;

import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpOptions;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.Inside;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SessionState;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Supplier;
import org.agrona.collections.LongHashSet;

/**
 * Looks at all that one session hears and says, and at its inside after every event; any of it that breaks an invariant
 * ends the simulation. Knows the streams, so it need not believe anybody.
 */
final class Watch {
    private static final int DEFAULT_MSS_V4 = 536;
    private static final int DEFAULT_MSS_V6 = 1220;
    private static final int LEAST_MSS = 48;
    private static final int LEAST_MTU_V4 = 552;
    private static final int LEAST_MTU_V6 = 1280;
    private static final long PATH_MTU_AGE_NS = 600_000_000_000L;
    private static final int WAKES_AT_ONE_TIME = 100;
    /** How a session may end by a RST of ours: the target keeps its half open, is silent, or we were told to stop. */
    private static final Set<Outcome> RESETTING =
            EnumSet.of(Outcome.COMPLETED, Outcome.COMPLETED_DIVERGED, Outcome.TIMEOUT, Outcome.INTERRUPTED);

    private final Connection connection;
    private final Conversation conversation;
    private final ServerHabits habits;
    private final int iss;
    private final int headers;
    private final ByteBuffer optionBytes = ByteBuffer.allocate(40);
    private final TcpOptions options = new TcpOptions();
    private final Ranges delivered = new Ranges();

    private final boolean watchesCuts;
    private final LongHashSet ends = new LongHashSet();

    private int inputs;
    private int pathMtu;
    private long pathMtuNs;
    private long rightEdge;
    private long sentUpTo;
    private long acknowledged;
    private long owedFrom;
    private long contiguous;
    private long deliveredAck;
    private int lastTsVal;
    private boolean tsSeen;
    private int tsRecent;
    private long owedNs = -1;
    private int ackInputs = -1;
    private int questionInputs = -1;
    private long againFrom = -1;
    private int againInputs = -1;
    private long wakeNs = -1;
    private int wakes;
    private long lastUna;
    private long lastReceived;
    private int packets;
    private int retransmissions;
    private int resets;
    private boolean reset;
    /** The RST that a wrong answer to the SYN deserves; 0 for none. */
    private int refusalFlags;

    private int refusalSeq;
    private int refusalAck;
    private long lastHeardNs;

    Watch(final Connection connection, final int iss, final boolean v4) {
        this.connection = connection;
        this.conversation = connection.conversation();
        this.habits = connection.habits();
        this.iss = iss;
        watchesCuts = connection.pathMtuMatters();
        pathMtu = connection.mtu();
        headers = v4 ? Wire.IPV4_HEADER + 20 : Wire.IPV6_HEADER + 20;
    }

    /** The session is about to hear this; {@code genuine} unless somebody forged it. */
    void onDelivered(final PacketView s, final boolean genuine, final long nowNs) {
        inputs++;
        onAnswerToSyn(s);
        if (!genuine) {
            return;
        }
        lastHeardNs = nowNs;
        final long from = (s.segSeq() - habits.iss) & 0xffff_ffffL;
        delivered.add(from, from + s.segLen());
        contiguous = delivered.reachedFrom(0);
        timestampHeard(s, from);
        if (s.hasFlag(ServerTcp.ACK) && !s.hasFlag(ServerTcp.RST)) {
            final long ack = (s.segAck() - iss) & 0xffff_ffffL;
            final int shift = s.hasFlag(ServerTcp.SYN) ? 0 : connection.server().ownShift();
            rightEdge = Math.max(rightEdge, ack + ((long) s.segWnd() << shift));
            deliveredAck = Math.max(deliveredAck, ack);
        }
    }

    /** RFC 9293 3.10.7.3: notes which RST a wrong answer deserves. */
    private void onAnswerToSyn(final PacketView s) {
        if (connection.session().state() != SessionState.SYN_SENT || sentUpTo == 0 || s.hasFlag(ServerTcp.RST)) {
            return;
        }
        final boolean acknowledges = s.hasFlag(ServerTcp.ACK);
        if (acknowledges ? s.segAck() != iss + 1 : s.hasFlag(ServerTcp.SYN)) {
            refusalFlags = acknowledges ? ServerTcp.RST : ServerTcp.RST | ServerTcp.ACK;
            refusalSeq = acknowledges ? s.segAck() : 0;
            refusalAck = acknowledges ? 0 : s.segSeq() + s.segLen();
        }
    }

    /** RFC 7323 4.3: what lies behind the last ACK may not be echoed yet. */
    private void timestampHeard(final PacketView s, final long from) {
        options.parse(s.buffer(), s.optionsOffset(), s.optionsLength());
        if (options.hasTimestamps() && from <= Math.max(1, acknowledged)) {
            final boolean first = s.hasFlag(ServerTcp.SYN) && acknowledged == 0;
            tsRecent = first || options.tsVal() - tsRecent > 0 ? options.tsVal() : tsRecent;
        }
    }

    void onTimer(final long nowNs) {
        inputs++;
        wakes = nowNs == wakeNs ? wakes + 1 : 0;
        wakeNs = nowNs;
        require(wakes < WAKES_AT_ONE_TIME, "is woken again and again without time passing");
    }

    /** ICMP names what the path takes. */
    void onTooBig(final ClientSession session, final int quotedSeq, final int named, final long nowNs) {
        inputs++;
        final long position = quotedSeq - iss;
        final boolean quotesFlight = Inside.una(session) <= position && position < Inside.nxt(session);
        if (quotesFlight && named > 0 && session.state() != SessionState.SYN_SENT && session.outcome() == null) {
            pathMtu = Math.min(pathMtu, Math.max(named, headers == 40 ? LEAST_MTU_V4 : LEAST_MTU_V6));
            pathMtuNs = nowNs;
        }
    }

    /** Something else happened: there is room on the wire, the link is up. */
    void onRoom() {
        inputs++;
    }

    void onSent(final ClientSession session, final SegmentOut out) {
        packets++;
        final long from = out.seq - iss;
        if (out.flags == ServerTcp.SYN) {
            require(from == 0 && out.payloadLength == 0, "sent a SYN that is not its first");
            require(session.state() == SessionState.SYN_SENT, "sent a SYN when the connection stood");
            sentUpTo = Math.max(sentUpTo, 1);
            return;
        }
        if ((out.flags & ServerTcp.RST) != 0) {
            resets++;
            onReset(session, out, from);
            return;
        }
        require((out.flags & ServerTcp.ACK) != 0, "sent a segment without ACK");
        require(session.state() != SessionState.SYN_SENT, "sent a segment before the connection stood");
        onOptions(out);
        onAck(out);
        final int length = out.payloadLength;
        final boolean fin = (out.flags & ServerTcp.FIN) != 0;
        if (length == 0 && !fin) {
            onEmpty(session, from);
        } else {
            onText(session, out, from, length, fin);
        }
    }

    /** One that the target takes for the end of the connection (RFC 5961 3.2) is the only one, and has a cause. */
    private void onReset(final ClientSession session, final SegmentOut out, final long from) {
        if (out.flags == refusalFlags && out.seq == refusalSeq && out.ack == refusalAck) {
            refusalFlags = 0;
            return;
        }
        final Outcome outcome = session.outcome();
        final boolean isCause = outcome == null
                ? session.cursor().resetReleased()
                : outcome == Outcome.ABORTED_EARLY_FIN ? connection.endsAtEarlyFin() : RESETTING.contains(outcome);
        require(isCause, () -> "sent a RST without a cause, as " + outcome);
        require(!reset, "sent a second RST");
        require(from == Inside.nxt(session), () -> "sent a RST at " + from + ", SND.NXT is " + Inside.nxt(session));
        require(
                (out.flags & ServerTcp.ACK) == 0 ? contiguous == 0 : out.ack == Inside.rcvNxt(session),
                "sent a RST that acknowledges something else");
        reset = true;
    }

    /** A question may follow an ACK at once: what asks for an answer is not what gives one. */
    private void onEmpty(final ClientSession session, final long from) {
        if (from == Inside.una(session) - 1) {
            require(questionInputs != inputs, "asked a second time though nothing had happened");
            questionInputs = inputs;
        } else {
            require(from == sentUpTo || isHandshake(session, from), () -> "sent an empty segment at " + from);
            require(ackInputs != inputs, "sent a second ACK though nothing had happened");
            ackInputs = inputs;
        }
    }

    /** The handshake's last segment may be said again, as long as nothing tells that it was heard. */
    private boolean isHandshake(final ClientSession session, final long from) {
        return from == 1 && Inside.una(session) == 1 && contiguous == 1;
    }

    private void onText(
            final ClientSession session, final SegmentOut out, final long from, final int length, final boolean fin) {
        final long end = conversation.clientBytes() + 1;
        final long to = from + length;
        require(from >= 1 && to <= end, () -> "sent bytes that the stream does not have: " + from + " to " + to);
        require(!fin || to == end, () -> "sent FIN at " + to + ", the stream ends at " + end);
        require(
                Noise.matches(conversation.clientFrom() + (int) from - 1, out.payload, out.payloadOffset, length),
                () -> "sent wrong bytes at " + from);
        final int mss = segmentBytes();
        require(length <= mss, () -> "sent " + length + " bytes in a segment where " + mss + " fit");
        final long behind = to + (fin ? 1 : 0);
        require(from <= sentUpTo, () -> "skipped bytes before " + from);
        require(behind > Inside.una(session), () -> "sent again what was acknowledged, at " + from);
        if (from < sentUpTo) {
            require(againFrom != from || againInputs != inputs, () -> "sent the same twice at one moment, at " + from);
            require(
                    !watchesCuts || length >= leastSegmentBytes() || ends.contains(to),
                    () -> "cut what it sent again at " + from + " finer than any path needs");
            againFrom = from;
            againInputs = inputs;
            retransmissions++;
        }
        if (behind > sentUpTo) {
            final long most = Math.max(rightEdge, deliveredAck + 1);
            require(behind <= most, () -> "sent up to " + behind + ", the window ends at " + most);
            sentUpTo = behind;
        }
        if (watchesCuts) {
            ends.add(to);
        }
    }

    /** Payload of a full segment on the narrowest path. */
    private int leastSegmentBytes() {
        final int narrowest = (headers == 40 ? LEAST_MTU_V4 : LEAST_MTU_V6) - headers;
        return Math.min(segmentBytes(), narrowest - (connection.server().timestampsOn() ? 12 : 0));
    }

    private int segmentBytes() {
        final int announced =
                habits.mss >= 0 ? Math.max(LEAST_MSS, habits.mss) : headers == 40 ? DEFAULT_MSS_V4 : DEFAULT_MSS_V6;
        final boolean known = connection.nowNs() - pathMtuNs < PATH_MTU_AGE_NS;
        final int path = (known ? pathMtu : connection.mtu()) - headers;
        return Math.min(announced, path) - (connection.server().timestampsOn() ? 12 : 0);
    }

    private void onOptions(final SegmentOut out) {
        optionBytes.put(0, out.options, 0, out.optionsLength);
        options.parse(optionBytes, 0, out.optionsLength);
        require(options.mss() < 0 && options.windowShift() < 0 && !options.sackPermitted(), "sent options of a SYN");
        require(
                options.hasTimestamps() == connection.server().timestampsOn(),
                "sent a segment with timestamps where none were agreed upon, or without");
        if (options.hasTimestamps()) {
            require(!tsSeen || options.tsVal() - lastTsVal >= 0, "sent a TSval that went back");
            require(options.tsEcr() - tsRecent <= 0, "echoed a timestamp of behind its ACK");
            lastTsVal = options.tsVal();
            tsSeen = true;
        }
        require(options.sackBlocks() == 0 || connection.server().sackOn(), "sent SACK that was not agreed upon");
        for (int block = 0; block < options.sackBlocks(); block++) {
            final long from = (optionBytes.getInt(options.sackOffset() + 8 * block) - habits.iss) & 0xffff_ffffL;
            final long to = (optionBytes.getInt(options.sackOffset() + 8 * block + 4) - habits.iss) & 0xffff_ffffL;
            require(
                    from < to && delivered.containsAll(from, to),
                    () -> "sent SACK of what never came: " + from + " to " + to);
            final long ack = (out.ack - habits.iss) & 0xffff_ffffL;
            require(from > ack || block == 0, () -> "sent SACK below its ACK: " + from + ", " + ack);
        }
    }

    private void onAck(final SegmentOut out) {
        final long ack = (out.ack - habits.iss) & 0xffff_ffffL;
        require(ack >= acknowledged, () -> "took back its ACK of " + acknowledged + ", now " + ack);
        require(ack <= contiguous, () -> "acknowledged " + ack + ", but only " + contiguous + " came without a hole");
        acknowledged = ack;
    }

    void afterEvent(final ClientSession session) {
        final long una = Inside.una(session);
        final long received = Inside.received(session);
        require(una <= Inside.nxt(session), "SND.UNA is beyond SND.NXT");
        require(una >= lastUna, "SND.UNA went back");
        require(received >= lastReceived, "RCV.NXT went back");
        lastUna = una;
        lastReceived = received;
        watchDebt(session, received);
        require(
                session.ackedBytes() <= connection.everReceived(),
                () -> "counts " + session.ackedBytes() + " bytes as acknowledged, the server has "
                        + connection.everReceived());
        if (session.outcome() == null && una < Inside.nxt(session) && !connection.blocked()) {
            require(session.nextDeadlineNs() != Long.MAX_VALUE, "has something in flight and no timer");
        }
    }

    /** RFC 9293 3.8.6.3: what came in order is acknowledged within the time that we allow ourselves. */
    private void watchDebt(final ClientSession session, final long received) {
        if (received <= Math.max(1, acknowledged) || session.outcome() != null || connection.blocked()) {
            owedNs = -1;
            return;
        }
        // One that acknowledges as captured tells the target of some of what it has, and of the rest later.
        owedNs = owedNs < 0 || acknowledged > owedFrom ? connection.nowNs() : owedNs;
        owedFrom = acknowledged;
        require(
                session.nextDeadlineNs() <= owedNs + connection.mostAckDelayNs(),
                "owes an ACK that no timer will send");
    }

    void require(final boolean condition, final String otherwise) {
        if (!condition) {
            throw new SimulationFailure("session " + connection.index() + " " + otherwise);
        }
    }

    /** For what is asked of each packet: to write what nobody reads was a third of all the time. */
    void require(final boolean condition, final Supplier<String> otherwise) {
        if (!condition) {
            require(false, otherwise.get());
        }
    }

    int packets() {
        return packets;
    }

    int retransmissions() {
        return retransmissions;
    }

    int resets() {
        return resets;
    }

    long acknowledged() {
        return acknowledged;
    }

    long lastHeardNs() {
        return lastHeardNs;
    }
}
