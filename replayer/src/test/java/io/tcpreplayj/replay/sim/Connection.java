package io.tcpreplayj.replay.sim;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.replay.script.Pace;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.AckStyle;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.Inside;
import io.tcpreplayj.replay.tcp.Likeness;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.SegmentOut;
import io.tcpreplayj.replay.tcp.SessionState;
import io.tcpreplayj.replay.tcp.TcpConfig;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One session and its server, and what stands between the session and the wire: the agent's duties, and the tap's. */
final class Connection {
    static final long NEVER = Long.MAX_VALUE;
    private static final long MS = 1_000_000L;
    private static final long TIME_WAIT_NS = 60_000 * MS;
    private final World world;
    private final int index;
    private final Seeded random;
    private final boolean isFirst;
    private final int doomsBefore;
    private final Reconnects reconnects;
    private final Conversation conversation;
    private final ServerHabits habits;
    private final ServerApp app;
    private final ServerTcp server;
    private final ClientSession session;
    private final boolean endsAtEarlyFin;
    private final long mostAckDelayNs;
    private final Watch watch;
    private final Endpoint local;
    private final Endpoint target;
    private final int iss;
    private final int tsOffset;
    private final int mtu;
    private final boolean hurried;
    private final PacketDecoder decoder = new PacketDecoder();
    private final PacketView view = new PacketView();
    private final SegmentOut serverOut = new SegmentOut();

    private boolean started;
    private boolean toldOfTheStop;
    private boolean blocked;
    private boolean ended;
    private boolean released;
    private boolean goesOn;
    private long endedNs;
    private long roomNs = NEVER;
    private long releaseNs = NEVER;
    private long deliveredBytes;
    private long everReceived;

    Connection(final World world, final int index, final Seeded random) {
        this(world, index, random, new Conversation(random.of("conversation")), null);
    }

    private Connection(
            final World world,
            final int index,
            final Seeded random,
            final Conversation conversation,
            final @Nullable Reconnects before) {
        this.world = world;
        this.index = index;
        this.random = random;
        this.conversation = conversation;
        isFirst = before == null;
        final boolean v4 = random.coin();
        local = v4 ? World.CLIENT_V4 : World.CLIENT_V6;
        target = v4 ? World.TARGET_V4 : World.TARGET_V6;
        mtu = v4 ? world.mtu() : Math.max(1280, world.mtu());
        habits = new ServerHabits(random.of("habits"), world.faults());
        app = new ServerApp(conversation, world.faults(), random.of("app"), world.nowNs());
        server = new ServerTcp(habits, world.faults(), conversation, app, this::sendToUs);
        iss = random.coin() ? (int) random.next() : random.oneOf(0, -1, 0x7fff_ff00, 0x8000_0000, -5000);
        tsOffset = random.coin() ? (int) random.next() : -random.below(100_000);
        hurried = random.coin();
        final double speed = hurried ? Double.POSITIVE_INFINITY : 1;
        final ScriptCursor cursor =
                new ScriptCursor(conversation.script(), new Pace(speed, world.responseTimeoutNs()), new HoleWatch());
        endsAtEarlyFin = random.of("rules").percent(25);
        final TcpConfig usual = TcpConfig.defaults(mtu);
        final Likeness likeness = likeness(random.of("likeness"));
        mostAckDelayNs = likeness.acks() == AckStyle.RFC ? usual.delayedAckNs() : 500_000_000L;
        final TcpConfig alike = usual.like(likeness);
        final TcpConfig config = endsAtEarlyFin ? alike.withEndAtEarlyFin() : alike;
        session = new ClientSession(conversation.script(), cursor, config, local, target, this::onResponseBytes);
        watch = new Watch(this, iss, v4);
        reconnects = before != null
                ? before
                : new Reconnects(world, conversation.script(), target, endsAtEarlyFin, random.of("reconnects"));
        doomsBefore = world.faults().fatalStrikes();
    }

    /** The one that takes the place of this one, at a server that has forgotten it, for what is left. */
    Connection next(final Script rest) {
        return new Connection(world, index, random.of("next"), new Conversation(conversation, rest), reconnects);
    }

    boolean isFirst() {
        return isFirst;
    }

    /** The one behind it is open, or will never be. */
    void onReplaced() {
        goesOn = false;
    }

    void stopReconnects() {
        reconnects.stop();
    }

    /** Something happened meanwhile that it need not outlive. */
    boolean doomed() {
        return world.faults().fatalStrikes() > doomsBefore;
    }

    /** How long what came in order may go without an ACK. */
    long mostAckDelayNs() {
        return mostAckDelayNs;
    }

    /** Of three clients one acknowledges or offers windows as its captured one. */
    private static Likeness likeness(final Seeded random) {
        if (random.percent(67)) {
            return Likeness.NONE;
        }
        final AckStyle style = AckStyle.values()[random.below(AckStyle.values().length)];
        return new Likeness(style, random.coin(), false, 0, Likeness.USUAL_HOP_LIMIT);
    }

    void start() {
        if (ended) {
            // The run was stopped before its turn came.
            return;
        }
        started = true;
        session.connect(iss, tsOffset, world.nowNs(), world.nowNs());
        serve();
    }

