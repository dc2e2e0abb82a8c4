package io.tcpreplayj.replay.udp;

import io.tcpreplayj.replay.Agent;
import io.tcpreplayj.replay.ByteLimit;
import io.tcpreplayj.replay.DeadlineQueue;
import io.tcpreplayj.replay.PlannedSession;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.StartLimits;
import io.tcpreplayj.replay.StartOrder;
import io.tcpreplayj.replay.Turns;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Drives all UDP conversations of a run: one thread, one selector. */
public final class UdpAgent implements Agent {
    /** What a resolver waits for an answer (resolv.conf(5), timeout); more only where nothing at all is waited for so long. */
    public static final long TIMEOUT_NS = 5_000_000_000L;

    private static final int MAX_DATAGRAM = 1 << 16;
    private static final long NS_PER_MS = 1_000_000;
    /** So many begin before it is listened again. */
    private static final int CROWD = 256;

    private final List<PlannedSession> plan;
    private final StartOrder order;
    private final double speed;
    private final long timeoutNs;
    private final LongSupplier clock;
    private final UdpLedger ledger = new UdpLedger();
    private final @Nullable UdpSession[] sessions;
    private final DeadlineQueue deadlines;
    private final Selector selector;
    private final Turns turns;
    private final Turns.Server server = this::onTurn;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_DATAGRAM);
    private UdpOutcome.Listener listener = (index, outcome) -> {};
    private long timesHeard;
    private boolean owed;
    private boolean draining;

    /**
     * @param speed infinite for no think times at all
     * @param limits how many at the same time, and how fast they may begin
     * @param timeoutNs the longest wait for an answer
     * @param limit on what leaves
     */
    public UdpAgent(
            final List<PlannedSession> plan,
            final double speed,
            final StartLimits limits,
            final long timeoutNs,
            final ByteLimit limit,
            final LongSupplier clock)
            throws IOException {
        final boolean fullSpeed = Double.isInfinite(speed);
        this.plan = plan;
        this.speed = fullSpeed ? 0 : speed;
        this.timeoutNs = timeoutNs;
        this.clock = clock;
        order = new StartOrder(plan, fullSpeed, limits);
        sessions = new UdpSession[plan.size()];
        deadlines = new DeadlineQueue(plan.size());
        turns = new Turns(limit, plan.size());
        selector = Selector.open();
        plan.forEach(
                session -> ledger.onPlanned(session.script().flow().events().size()));
    }

    /** Has somebody told of what becomes of each conversation; before the first one begins. */
    public void tell(final UdpOutcome.Listener whom) {
        listener = whom;
    }

    @Override
    public void work(final long maxWaitNs) throws IOException {
        final boolean moreWait = startDue() == CROWD;
        final long nowNs = clock.getAsLong();
        final long dueNs = Math.min(Math.min(order.nextStartNs(), deadlines.nextDeadlineNs()), turns.nextNs());
        final long waitNs = moreWait ? 0 : Math.min(maxWaitNs, dueNs - nowNs);
        // A millisecond is the selector's grain: what is due sooner is waited for awake.
        if (waitNs >= NS_PER_MS) {
            selector.select(waitNs / NS_PER_MS);
        } else {
            selector.selectNow();
        }
        final long afterNs = clock.getAsLong();
        for (final SelectionKey key : selector.selectedKeys()) {
            final int index = (int) key.attachment();
            final UdpSession session = sessions[index];
            if (session != null) {
                final long before = session.timesHeard();
                session.onReadable(buffer, afterNs);
                timesHeard += session.timesHeard() - before;
                advance(index, session, afterNs);
            }
        }
        selector.selectedKeys().clear();
        for (int index = deadlines.pollDue(afterNs); index >= 0; index = deadlines.pollDue(afterNs)) {
            final UdpSession session = sessions[index];
            if (session != null) {
                advance(index, session, afterNs);
            }
        }
        turns.give(server, afterNs);
    }

    private void onTurn(final int index, final long nowNs) {
        final UdpSession session = sessions[index];
        if (session != null) {
            advance(index, session, nowNs);
        }
    }

    /** Starts what is ready, and ends what is too late; returns how many. */
    private int startDue() {
        final long nowNs = clock.getAsLong();
        int done = 0;
        for (; done < CROWD && !draining; done++) {
            final int late = order.pollLate(nowNs);
            if (late >= 0) {
                neverBegins(late, "late");
                continue;
            }
            final int index = order.pollReady(nowNs);
            if (index < 0) {
                break;
            }
            final UdpSession session = new UdpSession(plan.get(index), ledger, turns, speed, timeoutNs);
            try {
                session.open(selector, order.dueNs(index, nowNs), nowNs);
            } catch (final IOException e) {
                if (order.open() > 1) {
                    // As many as there are file descriptors: when another one has ended.
                    order.putBack(index);
                    break;
                }
                session.end("network");
            }
            sessions[index] = session;
            listener.onStarted(index);
            advance(index, session, nowNs);
        }
        return done;
    }

    private void advance(final int index, final UdpSession session, final long nowNs) {
        final long before = session.timesHeard();
        final long nextNs = session.advance(nowNs);
        timesHeard += session.timesHeard() - before;
        owed |= session.isOwed();
        if (!session.isOver()) {
            deadlines.schedule(index, nextNs);
            return;
        }
        sessions[index] = null;
        listener.onEnded(index, session.outcome());
        deadlines.schedule(index, Long.MAX_VALUE);
        order.ended(index, nowNs);
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
    public void drain() {
        draining = true;
        for (int index = order.pollNeverStarted(); index >= 0; index = order.pollNeverStarted()) {
            neverBegins(index, "not-started");
        }
    }

    private void neverBegins(final int index, final String state) {
        final UdpSession session = new UdpSession(plan.get(index), ledger, turns, speed, timeoutNs);
        session.end(state);
        listener.onEnded(index, session.outcome());
    }

    @Override
    public void abort() {
        drain();
        giveUp();
    }

    @Override
    public void giveUp() {
        drain();
        for (int index = 0; index < sessions.length; index++) {
            final UdpSession session = sessions[index];
            if (session != null) {
                session.end("interrupted");
                advance(index, session, clock.getAsLong());
            }
        }
    }

    /** Who waits for nothing need not hear anything. */
    @Override
    public boolean heardAnything() {
        return timesHeard > 0 || !owed;
    }

    @Override
    public long timesHeard() {
        return timesHeard;
    }

    @Override
    public boolean isOwed() {
        for (final UdpSession session : sessions) {
            if (session != null && session.isWaiting()) {
                return true;
            }
        }
        return false;
    }

    /** Whether any conversation came to where the captured server had answered. */
    public boolean owesAnswers() {
        return owed;
    }

    @Override
    public ReplayResult.Packets packets() {
        return new ReplayResult.Packets(0, 0, 0, 0, ReplayResult.EgressWatch.NONE, null);
    }

    /** What became of it all. */
    public ReplayResult.Udp result() {
        return ledger.result();
    }

    /** Conversations that are over, by what became of them; those that the plan left out are not known here. */
    public ReplayResult.Flows flows() {
        final long failed =
                ledger.failed().values().stream().mapToLong(Long::longValue).sum();
        return new ReplayResult.Flows(ledger.replayed() + failed, ledger.replayed(), Map.of(), ledger.failed());
    }

    @Override
    public void close() throws IOException {
        giveUp();
        selector.close();
    }
}
