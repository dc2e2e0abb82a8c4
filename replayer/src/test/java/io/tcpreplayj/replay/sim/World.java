package io.tcpreplayj.replay.sim;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.TcpOptions;
import io.tcpreplayj.replay.tcp.SegmentOut;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** One simulation: everything in it follows from its seed and the kinds of faults. */
final class World {
    static final Endpoint CLIENT_V4 = new Endpoint(IpAddress.parse("198.18.0.1"), 40001);
    static final Endpoint CLIENT_V6 = new Endpoint(IpAddress.parse("2001:2::1"), 40001);
    static final Endpoint TARGET_V4 = new Endpoint(IpAddress.parse("192.0.2.80"), 80);
    static final Endpoint TARGET_V6 = new Endpoint(IpAddress.parse("2001:db8::80"), 80);

    private static final long MS = 1_000_000L;
    private static final long SECOND_NS = 1_000 * MS;
    private static final int MOST_EVENTS = 500_000;
    private static final long LONGEST_NS = 6L * 3600 * SECOND_NS;
    private static final long PATIENT_NS = 3600 * SECOND_NS;

    private final Seeded random;
    private final Faults faults;
    private final Trace trace;
    private final EventQueue queue = new EventQueue();
    private final Wire wire = new Wire();
    private final Path toTarget;
    private final Path toUs;
    private final Spell targetFrozen;
    private final Spell channelCut;
    private final Spell channelStalled;
    private final Spell replayerStopped;
    private final long responseTimeoutNs;
    private final int mtu;
    private final long startNs;
    private final List<Connection> connections = new ArrayList<>();
    private long nowNs;
    private int events;

    World(final long seed, final Set<FaultKind> kinds, final Trace trace) {
        this.trace = trace;
        random = new Seeded(seed);
        final Seeded dice = random.of("world");
        startNs = dice.oneOf(0, 1, 2_147_483, 4_294_967) * SECOND_NS - (dice.coin() ? 0 : 300 * MS) + SECOND_NS;
        mtu = dice.oneOf(1500, 1500, 1500, 9000, 1280, 576);
        nowNs = startNs;
        trace.begin(startNs);
        faults = new Faults(random, kinds, startNs);
        final Spell blackout = faults.spell(FaultKind.BLACKOUT, startNs, 15 * SECOND_NS);
        final Spell linkDown = faults.spell(FaultKind.LINK_DOWN, startNs, 10 * SECOND_NS);
        targetFrozen = faults.spell(FaultKind.TARGET_FREEZE, startNs, 15 * SECOND_NS);
        channelCut = faults.spell(FaultKind.CHANNEL_CUT, startNs, 10 * SECOND_NS);
        channelStalled = faults.spell(FaultKind.CHANNEL_STALL, startNs, 5 * SECOND_NS);
        replayerStopped = faults.spell(FaultKind.REPLAYER_STOPPED, startNs, 6 * SECOND_NS);
        responseTimeoutNs = dice.coin() || answersAreMissing() ? 30 * SECOND_NS : PATIENT_NS;
        final long delayNs = dice.spanNs(20_000, 100 * MS);
        toTarget = new Path(this, true, delayNs, blackout, linkDown);
        toUs = new Path(this, false, delayNs + dice.below((int) MS), blackout, linkDown);
        final int count = dice.coin() ? 1 : dice.between(2, 8);
        for (int i = 0; i < count; i++) {
            final Connection connection = new Connection(this, i, random.of("connection", i));
            connections.add(connection);
            queue.plan(startNs + (i == 0 ? 0 : dice.spanNs(1000, 2 * SECOND_NS)), connection::start);
        }
        if (linkDown != Spell.NONE) {
            queue.plan(linkDown.toNs(), () -> connections.forEach(Connection::onLinkUp));
        }
        new Attacker(this).plan();
    }

    /** A connection takes the place of one that was lost. */
    void open(final Connection connection) {
        connections.add(connection);
        connection.start();
    }

    private boolean answersAreMissing() {
        return faults.has(FaultKind.ANSWER_NEVER) || faults.has(FaultKind.EARLY_SHUTDOWN);
    }

    /** Runs to the end of all sessions. */
    void run() {
        while (!settled()) {
            step();
            if (++events > MOST_EVENTS) {
                throw new SimulationFailure("no end of packets: a livelock");
            }
        }
        Verdicts.check(this);
    }