    /** The agent's part: sends what the session has to send, and notes how it ended. */
    private void serve() {
        blocked = false;
        roomNs = NEVER;
        session.poll(this::sendToTarget, world.nowNs());
        watch.afterEvent(session);
        if (session.outcome() != null && !ended) {
            ended = true;
            releaseNs = world.nowNs() + TIME_WAIT_NS;
            endedNs = world.nowNs();
            world.note("session " + index + " ends: ", session.outcome());
            goesOn = reconnects.onEnd(this);
        }
        if (ended && session.state() == SessionState.CLOSED && !blocked) {
            release();
        }
    }

    private void release() {
        released = true;
        releaseNs = NEVER;
    }

    private boolean sendToTarget(final ClientSession from, final SegmentOut out) {
        final long nowNs = world.nowNs();
        if (world.faults().strikes(FaultKind.NO_BUFFERS, 15, nowNs)) {
            blocked = true;
            roomNs = nowNs + world.faults().of(FaultKind.NO_BUFFERS).spanNs(MS / 100, 50 * MS);
            world.note("session " + index + " waits for ", FaultKind.NO_BUFFERS);
            return false;
        }
        watch.onSent(session, out);
        world.traceSegment(this, true, out);
        world.toTarget()
                .send(new Packet(this, world.wire().packet(out, local, target), out.seq, out.flags, out.payloadLength));
        return true;
    }

    private void sendToUs(
            final int seq,
            final int ack,
            final int flags,
            final int window,
            final ServerOptions options,
            final long from,
            final int length) {
        final SegmentOut out = serverOut;
        out.seq = seq;
        out.ack = ack;
        out.flags = flags;
        out.window = window;
        out.optionsLength = options.length();
        System.arraycopy(options.bytes(), 0, out.options, 0, options.length());
        out.payload = Noise.buffer();
        out.payloadOffset = length == 0 ? 0 : conversation.serverFrom() + (int) from - 1;
        out.payloadLength = length;
        world.traceSegment(this, false, out);
        world.toUs().send(new Packet(this, world.wire().packet(out, target, local), seq, flags, length));
    }

    void arriveAtTarget(final Packet packet) {
        final long laterNs = world.targetFrozen().past(world.nowNs());
        if (laterNs > world.nowNs()) {
            world.faults().strike(FaultKind.TARGET_FREEZE);
            world.queue().plan(laterNs, () -> arriveAtTarget(packet));
        } else if (Wire.isWhole(packet.bytes(), local, target) && decode(packet, packet.bytes().length)) {
            server.onSegment(view, world.nowNs());
            everReceived = Math.max(everReceived, server.receiver().streamBytes());
        }
    }

    /** What the target sent comes by where we listen. */
    void arriveAtTap(final Packet packet) {
        final long nowNs = world.nowNs();
        final long laterNs = world.replayerStopped().past(world.channelStalled().past(nowNs));
        if (laterNs > nowNs) {
            world.faults()
                    .strike(
                            world.replayerStopped().covers(nowNs)
                                    ? FaultKind.REPLAYER_STOPPED
                                    : FaultKind.CHANNEL_STALL);
            world.queue().plan(laterNs, () -> arriveAtTap(packet));
        } else if (world.faults().covers(FaultKind.CHANNEL_CUT, world.channelCut(), nowNs)) {
            world.note("  not seen: ", FaultKind.CHANNEL_CUT);
        } else if (Wire.isWhole(packet.bytes(), target, local) && decode(packet, seen(packet))) {
            hear(true);
        }
    }

    /** How much of a packet the tap takes: all of it, or its headers and a little more. */
    private int seen(final Packet packet) {
        final int length = packet.bytes().length;
        if (world.faults().strikes(FaultKind.HEADER_ONLY, 60, world.nowNs())) {
            return length - world.faults().of(FaultKind.HEADER_ONLY).below(packet.payload() + 1);
        }
        return length;
    }

    private boolean decode(final Packet packet, final int caplen) {
        final byte[] bytes = packet.bytes();
        final Verdict verdict = decoder.decode(ByteBuffer.wrap(bytes), 0, caplen, bytes.length, Linktype.RAW, view);
        watch.require(verdict == Verdict.TCP, () -> "a whole packet is " + verdict);
        return true;
    }

    /** As in production: the agent notices that it stood still before it takes anything that came meanwhile. */
    private void tellOfTheStop() {
        final Spell stop = world.replayerStopped();
        if (!toldOfTheStop && stop.toNs() > stop.fromNs() && world.nowNs() >= stop.toNs()) {
            toldOfTheStop = true;
            session.onStall(stop.fromNs(), stop.toNs());
        }
    }

    private void hear(final boolean genuine) {
        if (released || !started) {
            return;
        }
        watch.onDelivered(view, genuine, world.nowNs());
        tellOfTheStop();
        session.onSegment(view, world.nowNs());
        serve();
    }

