package io.tcpreplayj.replay;

import io.tcpreplayj.intercept.feed.ResponseFeed;
import io.tcpreplayj.intercept.feed.ResponseHandler;
import io.tcpreplayj.linux.Poller;
import io.tcpreplayj.packet.IcmpError;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.replay.script.ScriptNeeds;
import io.tcpreplayj.replay.script.StallWatch;
import io.tcpreplayj.replay.tcp.ClientSession;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.SessionState;
import io.tcpreplayj.replay.tcp.TcpConfig;
import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * Runs the user-space TCP clients: takes the target's segments from the feed, lets time pass for whoever has a deadline,
 * starts whoever is due, and puts what they want to send on the wire. A session is served the moment something happens to
 * it; nothing here waits for a single one.
 */
final class RawAgent implements Agent, ResponseHandler, SessionSource.Listener {
    /** Small: what a batch wants sent on a queueing wire leaves only when the batch is done. */
    private static final int RECEIVE_BATCH = 64;
    /** Some ten milliseconds of work: no think time waits longer behind a flood of answers. */
    private static final int RECEIVE_BATCHES = 64;

    /** So many clients send before it is listened again: the answers to a larger crowd overflow the kernel's queue. */
    private static final int CROWD = 512;

    /** A timer of the kernel is some 30 µs late, so the last stretch is spent looking at the clock. */
    private static final long SPIN_NS = 50_000;

    private static final long UPKEEP_NS = 1_000_000_000L;
    /** While the feed is cut, this often it is looked whether it is back. */
    private static final long HOLD_LOOK_NS = 10_000_000L;
    /** How long the last RSTs may wait for room on the wire. */
    private static final long FAREWELL_NS = 50_000_000L;

    private final RawTransport transport;
    private final Wire wire;
    private final ResponseFeed feed;
    private final ReconnectPlan reconnects;
    private final Openings openings;
    private final SessionEvents events;
    private final LongSupplier clock;
    private final SessionSource order;
    private final Poller poller;

    private final SessionTable sessions;
    private final DeadlineQueue deadlines;
    private final Turns turns;
    private final FeedLease lease;
    private final PathWatch path = new PathWatch();
    private final StallWatch stalls = new StallWatch();
    private final TimeWaitLinger linger = new TimeWaitLinger();
    private final Departures departures;
    private final Turns.Server server = (index, atNs) -> serve(index);

    private long nowNs;
    private long lastWorkNs;
    private long upkeepDueNs;
    private long received;
    private long unclaimed;
    private long progress;

    /**
     * @param order every session has its endpoint when it starts
     * @param reconnects what follows when a connection of it is lost
     * @param limit on what leaves
     * @param clock ns since the run's start, never negative
     */
    RawAgent(
            final SessionSource order,
            final RawTransport transport,
            final ReconnectPlan reconnects,
            final TcpConfig config,
            final SessionEvents events,
            final ByteLimit limit,
            final LongSupplier clock) {
        final int count = order.capacity();
        this.transport = transport;
        this.wire = transport.wire();
        this.feed = transport.feed();
        this.lease = new FeedLease(feed);
        this.reconnects = reconnects;
        this.openings = new Openings(order, reconnects, config, events);
        this.events = events;
        this.clock = clock;
        this.order = order;
        this.poller = new Poller(feed.fd());
        this.sessions = new SessionTable(count);
        this.deadlines = new DeadlineQueue(count);
        this.turns = new Turns(limit, count);
        this.departures = new Departures(wire, lease, turns);
    }

    @Override
    public void work(final long maxWaitNs) throws IOException {
        look();
        if (lease.check(nowNs)) {
            excuse(lease.lostNs());
        }
        int done = hear();
        if (lease.held()) {
            done += order.poll(this, nowNs) + giveTurns() + expire() + startReady();
        } else {
            lease.expectReturn(this, nowNs);
        }
        wire.flush();
        watchPath(nowNs >= upkeepDueNs && upkeep());
        if (done > 0) {
            lastWorkNs = nowNs;
        } else if (!lease.held()) {
            poller.await(Math.min(maxWaitNs, HOLD_LOOK_NS));
        } else {
            idle(maxWaitNs);
        }
    }

    private boolean upkeep() throws IOException {
        upkeepDueNs = nowNs + UPKEEP_NS;
        final boolean narrower = lookAtLink();
        return transport.upkeep().everySecond() || narrower;
    }

    /** As with the kernel, all is what the interface takes now; returns whether what left may have been too large. */
    private boolean lookAtLink() {
        final int before = wire.mtu();
        wire.lookAtLink();
        openings.onFirstHop(wire.mtu());
        return wire.mtu() != before && sessions.onFirstHop(wire.mtu()) && wire.mtu() < before;
    }

    /** @param moved what left by the old way may have reached nobody */
    private void watchPath(final boolean moved) {
        final boolean healed = path.healed(wire.sentPackets(), wire.droppedPackets(), nowNs) || moved;
        if (!healed && !path.tryDue(nowNs)) {
            return;
        }
        events.onExcused(nowNs);
        for (int index = 0; index < sessions.size(); index++) {
            if (sessions.isOpen(index) && sessions.get(index).resendNow()) {
                serve(index);
                if (!healed) {
                    return;
                }
            }
        }
    }

