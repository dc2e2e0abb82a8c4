package io.tcpreplayj.replay.socket;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.Agent;
import io.tcpreplayj.replay.ByteLimit;
import io.tcpreplayj.replay.DeadlineQueue;
import io.tcpreplayj.replay.Moved;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.ReconnectPlan;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.SessionEvents;
import io.tcpreplayj.replay.SessionSource;
import io.tcpreplayj.replay.Turns;
import io.tcpreplayj.replay.UserException;
import io.tcpreplayj.replay.protocol.Framings;
import io.tcpreplayj.replay.protocol.ResponseFraming;
import io.tcpreplayj.replay.script.ScriptCursor;
import io.tcpreplayj.replay.script.ScriptNeeds;
import io.tcpreplayj.replay.script.StallWatch;
import io.tcpreplayj.replay.tcp.Outcome;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The {@code socket} transport: all sessions of a plan over kernel sockets, on one thread, without privileges. */
public final class SocketAgent implements Agent, SessionSource.Listener {
    private static final int READ_BUFFER_BYTES = 256 * 1024;
    private static final long MS = 1_000_000L;
    /** What the kernel adds to a short sleep (timer slack of 50 µs), so we wake a little early and spin. */
    private static final long SLACK_NS = 60_000L;
    /** A selector waits whole milliseconds; shorter waits sleep this much at most between two looks. */
    private static final long NAP_NS = 200_000L;

    private static final long PORT_RETRY_NS = 100 * MS;
    /** So many places are tried for a session that has its own, before it is waited. */
    private static final int MOVES = 16;

    /** So many connect before it is listened again: a target that takes none must be noticed. */
    private static final int CROWD = 256;