    /** A packet that somebody else made up. */
    void forge(final int seq, final int ack, final int flags, final int window) {
        final SegmentOut out = new SegmentOut();
        out.seq = seq;
        out.ack = ack;
        out.flags = flags;
        out.window = window;
        world.note("forged: ", "");
        world.traceSegment(this, false, out);
        final byte[] bytes = world.wire().packet(out, target, local);
        decode(new Packet(this, bytes, seq, flags, 0), bytes.length);
        hear(false);
    }

    /** ICMP: a packet of ours was too big. */
    void hearTooBig(final int quotedSeq, final int named) {
        if (released || !started || world.replayerStopped().covers(world.nowNs())) {
            return;
        }
        world.note(index + " they > too big, ", named);
        watch.onTooBig(session, quotedSeq, named, world.nowNs());
        session.onPacketTooBig(quotedSeq, named, world.nowNs());
        serve();
    }

    /** ICMP: a packet of ours cannot arrive. */
    void hearUnreachable(final int quotedSeq) {
        if (!released) {
            world.note(index + " they > unreachable", "");
            watch.onRoom();
            session.onUnreachable(quotedSeq);
            serve();
        }
    }

    /** The link is up again: as in production, nobody waits for a timeout. */
    void onLinkUp() {
        world.faults().strike(FaultKind.LINK_DOWN);
        if (started && !ended && session.resendNow()) {
            watch.onRoom();
            serve();
        }
    }

    void abort() {
        session.abort(world.nowNs());
        serve();
    }

    /** A stall for want of one segment is no end of an answer. */
    private final class HoleWatch implements ScriptListener {
        @Override
        public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {}

        @Override
        public void onExchangeEnd(
                final int exchange,
                final long dueNs,
                final long sentNs,
                final long responseBytes,
                final long lastByteNs,
                final boolean timedOut) {
            // With think time the gate may have opened before there was a hole.
            if (hurried && session.outcome() == null && !timedOut && Inside.hasHole(session)) {
                final long recorded = conversation.script().flow().exchanges().responseBytes(exchange);
                watch.require(
                        responseBytes >= recorded,
                        () -> "ended answer " + exchange + " at " + responseBytes + " of " + recorded
                                + " bytes while others waited behind a hole");
            }
        }
    }

    private void onResponseBytes(
            final ByteBuffer buffer, final int offset, final int length, final int available, final long nowNs) {
        watch.require(
                available <= length
                        && Noise.matches(conversation.serverFrom() + (int) deliveredBytes, buffer, offset, available),
                () -> "handed on wrong bytes at " + deliveredBytes);
        deliveredBytes += length;
    }

    long clientDeadlineNs() {
        if (!started || released) {
            return NEVER;
        }
        if (ended) {
            return blocked ? roomNs : releaseNs;
        }
        // As in production: who waits for room is served when there is some, not by the clock.
        return world.replayerStopped().past(blocked ? roomNs : session.nextDeadlineNs());
    }

    void onClientDeadline() {
        final long nowNs = world.nowNs();
        if (blocked) {
            watch.onRoom();
        } else if (ended) {
            release();
            return;
        } else {
            watch.onTimer(nowNs);
            tellOfTheStop();
            session.onTimer(nowNs);
        }
        serve();
    }

    long serverDeadlineNs() {
        return world.targetFrozen().past(server.deadlineNs());
    }

    void onServerDeadline() {
        if (server.deadlineNs() < world.nowNs()) {
            world.faults().strike(FaultKind.TARGET_FREEZE);
        }
        server.onTimer(world.nowNs());
        everReceived = Math.max(everReceived, server.receiver().streamBytes());
    }

    /** Whether ICMP speaks of the size of packets; what a full wire refused may have been cut for two sizes. */
    boolean pathMtuMatters() {
        final Faults faults = world.faults();
        return (faults.has(FaultKind.FORGED_TOO_BIG) || faults.has(FaultKind.PATH_MTU))
                && !faults.has(FaultKind.NO_BUFFERS);
    }

    /** Nobody has anything more to say. */
    boolean settled() {
        return ended
                && !goesOn
                && !blocked
                && (released || !server.open() || server.sender().allAcked());
    }

    boolean ended() {
        return ended;
    }

    boolean completed() {
        final Outcome outcome = session.outcome();
        return outcome != null && outcome.completed();
    }

    boolean blocked() {
        return blocked;
    }

    int index() {
        return index;
    }

    long nowNs() {
        return world.nowNs();
    }

    int mtu() {
        return mtu;
    }

    int iss() {
        return iss;
    }

    Conversation conversation() {
        return conversation;
    }

    /** When the session was over. */
    long endedNs() {
        return endedNs;
    }

    /** Whether the target's FIN ends the session when there is more to send. */
    boolean endsAtEarlyFin() {
        return endsAtEarlyFin;
    }

    ServerHabits habits() {
        return habits;
    }

    ServerTcp server() {
        return server;
    }

    ServerApp app() {
        return app;
    }

    ClientSession session() {
        return session;
    }

    Watch watch() {
        return watch;
    }

    /** Bytes of the client's stream that the server ever had in order. */
    long everReceived() {
        return everReceived;
    }

    /** Bytes of the server's stream that were handed on. */
    long deliveredBytes() {
        return deliveredBytes;
    }
}
