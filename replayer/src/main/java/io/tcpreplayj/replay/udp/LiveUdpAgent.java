package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.Agent;
import io.tcpreplayj.replay.ByteLimit;
import io.tcpreplayj.replay.DeadlineQueue;
import io.tcpreplayj.replay.LiveDrop;
import io.tcpreplayj.replay.LiveRules;
import io.tcpreplayj.replay.OwnEndpoints;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.Turns;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.agrona.collections.IntArrayList;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** Replays UDP conversations while they are being captured: one thread, one selector, over the kernel's sockets. */
public final class LiveUdpAgent implements Agent, LiveDatagrams.Reader {
    /** Between two looks into the queue. */
    private static final long LOOK_MS = 1;

    private static final long NS_PER_MS = 1_000_000;
    /** So much at once, or answers wait too long. */
    private static final int BATCH = 512;
    /** Conversations with their copies; each is kept for as long as its capture, of which 30 s of quiet. */
    private static final int MOST_SESSIONS = 1 << 17;

    private static final int MAX_DATAGRAM = 1 << 16;

    private final LiveDatagrams feed;
    private final LiveRules rules;
    private final LongSupplier clock;
    private final long timeoutNs;
    private final UdpLedger ledger = new UdpLedger();
    private final WaitingBytes waiting;
    private final OwnEndpoints own = new OwnEndpoints(null);
    private final Long2ObjectHashMap<LiveConversation> conversations = new Long2ObjectHashMap<>();
    private final @Nullable LiveUdpSession[] sessions = new LiveUdpSession[MOST_SESSIONS];
    private final IntArrayList free = new IntArrayList();
    private final DeadlineQueue deadlines = new DeadlineQueue(MOST_SESSIONS);
    private final Selector selector;
    private final Turns turns;
    private final Turns.Server server = this::onTurn;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_DATAGRAM);
    private final long[] dropped = new long[LiveDrop.values().length];
    private final long[] lost = new long[LiveDrop.values().length];
    private int begun;
    private int active;
    private int sockets;
    private long timesHeard;
    private boolean owed;
    private boolean draining;
    private boolean drainAsked;
    private Watcher watcher = Watcher.NONE;

    /** Is told how conversations that have begun fare with the target. */
    public interface Watcher {
        /** Nobody is told. */
        Watcher NONE = new Watcher() {
            @Override
            public void onStarted() {}

            @Override
            public void onEnded(final String failure, final long received) {}
        };

        /** One has its first socket. */
        void onStarted();

        /**
         * One is over.
         *
         * @param failure why it failed, or empty
         * @param received datagrams
         */
        void onEnded(String failure, long received);
    }

    /** @param limit on what leaves */
    public LiveUdpAgent(
            final LiveDatagrams feed, final LiveRules rules, final ByteLimit limit, final LongSupplier clock)
            throws IOException {
        turns = new Turns(limit, MOST_SESSIONS);
        this.feed = feed;
        this.rules = rules;
        this.clock = clock;
        timeoutNs = Math.min(UdpAgent.TIMEOUT_NS, rules.options().responseTimeoutNs());
        waiting = new WaitingBytes(rules.options().memoryBytes() / 4);
        selector = Selector.open();
    }

    /** Before the first one begins. */
    public void tell(final Watcher whom) {
        watcher = whom;
    }

    /** Has no more conversations begin from the next duty cycle on; also in the middle of one. */
    public void drainSoon() {
        drainAsked = true;
    }

    @Override
    public void work(final long maxWaitNs) throws IOException {
        if (drainAsked && !draining) {
            drain();
        }
        if (feed.read(this, BATCH) == 0) {
            final long dueNs = Math.min(deadlines.nextDeadlineNs(), turns.nextNs());
            final long waitNs = Math.min(maxWaitNs, dueNs - clock.getAsLong());
            if (waitNs >= NS_PER_MS) {
                selector.select(LOOK_MS);
            }
        }
        selector.selectNow();
        final long nowNs = clock.getAsLong();
        for (final SelectionKey key : selector.selectedKeys()) {
            final int index = (int) key.attachment();
            final LiveUdpSession session = sessions[index];
            if (session != null) {
                final boolean wasOpen = session.isOpen();
                final long before = session.timesHeard();
                session.onReadable(buffer, nowNs);
                timesHeard += session.timesHeard() - before;
                note(session, wasOpen);
                if (session.isOver()) {
                    over(index, session);
                } else {
                    advance(index, session, nowNs);
                }
            }
        }
        selector.selectedKeys().clear();
        for (int index = deadlines.pollDue(nowNs); index >= 0; index = deadlines.pollDue(nowNs)) {
            final LiveUdpSession session = sessions[index];
            if (session != null) {
                advance(index, session, nowNs);
            }
        }
        turns.give(server, nowNs);
    }

    private void onTurn(final int index, final long nowNs) {
        final LiveUdpSession session = sessions[index];
        if (session != null) {
            advance(index, session, nowNs);
        }
    }

    @Override
    public void onOpened(final OpenFlow flow) {
        final int copies = rules.options().copies();
        final Endpoint target = rules.target(flow);
        final LiveDrop reason = target == null || draining ? LiveDrop.STOPPED : noRoom(flow, copies);
        if (reason != null || target == null) {
            dropped[(reason == null ? LiveDrop.STOPPED : reason).ordinal()] += copies;
            return;
        }
        final LiveConversation conversation = new LiveConversation(flow.id(), target, flow.app() == FlowRecord.App.DNS);
        for (int copy = 0; copy < copies; copy++) {
            final int index = free.isEmpty() ? begun++ : free.removeAt(free.size() - 1);
            sessions[index] = new LiveUdpSession(conversation, waiting, ledger, timeoutNs);
            conversation.copies().add(index);
            active++;
        }
        conversations.put(flow.id(), conversation);
    }

    private @Nullable LiveDrop noRoom(final OpenFlow flow, final int copies) {
        if (own.contains(flow.client(), clock.getAsLong())) {
            return LiveDrop.OWN;
        }
        if (rules.isOfTargetsHost(flow)) {
            return LiveDrop.SAME_SERVER;
        }
        if (!rules.isVouchedForUdp(flow)) {
            return LiveDrop.NOT_VOUCHED;
        }
        if (sockets + copies > rules.options().maxOpen()) {
            return LiveDrop.MAX_OPEN;
        }
        return MOST_SESSIONS - begun + free.size() < copies ? LiveDrop.MEMORY : null;
    }

    @Override
    public void onClient(
            final long flow, final long timeNs, final int gate, final ByteBuffer from, final int at, final int length) {
        final LiveConversation conversation = conversations.get(flow);
        if (conversation == null) {
            return;
        }
        if (!waiting.hasRoomFor(length, conversation.copies().size())) {
            onLost(flow, LiveDrop.MEMORY);
            return;
        }
        final ByteBuffer bytes = ByteBuffer.allocate(length).put(0, from, at, length);
        final int query = conversation.onClient(bytes, length, timeNs);
        final long nowNs = clock.getAsLong();
        // What is here was captured, so a time that is yet to come says that the clock of its capture is ahead.
        final long capturedNs = Math.min(rules.replayNs(timeNs), nowNs);
        final LiveUdpSession.Datagram datagram = new LiveUdpSession.Datagram(
                bytes, capturedNs, Math.max(0, capturedNs + rules.options().delayNs()), conversation.gate(gate), query);
        for (final int index : conversation.copies()) {
            final LiveUdpSession session = session(index);
            session.judge().settle(conversation.oldestOpen(), nowNs);
            session.onCaptured(datagram);
            advance(index, session, nowNs);
        }
    }

    @Override
    public void onServer(
            final long flow,
            final long timeNs,
            final int length,
            final long digest,
            final ByteBuffer from,
            final int at,
            final int head) {
        final LiveConversation conversation = conversations.get(flow);
        if (conversation == null) {
            return;
        }
        final int query = conversation.isDns() ? conversation.onServer(from, at, head, timeNs) : DnsQueries.NONE;
        if (!conversation.isDns()
                && !waiting.hasRoomFor(0, conversation.copies().size())) {
            onLost(flow, LiveDrop.MEMORY);
            return;
        }
        final long nowNs = clock.getAsLong();
        for (final int index : conversation.copies()) {
            final LiveUdpSession session = session(index);
            if (session.isOver()) {
                continue;
            }
            if (query != DnsQueries.NONE) {
                session.judge().onRecorded(query, conversation.rcode(), conversation.latencyNs());
                owed |= session.isOwed();
            } else if (!conversation.isDns()) {
                session.judge().onRecorded(length, digest, nowNs);
                advance(index, session, nowNs);
            }
        }
    }

    @Override
    public void onLost(final long flow, final LiveDrop reason) {
        final LiveConversation conversation = conversations.remove(flow);
        if (conversation == null) {
            return;
        }
        for (final int index : conversation.copies()) {
            if (session(index).isOver()) {
                free(index);
            } else {
                lose(index, session(index), reason);
            }
        }
    }

    /** What has not begun is dropped, the rest cut short. */
    private void lose(final int index, final LiveUdpSession session, final LiveDrop reason) {
        final boolean wasOpen = session.isOpen();
        if (session.isStarted()) {
            lost[reason.ordinal()]++;
            session.end("capture-lost");
        } else {
            dropped[reason.ordinal()]++;
            session.cancel();
        }
        note(session, wasOpen);
        over(index, session);
    }

    @Override
    public void onEnded(final long flow) {
        final LiveConversation conversation = conversations.remove(flow);
        if (conversation == null) {
            return;
        }
        for (final int index : conversation.copies()) {
            final LiveUdpSession session = session(index);
            session.onCaptureEnd();
            if (session.isOver()) {
                free(index);
            } else {
                advance(index, session, clock.getAsLong());
            }
        }
    }

    private void free(final int index) {
        sessions[index] = null;
        free.addInt(index);
    }

    private LiveUdpSession session(final int index) {
        final LiveUdpSession session = sessions[index];
        if (session == null) {
            throw new IllegalStateException("no session " + index);
        }
        return session;
    }

    private void advance(final int index, final LiveUdpSession session, final long nowNs) {
        if (session.isOver()) {
            return;
        }
        final boolean wasOpen = session.isOpen();
        final long before = session.timesHeard();
        long nextNs = session.advance(index, turns, nowNs);
        if (nextNs == LiveUdpSession.NEEDS_SOCKET) {
            if (!isOpened(index, session, nowNs)) {
                return;
            }
            nextNs = session.advance(index, turns, nowNs);
        }
        timesHeard += session.timesHeard() - before;
        note(session, wasOpen);
        owed |= session.isOwed();
        if (session.isOver()) {
            over(index, session);
        } else {
            deadlines.schedule(index, nextNs);
        }
    }

    private boolean isOpened(final int index, final LiveUdpSession session, final long nowNs) {
        if (sockets >= rules.options().maxOpen()) {
            lose(index, session, LiveDrop.MAX_OPEN);
            return false;
        }
        final boolean begins = !session.isStarted();
        try {
            session.open(selector, index, session.conversation().target(), nowNs);
            if (begins) {
                watcher.onStarted();
            }
            return true;
        } catch (final IOException e) {
            lose(index, session, LiveDrop.NO_PORT);
            return false;
        }
    }

    /** Counts its socket, and remembers where that is. */
    private void note(final LiveUdpSession session, final boolean wasOpen) {
        final Endpoint local = session.local();
        if (wasOpen != session.isOpen() && local != null) {
            sockets += session.isOpen() ? 1 : -1;
            if (session.isOpen()) {
                own.takes(local);
            } else {
                own.leaves(local, clock.getAsLong());
            }
        }
    }

    /** Its number is free once nothing more is captured of its conversation. */
    private void over(final int index, final LiveUdpSession session) {
        active--;
        if (session.isStarted()) {
            watcher.onEnded(session.failure(), session.received());
        }
        deadlines.schedule(index, Long.MAX_VALUE);
        if (!conversations.containsKey(session.conversation().id())) {
            free(index);
        }
    }

    /** What is still on its way when the run is over: conversations that would have begun are counted as dropped. */
    public void drainRest() {
        draining = true;
        while (feed.read(this, BATCH) > 0) {
            Thread.onSpinWait();
        }
    }

    @Override
    public boolean done() {
        return active == 0 && (draining || feed.isDrained());
    }

    @Override
    public int openSessions() {
        return sockets;
    }

    @Override
    public void drain() {
        draining = true;
        feed.refuse();
        endAll("not-started", false);
    }

    @Override
    public void abort() {
        giveUp();
    }

    @Override
    public void giveUp() {
        drain();
        endAll("interrupted", true);
    }

    private void endAll(final String why, final boolean alsoStarted) {
        for (int index = 0; index < begun; index++) {
            final LiveUdpSession session = sessions[index];
            if (session != null && !session.isOver() && (alsoStarted || !session.isStarted())) {
                final boolean wasOpen = session.isOpen();
                session.end(why);
                note(session, wasOpen);
                over(index, session);
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
        for (int index = 0; index < begun; index++) {
            final LiveUdpSession session = sessions[index];
            if (session != null && session.isWaiting()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public ReplayResult.Packets packets() {
        return new ReplayResult.Packets(0, 0, 0, 0, ReplayResult.EgressWatch.NONE, null);
    }

    /** How far it is. */
    public LiveUdpMoment moment() {
        return new LiveUdpMoment(
                sockets,
                ledger.replayed(),
                new TreeMap<>(ledger.failed()),
                ledger.datagrams(),
                ledger.dns(),
                ledger.answers());
    }

    /** What became of it all; null when there was no UDP. */
    public ReplayResult.@Nullable Udp result() {
        return begun == 0 ? null : ledger.result();
    }

    /** Sessions that are over, by what became of them. */
    public ReplayResult.Flows flows() {
        final long failed =
                ledger.failed().values().stream().mapToLong(Long::longValue).sum();
        return new ReplayResult.Flows(ledger.replayed() + failed, ledger.replayed(), Map.of(), ledger.failed());
    }

    /** Sessions that would have been and never began. */
    public long dropped(final LiveDrop reason) {
        return dropped[reason.ordinal()];
    }

    /** Sessions that were cut short; they are among the failed ones too. */
    public long lost(final LiveDrop reason) {
        return lost[reason.ordinal()];
    }

    /** How late datagrams left. */
    public LatencyRecorder latency() {
        return ledger.latency;
    }

    @Override
    public void close() throws IOException {
        giveUp();
        selector.close();
    }
}