    private final ReconnectPlan reconnects;
    private final SocketTimeouts timeouts;
    private final SessionEvents events;
    private final LongSupplier clock;
    private final SessionSource order;
    private final DeadlineQueue deadlines;
    private final @Nullable SocketSession[] sessions;
    private final Selector selector;
    private final KernelSide kernel;
    private final Turns turns;
    private final Turns.Server server = this::onTurn;
    private final StallWatch stalls = new StallWatch();
    private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER_BYTES);
    private final Consumer<SelectionKey> onReady = this::onReady;
    private boolean startsFirst;
    /** The last turn did as much as one may: there may be more to do at once. */
    private boolean moreWait;

    private long timesHeard;
    private long ended;
    /** Since when no session could get a port; MAX_VALUE when the last one could. */
    private long noPortSinceNs = Long.MAX_VALUE;

    /**
     * @param reconnects what follows when a connection of the plan is lost
     * @param limit on what leaves
     * @param clock ns since the run's start, never negative
     */
    public SocketAgent(
            final SessionSource order,
            final ReconnectPlan reconnects,
            final SocketTimeouts timeouts,
            final SessionEvents events,
            final ByteLimit limit,
            final LongSupplier clock)
            throws IOException {
        this.reconnects = reconnects;
        this.timeouts = timeouts;
        this.events = events;
        this.clock = clock;
        this.order = order;
        this.deadlines = new DeadlineQueue(order.capacity());
        this.sessions = new SocketSession[order.capacity()];
        this.selector = Selector.open();
        this.turns = new Turns(limit, order.capacity());
        this.kernel = new KernelSide(selector, new PathLosses(), turns);
    }

    @Override
    public boolean done() {
        return order.done();
    }

    @Override
    public int openSessions() {
        return order.open();
    }

    @Override
    public void work(final long maxWaitNs) throws IOException {
        final long beforeNs = look();
        final long dueNs = Math.min(Math.min(deadlines.nextDeadlineNs(), turns.nextNs()), nextStartNs(beforeNs));
        final long waitNs = Math.min(Math.min(maxWaitNs, order.patienceNs()), dueNs - beforeNs);
        stalls.waits(beforeNs + Math.max(0, waitNs));
        await(waitNs);
        final long nowNs = look();
        order.poll(this, nowNs);
        for (int index = deadlines.pollDue(nowNs); index >= 0; index = deadlines.pollDue(nowNs)) {
            final SocketSession session = sessions[index];
            if (reconnects.isWaiting(index)) {
                start(index);
            } else if (session != null) {
                session.onTimer(look());
                after(session);
            }
        }
        // Under a limit neither those that are open nor those that are due may keep the others out for ever.
        startsFirst = !startsFirst;
        if (startsFirst) {
            startReady(nowNs);
            turns.give(server, nowNs);
        } else {
            turns.give(server, nowNs);
            startReady(nowNs);
        }
    }

    private long nextStartNs(final long nowNs) {
        if (moreWait) {
            return nowNs;
        }
        final long startNs = Math.max(order.nextStartNs(), events.startsNs());
        return startNs > nowNs ? startNs : Math.max(startNs, turns.limit().freeNs());
    }

    private void startReady(final long nowNs) throws IOException {
        int done = 0;
        while (done < CROWD && takeNext(nowNs)) {
            done++;
        }
        moreWait = done == CROWD;
    }

    /** Starts the next session, or ends it where it is too late; returns whether it did either. */
    private boolean takeNext(final long nowNs) throws IOException {
        if (!events.mayStart(nowNs)) {
            return false;
        }
        final int late = order.pollLate(nowNs);
        if (late >= 0) {
            events.onEnded(late, Outcome.LATE, 0, 0, 0, null, nowNs);
            return true;
        }
        if (order.nextStartNs() > nowNs || !turns.limit().opens(nowNs)) {
            return false;
        }
        final int index = order.pollReady(nowNs);
        return index >= 0 && start(index);
    }

    private void onTurn(final int index, final long nowNs) {
        final SocketSession session = sessions[index];
        if (session != null) {
            session.onTurn(nowNs);
            after(session);
        }
    }

    @Override
    public void drain() {
        for (int index = order.pollNeverStarted(); index >= 0; index = order.pollNeverStarted()) {
            events.onEnded(index, Outcome.NOT_STARTED, 0, 0, 0, null, clock.getAsLong());
        }
    }

    @Override
    public void abort() {
        drain();
        reconnects.stop();
        for (final SocketSession session : sessions) {
            if (session != null) {
                session.abort(clock.getAsLong());
                after(session);
            }
        }
    }

    /** There is no wire of ours that could break. */
    @Override
    public void giveUp() {
        abort();
    }

    @Override
    public boolean heardAnything() {
        return timesHeard > 0;
    }

    @Override
    public long timesHeard() {
        return timesHeard;
    }

    /** The kernel tells of nothing else. */
    @Override
    public long progress() {
        return timesHeard + ended;
    }

    @Override
    public boolean isOwed() {
        final long nowNs = clock.getAsLong();
        for (final SocketSession session : sessions) {
            if (session != null && session.isOwed(nowNs)) {
                return true;
            }
        }
        return false;
    }

    /** Packets are the kernel's business here. */
    @Override
    public ReplayResult.Packets packets() {
        return new ReplayResult.Packets(0, 0, 0, 0, ReplayResult.EgressWatch.NONE, null);
    }

    @Override
    public void close() throws IOException {
        abort();
        kernel.losses().close();
        selector.close();
    }

    /** The time, ns; all sessions are told when it jumped. */
    private long look() {
        final long nowNs = clock.getAsLong();
        if (stalls.stoodStill(nowNs)) {
            events.onExcused(nowNs);
            for (int index = 0; index < sessions.length; index++) {
                final SocketSession session = sessions[index];
                if (session != null && session.outcome() == null) {
                    session.onStall(stalls.fromNs(), nowNs);
                    deadlines.schedule(index, session.nextDeadlineNs());
                }
            }
        }
        return nowNs;
    }

    private void await(final long waitNs) throws IOException {
        if (waitNs > MS + SLACK_NS) {
            selector.select(onReady, (waitNs - SLACK_NS) / MS);
            return;
        }
        final int ready = selector.selectNow(onReady);
        if (ready == 0 && waitNs > SLACK_NS) {
            LockSupport.parkNanos(Math.min(NAP_NS, waitNs - SLACK_NS));
        }
    }

    private void onReady(final SelectionKey key) {
        final SocketSession session = (SocketSession) key.attachment();
        session.onReady(readBuffer, look());
        after(session);
    }

    private boolean start(final int index) throws IOException {
        return start(index, MOVES);
    }

    private boolean start(final int index, final int moves) throws IOException {
        final PlannedSession planned = reconnects.current(index);
        final boolean first = sessions[index] == null;
        final ResponseFraming framing = Framings.of(planned.script());
        final ScriptCursor cursor =
                new ScriptCursor(planned.script(), reconnects.pace(), events.scriptListener(index), framing);
        final SessionStreams streams = new SessionStreams(framing, events.responseBytes(index));
        final long nowNs = clock.getAsLong();
        final SocketSession session;
        try {
            final long dueNs = first ? order.dueNs(index, nowNs) : planned.startNs();
            session = new SocketSession(planned, cursor, streams, timeouts, kernel, dueNs, nowNs);
            session.connect(nowNs);
        } catch (final BindException e) {
            if (moves > 0 && reconnects.moves(index)) {
                return start(index, moves - 1);
            }
            if (!first) {
                deadlines.schedule(index, nowNs + PORT_RETRY_NS);
                return false;
            }
            waitForAPort(planned, nowNs);
            return false;
        } catch (final IOException e) {
            if (!first) {
                deadlines.schedule(index, nowNs + PORT_RETRY_NS);
                return false;
            }
            if (order.isEndless()) {
                order.putBack(index, nowNs + PORT_RETRY_NS);
                return false;
            }
            if (order.open() <= 1) {
                throw new UserException(
                        "no socket to be had: " + e.getMessage(), "allow more open files: ulimit -n 65536");
            }
            // EMFILE: as if so many sessions were the limit; the next one that ends makes room.
            order.putBack(index);
            return false;
        }
        noPortSinceNs = Long.MAX_VALUE;
        sessions[index] = session;
        reconnects.opens(index);
        if (first) {
            events.onStarted(index, nowNs);
        }
        events.onSynLeft(index, nowNs);
        after(session);
        return true;
    }

    /**
     * EADDRNOTAVAIL: every port is in use towards that target. A session that ends frees its port only after TIME-WAIT
     * (60 s on Linux) where it closed first, so time brings ports back as well as other sessions' ends do.
     */
    private void waitForAPort(final PlannedSession planned, final long nowNs) {
        noPortSinceNs = Math.min(noPortSinceNs, nowNs);
        if (!order.isEndless() && order.open() <= 1 && nowNs - noPortSinceNs >= timeouts.connectNs()) {
            throw new UserException(
                    "this host has no port left for connections to " + planned.target() + ", after "
                            + timeouts.connectNs() / 1_000_000_000 + " s of waiting; there are up to "
                            + order.capacity() + " sessions",
                    "widen net.ipv4.ip_local_port_range, choose fewer --copies or flows, or use --transport tun or packet");
        }
        order.putBack(planned.index(), nowNs + PORT_RETRY_NS);
    }

    private void after(final SocketSession session) {
        final int index = session.plan().index();
        timesHeard += session.newSignsOfLife();
        if (session.newlyConnected()) {
            events.onConnected(index, session.handshakeNs(), clock.getAsLong());
        }
        final Endpoint local = session.local();
        if (local != null && sessions[index] == session) {
            order.connected(index, local);
        }
        final Outcome outcome = session.outcome();
        if (outcome == null) {
            deadlines.schedule(index, session.nextDeadlineNs());
            return;
        }
        if (sessions[index] == null || reconnects.isWaiting(index)) {
            return;
        }
        final long nowNs = clock.getAsLong();
        final Moved moved = new Moved(session.sentBytes(), session.receivedBytes(), 0);
        final long againNs = reconnects.next(index, outcome, session.cursor(), moved, nowNs);
        deadlines.schedule(index, againNs);
        if (againNs != ReconnectPlan.NEVER) {
            return;
        }
        sessions[index] = null;
        ended++;
        order.ended(index, nowNs);
        reconnects.ended(index, outcome, moved, session.local(), nowNs);
        order.forgotten(index);
    }

    @Override
    public void onGrown(final int index) {
        final SocketSession session = sessions[index];
        if (session != null) {
            session.onGrown(clock.getAsLong());
            after(session);
        }
    }

    @Override
    public void needs(final int index, final ScriptNeeds needs) {
        final SocketSession session = sessions[index];
        if (session == null) {
            needs.everything();
        } else {
            session.needs(needs);
        }
    }

    @Override
    public void onLost(final int index) {
        final SocketSession session = sessions[index];
        if (session != null) {
            session.abort(clock.getAsLong());
            after(session);
        }
    }
}