    /**
     * Takes what has come, before any timer runs: after a stall the very ACK that a retransmission timer misses may already
     * be here. A queue that overflows in the kernel costs a retransmission too, a late request only time.
     */
    private int hear() throws IOException {
        int total = 0;
        for (int batch = 0; batch < RECEIVE_BATCHES; batch++) {
            final int heard = feed.poll(this, RECEIVE_BATCH);
            total += heard;
            if (heard < RECEIVE_BATCH) {
                break;
            }
            wire.flush();
        }
        return total;
    }

    private int expire() {
        int expired = 0;
        while (expired < CROWD) {
            final int index = deadlines.pollDue(nowNs);
            if (index < 0) {
                break;
            }
            onDeadline(index);
            expired++;
        }
        return expired;
    }

    private int startReady() {
        int done = 0;
        for (; done < CROWD && events.mayStart(nowNs); done++) {
            final int late = order.pollLate(nowNs);
            if (late >= 0) {
                events.onEnded(late, Outcome.LATE, 0, 0, 0, null, nowNs);
                continue;
            }
            final int index = order.pollReady(nowNs);
            if (index < 0) {
                break;
            }
            start(index);
        }
        return done;
    }

    private void onDeadline(final int index) {
        if (sessions.isEnded(index) && turns.isWaiting(index)) {
            deadlines.schedule(index, nowNs + order.lingerNs());
        } else if (sessions.isEnded(index)) {
            release(index);
        } else if (reconnects.isWaiting(index)) {
            sessions.unlist(index);
            connect(index, reconnects.current(index).startNs());
        } else {
            sessions.get(index).onTimer(nowNs);
            serve(index);
        }
    }

    private void idle(final long maxWaitNs) throws IOException {
        final long startNs = Math.max(order.nextStartNs(), events.startsNs());
        final long workNs = Math.min(Math.min(deadlines.nextDeadlineNs(), turns.nextNs()), startNs);
        final long waitNs =
                Math.min(Math.min(maxWaitNs, order.patienceNs()), Math.min(workNs, path.deadlineNs()) - nowNs);
        if (waitNs < SPIN_NS || nowNs - lastWorkNs < SPIN_NS) {
            Thread.onSpinWait();
            return;
        }
        stalls.waits(nowNs + waitNs);
        poller.await(waitNs - SPIN_NS / 2);
    }

    private void look() {
        nowNs = clock.getAsLong();
        if (stalls.stoodStill(nowNs)) {
            excuse(stalls.fromNs());
        }
    }

    /** Nothing could be heard from then on, and what came meanwhile is still to be read: nobody may take it for silence. */
    private void excuse(final long fromNs) {
        events.onExcused(nowNs);
        for (int index = 0; index < sessions.size(); index++) {
            if (sessions.isOpen(index) && !reconnects.isWaiting(index)) {
                final ClientSession session = sessions.get(index);
                session.onStall(fromNs, nowNs);
                deadlines.schedule(index, turns.isWaiting(index) ? Long.MAX_VALUE : session.nextDeadlineNs());
            }
        }
    }

    private void start(final int index) {
        events.onStarted(index, nowNs);
        connect(index, order.dueNs(index, nowNs));
    }

    /** Opens the session's first connection, or a further one. */
    private void connect(final int index, final long dueNs) {
        sessions.put(index, openings.open(index, dueNs, nowNs));
        serve(index);
    }

    @Override
    public void onResponse(final PacketView segment) {
        // One look at the clock a segment: a quick target answers within the very batch in which it was asked.
        look();
        received++;
        final int index = sessions.find(
                segment.destinationHigh(),
                segment.destinationLow(),
                segment.destinationPort(),
                segment.sourceHigh(),
                segment.sourceLow(),
                segment.sourcePort());
        if (index == SessionTable.NONE) {
            unclaimed++;
            return;
        }
        final ClientSession session = sessions.get(index);
        final boolean connecting = session.state() == SessionState.SYN_SENT;
        final long before = session.ackedBytes() + session.receivedBytes();
        session.onSegment(segment, nowNs);
        progress += session.ackedBytes() + session.receivedBytes() - before;
        if (connecting && session.state() == SessionState.ESTABLISHED) {
            progress++;
            events.onConnected(index, session.handshakeNs(), nowNs);
        }
        if (sessions.isEnded(index)) {
            linger.onHeard(nowNs);
        }
        serve(index);
    }

    /** Who quotes no packet of an open session of ours is not listened to. */
    @Override
    public void onIcmpError(final IcmpError error) {
        look();
        final int index = sessions.find(
                error.sourceHigh(),
                error.sourceLow(),
                error.sourcePort(),
                error.destinationHigh(),
                error.destinationLow(),
                error.destinationPort());
        if (index == SessionTable.NONE) {
            return;
        }
        final ClientSession session = sessions.get(index);
        if (error.isTooBig()) {
            session.onPacketTooBig(error.segSeq(), error.mtu(), nowNs);
        } else {
            session.onUnreachable(error.segSeq());
        }
        serve(index);
    }

