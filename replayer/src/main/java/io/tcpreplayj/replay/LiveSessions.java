package io.tcpreplayj.replay;

import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.GrowingScript;
import io.tcpreplayj.replay.script.ScriptNeeds;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.collections.IntArrayList;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of flows that are being captured: each begins when its flow's first row comes out of the queue, and gets the
 * rest as it comes. Numbers, addresses and ports are used again once nothing is kept of a session. On the agent's thread.
 */
final class LiveSessions implements SessionSource, LiveQueue.Reader {
    private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);
    /** Between two looks into the queue; a capture's own batches are longer. */
    private static final long LOOK_NS = 1_000_000L;
    /** So much at once, or answers wait too long. */
    private static final int BATCH = 256;
    /** A FIN whose last ACK was lost comes again within this time, several times (RFC 6298 2.4). */
    private static final long LINGER_NS = 3_000_000_000L;

    /** A session that has not got a port or a socket by then is too late to be of use. */
    private static final long PORT_PATIENCE_NS = 5_000_000_000L;

    /** So often it is looked what of large flows has reached their targets. */
    private static final long FREE_EVERY_NS = 100_000_000L;

    private static final int NONE = -1;

    private final LiveQueue queue;
    private final LiveRules rules;
    private final LiveBook book;
    private final int maxOpen;
    private final @Nullable PlannedSession[] sessions;
    private final @Nullable LiveFlow[] flowOf;
    private final IntArrayList free = new IntArrayList();
    private final IndexQueue ready;
    private final LivePlaces places;
    private final Long2ObjectHashMap<LiveFlow> flows = new Long2ObjectHashMap<>();
    private final LiveMemory memory;
    private final CapturedSums captured = new CapturedSums();
    private final long[] dropped = new long[LiveDrop.values().length];
    private final long[] lost = new long[LiveDrop.values().length];

    private SessionSource.@Nullable Listener listener;
    private long lookedNs;
    private long freeNs;
    private int open;
    private int held = Integer.MAX_VALUE;
    private long heldUntilNs = Long.MAX_VALUE;
    private boolean stopped;

    /**
     * @param endpoints where clients live, or null where the kernel chooses
     * @param capacity of {@code book}
     */
    LiveSessions(
            final LiveQueue queue,
            final LiveRules rules,
            final LiveBook book,
            final @Nullable LocalEndpoints endpoints,
            final int capacity) {
        this.queue = queue;
        this.rules = rules;
        this.book = book;
        maxOpen = rules.options().maxOpen();
        memory = new LiveMemory(rules.options().memoryBytes() / 2);
        sessions = new PlannedSession[capacity];
        flowOf = new LiveFlow[capacity];
        places = new LivePlaces(endpoints, rules, capacity);
        ready = new IndexQueue(capacity);
        for (int index = capacity - 1; index >= 0; index--) {
            free.addInt(index);
        }
    }

    /** Numbers for so many sessions, and for those whose last segments may still come. */
    static int capacity(final int maxOpen) {
        return (int) Math.min(2L * maxOpen, 1 << 22);
    }

    /** What each number is now. */
    List<PlannedSession> sessions() {
        return Arrays.asList(sessions);
    }

    @Override
    public int capacity() {
        return sessions.length;
    }

    @Override
    public int poll(final SessionSource.Listener to, final long nowNs) {
        listener = to;
        lookedNs = nowNs;
        if (memory.isHalfFull() && nowNs >= freeNs) {
            memory.free(this::needs);
            freeNs = nowNs + FREE_EVERY_NS;
        }
        final int read = queue.read(this, BATCH);
        if (read == 0 && !flows.isEmpty() && queue.isDrained()) {
            // Their ends did not get here any more.
            new ArrayList<>(flows.values()).forEach(flow -> lose(flow, LiveDrop.STOPPED));
        }
        return read;
    }

    /** What is still on its way when the run is over: flows that would have begun are counted as dropped. */
    void drainRest() {
        stopped = true;
        while (queue.read(this, BATCH) > 0) {
            Thread.onSpinWait();
        }
        // Whose ends were told to nobody.
        new ArrayList<>(flows.values()).forEach(this::forget);
    }

    @Override
    public void onOpened(final OpenFlow flow) {
        final Endpoint target = rules.target(flow);
        final int copies = rules.options().copies();
        if (stopped || target == null) {
            dropped[LiveDrop.STOPPED.ordinal()] += copies;
            return;
        }
        final LiveDrop refused = places.refuses(flow, lookedNs);
        final LiveDrop reason = refused == null ? full(copies) : refused;
        if (reason != null) {
            dropped[reason.ordinal()] += copies;
            return;
        }
        final @Nullable Endpoint[] from = places.take(flow, copies);
        if (from == null) {
            dropped[LiveDrop.NO_PORT.ordinal()] += copies;
            return;
        }
        final long startNs = Math.min(lookedNs, rules.replayNs(flow.startNs()));
        final GrowingScript script =
                new GrowingScript(flow, startNs, rules.options().delayNs());
        final LiveFlow live = new LiveFlow(script, new int[copies]);
        for (int copy = 0; copy < copies; copy++) {
            final int index = free.removeAt(free.size() - 1);
            live.copies[copy] = index;
            flowOf[index] = live;
            final long dueNs = Math.max(0, startNs + rules.options().delayNs());
            final Endpoint local = from[copy];
            sessions[index] = new PlannedSession(index, script, copy, local, target, dueNs, NONE);
            if (local != null) {
                connected(index, local);
            }
            book.planned(index, script);
            ready.offer(index);
        }
        flows.put(flow.id(), live);
        memory.charge(live);
    }

    /** Why there is no room for another flow, or null. */
    private @Nullable LiveDrop full(final int copies) {
        if (open + ready.size() + copies > maxOpen) {
            return LiveDrop.MAX_OPEN;
        }
        if (free.size() < copies) {
            return LiveDrop.LINGERING;
        }
        return memory.isShort() ? LiveDrop.MEMORY : null;
    }

    @Override
    public void onRow(final long id, final ClientRow row) {
        final LiveFlow flow = flows.get(id);
        if (flow == null) {
            return;
        }
        if (flow.left == 0) {
            if (!flow.passed) {
                flow.passed = true;
                memory.free(flow, this::needs);
            }
            captured.row(row, flow.script.pass(row, flow.counted), flow.counted);
            return;
        }
        captured.row(row, flow.script.append(row, lookedNs), flow.counted);
        memory.charge(flow);
        if (memory.isFull()) {
            makeRoom();
        }
        tellGrown(flow);
    }

    private void makeRoom() {
        memory.free(this::needs);
        if (memory.isShort()) {
            lose(memory.largest(), LiveDrop.MEMORY);
        }
    }

    /** What its sessions may still look at, those that have begun and those that will, and what waits to be compared. */
    private void needs(final LiveFlow flow, final ScriptNeeds needs) {
        final SessionSource.Listener to = listener;
        for (final int index : flow.copies) {
            if (flowOf[index] != flow) {
                continue;
            }
            if (to == null || ready.contains(index)) {
                needs.everything();
            } else {
                to.needs(index, needs);
                book.needs(index, needs);
            }
        }
        book.needsWaiting(flow.script.flow().id(), needs);
    }

    private void tellGrown(final LiveFlow flow) {
        final SessionSource.Listener to = listener;
        for (final int index : flow.copies) {
            if (to != null && flowOf[index] == flow && !ready.contains(index)) {
                to.onGrown(index);
            }
        }
    }

    @Override
    public void onAnswer(
            final long id,
            final long responseBytes,
            final long firstNs,
            final long lastNs,
            final long digest,
            final byte[] head) {
        final LiveFlow flow = flows.get(id);
        if (flow == null) {
            return;
        }
        flow.script.answer(responseBytes, firstNs, lastNs, digest, head);
        memory.charge(flow);
        for (final int index : flow.copies) {
            if (flowOf[index] == flow) {
                book.recorded(index);
            }
        }
    }

    @Override
    public void onLost(final long id, final LiveDrop reason) {
        final LiveFlow flow = flows.get(id);
        if (flow != null) {
            lose(flow, reason);
        }
    }

    /** Its sessions are cut short; those that have not started are dropped. */
    private void lose(final LiveFlow flow, final LiveDrop reason) {
        forget(flow);
        for (final int index : flow.copies) {
            final SessionSource.Listener to = listener;
            if (flowOf[index] != flow || to == null) {
                continue;
            }
            if (ready.contains(index)) {
                cancel(index, reason);
            } else {
                lost[reason.ordinal()]++;
                book.lost(index);
                to.onLost(index);
            }
        }
        book.recordedAll(flow.script.flow().id());
        memory.discharge(flow);
    }

    private void forget(final LiveFlow flow) {
        flows.remove(flow.script.flow().id());
        captured.over(flow.script);
        flow.over = true;
        if (flow.left == 0) {
            memory.discharge(flow);
        }
    }

    @Override
    public void onEnded(final FlowRecord record) {
        final LiveFlow flow = flows.get(record.id());
        final boolean replayable = record.skipReason() == null;
        book.settled(record.id(), replayable);
        if (flow == null) {
            book.recordedAll(record.id());
            return;
        }
        for (final int index : flow.copies) {
            if (flowOf[index] == flow) {
                book.settledWhileItPlays(index, replayable);
            }
        }
        if (rules.isTorn(record)) {
            lose(flow, LiveDrop.CAPTURE_GAP);
            return;
        }
        final Exchanges exchanges = record.exchanges();
        for (int i = flow.script.answers(); i < exchanges.size(); i++) {
            flow.script.answer(
                    exchanges.responseBytes(i),
                    exchanges.firstResponseNs(i),
                    exchanges.lastResponseNs(i),
                    exchanges.digest(i),
                    exchanges.head(i));
        }
        flow.script.end(new FlowScript(record, NO_BYTES).serverBytes());
        memory.charge(flow);
        forget(flow);
        book.recordedAll(record.id());
        tellGrown(flow);
    }

    @Override
    public long nextStartNs() {
        if (!hasRoom()) {
            return heldUntilNs;
        }
        return ready.size() > 0 ? 0 : Long.MAX_VALUE;
    }

    @Override
    public int pollReady(final long nowNs) {
        if (nowNs >= heldUntilNs) {
            release();
        }
        if (!hasRoom()) {
            return NONE;
        }
        final int index = takeReady();
        if (index >= 0) {
            open++;
        }
        return index;
    }

    private int takeReady() {
        int index = ready.poll();
        while (index >= 0 && flowOf[index] == null) {
            forgotten(index);
            index = ready.poll();
        }
        return index;
    }

    @Override
    public void putBack(final int index) {
        open--;
        ready.offer(index);
        held = open;
    }

    @Override
    public void putBack(final int index, final long untilNs) {
        heldUntilNs = untilNs;
        final PlannedSession session = sessions[index];
        if (session == null || lookedNs - session.startNs() < PORT_PATIENCE_NS) {
            putBack(index);
            return;
        }
        open--;
        held = open;
        cancel(index, LiveDrop.NO_PORT);
        forgotten(index);
    }

    /** It is counted as dropped, and nowhere else. */
    private void cancel(final int index, final LiveDrop reason) {
        final LiveFlow flow = flowOf[index];
        if (flow != null) {
            captured.dropped(flow.script);
            flow.counted--;
        }
        dropped[reason.ordinal()]++;
        book.cancelled(index);
        leave(index);
    }

    @Override
    public boolean isEndless() {
        return true;
    }

    private boolean hasRoom() {
        return open < held;
    }

    private void release() {
        held = Integer.MAX_VALUE;
        heldUntilNs = Long.MAX_VALUE;
    }

    @Override
    public long dueNs(final int index, final long nowNs) {
        final PlannedSession session = sessions[index];
        return session == null ? nowNs : session.startNs();
    }

    @Override
    public void connected(final int index, final Endpoint local) {
        places.connected(index, local);
    }

    @Override
    public void opens(final int index, final int iss) {
        places.opens(index, iss);
    }

    @Override
    public void ended(final int index, final long nowNs) {
        lookedNs = nowNs;
        open--;
        release();
        leave(index);
    }

    private void leave(final int index) {
        final LiveFlow flow = flowOf[index];
        if (flow != null) {
            flowOf[index] = null;
            flow.left--;
            if (flow.left == 0 && flow.over) {
                memory.discharge(flow);
            }
        }
    }

    @Override
    public int pollNeverStarted() {
        stopped = true;
        queue.refuse();
        final int index = takeReady();
        if (index >= 0) {
            leave(index);
            forgotten(index);
        }
        return index;
    }

    @Override
    public int open() {
        return open;
    }

    @Override
    public boolean done() {
        return open == 0 && ready.size() == 0 && (stopped || queue.isDrained());
    }

    @Override
    public long patienceNs() {
        return LOOK_NS;
    }

    @Override
    public long lingerNs() {
        return LINGER_NS;
    }

    @Override
    public void forgotten(final int index) {
        places.forgotten(index, lookedNs);
        sessions[index] = null;
        free.addInt(index);
    }

    /** What was captured for sessions that started, or were to. */
    LiveResult.Captured captured() {
        return captured.sums(book.requestsReplayed());
    }

    /** Sessions that would have been and never started. */
    long dropped(final LiveDrop reason) {
        return dropped[reason.ordinal()];
    }

    /** Sessions that were cut short; they are in the ledger too. */
    long lost(final LiveDrop reason) {
        return lost[reason.ordinal()];
    }
}