    private boolean settled() {
        for (int i = 0; i < connections.size(); i++) {
            if (!connections.get(i).settled()) {
                return false;
            }
        }
        return true;
    }

    private void step() {
        long nextNs = queue.nextNs();
        Connection client = null;
        Connection server = null;
        for (int i = 0; i < connections.size(); i++) {
            final Connection connection = connections.get(i);
            // Packets first: after a stall the very ACK that a timer waits for may be there already.
            if (connection.serverDeadlineNs() < nextNs) {
                nextNs = connection.serverDeadlineNs();
                server = connection;
                client = null;
            }
            if (connection.clientDeadlineNs() < nextNs) {
                nextNs = connection.clientDeadlineNs();
                client = connection;
                server = null;
            }
        }
        if (nextNs == EventQueue.NEVER) {
            throw new SimulationFailure("everybody waits for somebody else: a deadlock");
        }
        if (nextNs - startNs > LONGEST_NS) {
            throw new SimulationFailure("no end of waiting");
        }
        nowNs = Math.max(nowNs, nextNs);
        if (client != null) {
            client.onClientDeadline();
        } else if (server != null) {
            server.onServerDeadline();
        } else {
            queue.happenNext();
        }
    }

    long nowNs() {
        return nowNs;
    }

    /** What our interface takes. */
    int mtu() {
        return mtu;
    }

    long startNs() {
        return startNs;
    }

    Seeded random() {
        return random;
    }

    Faults faults() {
        return faults;
    }

    EventQueue queue() {
        return queue;
    }

    Wire wire() {
        return wire;
    }

    Path toTarget() {
        return toTarget;
    }

    Path toUs() {
        return toUs;
    }

    Spell targetFrozen() {
        return targetFrozen;
    }

    Spell channelCut() {
        return channelCut;
    }

    Spell channelStalled() {
        return channelStalled;
    }

    Spell replayerStopped() {
        return replayerStopped;
    }

    long responseTimeoutNs() {
        return responseTimeoutNs;
    }

    /** Whether no answer is given up for being late. */
    boolean patient() {
        return responseTimeoutNs == PATIENT_NS;
    }

    List<Connection> connections() {
        return connections;
    }

    int events() {
        return events;
    }

    void note(final String what, final Object detail) {
        if (trace.wanted()) {
            trace.line(nowNs, what + detail);
        }
    }

    void traceSegment(final Connection connection, final boolean fromUs, final SegmentOut out) {
        trace.count(nowNs, ((long) out.seq << 32 | (out.ack & 0xffff_ffffL)) ^ (long) out.flags << 20 ^ out.window);
        trace.count(out.payloadLength, out.optionsLength + (fromUs ? 1 : 2) + 8L * connection.index());
        if (trace.wanted()) {
            trace.line(nowNs, describe(connection, fromUs, out));
        }
    }

    /** As tcpdump writes it, numbers relative. */
    private static String describe(final Connection connection, final boolean fromUs, final SegmentOut out) {
        final int ownBase = fromUs ? connection.iss() : connection.habits().iss;
        final int otherBase = fromUs ? connection.habits().iss : connection.iss();
        final long seq = out.seq - ownBase;
        final StringBuilder text = new StringBuilder();
        text.append(connection.index()).append(fromUs ? " we   > " : " they > ");
        text.append(Trace.flags(out.flags)).append(" seq ").append(seq);
        if (out.payloadLength > 0) {
            text.append(':').append(seq + out.payloadLength);
        }
        if ((out.flags & ServerTcp.ACK) != 0) {
            text.append(" ack ").append(out.ack - otherBase);
        }
        text.append(" win ").append(out.window);
        final ByteBuffer bytes = ByteBuffer.wrap(out.options);
        final TcpOptions options = new TcpOptions();
        options.parse(bytes, 0, out.optionsLength);
        for (int block = 0; block < options.sackBlocks(); block++) {
            text.append(" sack ")
                    .append(bytes.getInt(options.sackOffset() + 8 * block) - otherBase)
                    .append(':')
                    .append(bytes.getInt(options.sackOffset() + 8 * block + 4) - otherBase);
        }
        if (options.hasTimestamps()) {
            text.append(" ts ").append(options.tsVal()).append(' ').append(options.tsEcr());
        }
        return text.toString();
    }
}