    /** Sends what the session has to send, and notes when it must be looked at again. */
    private void serve(final int index) {
        final ClientSession session = sessions.get(index);
        final boolean opens = session.opens();
        departures.serve(index, session, nowNs);
        if (opens && !session.opens()) {
            events.onSynLeft(index, nowNs);
        }
        final Outcome outcome = session.outcome();
        if (outcome == null) {
            // One that waits for room on the wire is served as soon as there is some, not by the clock.
            deadlines.schedule(index, turns.isWaiting(index) ? Long.MAX_VALUE : session.nextDeadlineNs());
        } else if (!sessions.isEnded(index) && !reconnects.isWaiting(index)) {
            final long againNs = reconnects.next(index, outcome, session.cursor(), moved(session), nowNs);
            if (againNs == ReconnectPlan.NEVER) {
                conclude(index, outcome);
                deadlines.schedule(index, nowNs + order.lingerNs());
            } else {
                deadlines.schedule(index, againNs);
            }
        }
        if (sessions.isEnded(index) && session.state() == SessionState.CLOSED && !turns.isWaiting(index)) {
            release(index);
        }
    }

    private void conclude(final int index, final Outcome outcome) {
        final ClientSession session = sessions.get(index);
        sessions.end(index);
        progress++;
        linger.onEnded(session.state() == SessionState.TIME_WAIT, session.sawLosses(), nowNs);
        order.ended(index, nowNs);
        reconnects.ended(index, outcome, moved(session), session.local(), nowNs);
    }

    private static Moved moved(final ClientSession session) {
        return new Moved(session.ackedBytes(), session.receivedBytes(), session.retransmittedBytes());
    }

    private void release(final int index) {
        deadlines.schedule(index, Long.MAX_VALUE);
        sessions.forget(index);
        order.forgotten(index);
    }

    @Override
    public void onGrown(final int index) {
        if (sessions.isOpen(index)) {
            sessions.get(index).cursor().onGrown(nowNs);
            serve(index);
        }
    }

    @Override
    public void needs(final int index, final ScriptNeeds needs) {
        if (sessions.isOpen(index)) {
            sessions.get(index).needs(needs);
        } else {
            needs.everything();
        }
    }

    @Override
    public void onLost(final int index) {
        if (sessions.isOpen(index)) {
            sessions.get(index).abort(nowNs);
            serve(index);
        }
    }

    private int giveTurns() throws IOException {
        if (turns.waiting() == 0) {
            return 0;
        }
        wire.flush();
        return turns.give(server, nowNs);
    }

    @Override
    public void drain() {
        for (int index = order.pollNeverStarted(); index >= 0; index = order.pollNeverStarted()) {
            events.onEnded(index, Outcome.NOT_STARTED, 0, 0, 0, null, nowNs);
        }
    }

    @Override
    public void abort() throws IOException {
        drain();
        linger.waive();
        turns.waive();
        reconnects.stop();
        nowNs = clock.getAsLong();
        for (int index = 0; index < sessions.size(); index++) {
            if (sessions.isOpen(index)) {
                sessions.get(index).abort(nowNs);
                serve(index);
            }
        }
        final long patienceNs = nowNs + FAREWELL_NS;
        wire.flush();
        while (turns.waiting() > 0 && clock.getAsLong() < patienceNs) {
            giveTurns();
        }
    }

    @Override
    public void giveUp() {
        drain();
        linger.waive();
        for (int index = 0; index < sessions.size(); index++) {
            if (sessions.isOpen(index)) {
                sessions.get(index).abort(nowNs);
                conclude(index, Outcome.INTERRUPTED);
            }
        }
    }

    @Override
    public boolean done() {
        final boolean isHeldByLimit = turns.waiting() > 0 && !turns.limit().isNone() && lease.held();
        return order.done() && linger.isOver(nowNs) && !isHeldByLimit;
    }

    @Override
    public int openSessions() {
        return order.open();
    }

    @Override
    public boolean heardAnything() {
        return received > unclaimed;
    }

    @Override
    public long timesHeard() {
        return received - unclaimed;
    }

    @Override
    public long progress() {
        return progress;
    }

    @Override
    public boolean isCutOff() {
        return !lease.held() || path.isDown();
    }

    @Override
    public boolean isOwed() {
        for (int index = 0; lease.held() && index < sessions.size(); index++) {
            if (sessions.isOpen(index)
                    && !reconnects.isWaiting(index)
                    && sessions.get(index).isOwed(nowNs)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public ReplayResult.Packets packets() {
        return new ReplayResult.Packets(
                wire.sentPackets(),
                received,
                wire.droppedPackets(),
                feed.drops(),
                transport.upkeep().watch(),
                transport.feedDelayNs());
    }

    @Override
    public String lastRefusal() {
        return wire.lastRefusal();
    }

    /** The transport belongs to whoever opened it. */
    @Override
    public void close() {}
}
