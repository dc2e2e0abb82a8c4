package io.tcpreplayj.replay;

import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.GrowingScript;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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

    private static final int NONE = -1;

    private final LiveQueue queue;
    private final LiveRules rules;
    private final LiveBook book;
    private final @Nullable LocalEndpoints endpoints;
    private final int maxOpen;
    private final @Nullable PlannedSession[] sessions;
    private final @Nullable LiveFlow[] flowOf;
    private final IntArrayList free = new IntArrayList();
    private final IndexQueue ready;
    private final Set<Endpoint> taken = new HashSet<>();
    private final @Nullable Endpoint[] locals;
    private final OwnEndpoints own;
    private final Long2ObjectHashMap<LiveFlow> flows = new Long2ObjectHashMap<>();
    private final long[] dropped = new long[LiveDrop.values().length];
    private final long[] lost = new long[LiveDrop.values().length];

    private SessionSource.@Nullable Listener listener;
    private long heldBytes;
    private long lookedNs;
    private int open;
    private int held = Integer.MAX_VALUE;
    private long heldUntilNs = Long.MAX_VALUE;
    private boolean stopped;

    /** A flow and the sessions of its copies that are not over. */
    private static final class LiveFlow {
        final GrowingScript script;
        final int[] copies;
        int left;

        LiveFlow(final GrowingScript script, final int[] copies) {
            this.script = script;
            this.copies = copies;
            left = copies.length;
        }
    }

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
        this.endpoints = endpoints;
        maxOpen = rules.options().maxOpen();
        sessions = new PlannedSession[capacity];
        flowOf = new LiveFlow[capacity];
        locals = new Endpoint[capacity];
        own = new OwnEndpoints(endpoints);
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
    }

    @Override
    public void onOpened(final OpenFlow flow) {
        final Endpoint target = rules.target(flow);
        final int copies = rules.options().copies();
        if (stopped || target == null) {
            dropped[LiveDrop.STOPPED.ordinal()] += copies;
            return;
        }
        if (own.contains(flow.client(), lookedNs)) {
            dropped[LiveDrop.OWN.ordinal()] += copies;
            return;
        }
        if (open + ready.size() + copies > maxOpen || free.size() < copies) {
            dropped[LiveDrop.MAX_OPEN.ordinal()] += copies;
            return;
        }
        final @Nullable Endpoint[] from = new Endpoint[copies];
        if (endpoints != null && !place(flow, endpoints, from)) {
            dropped[LiveDrop.NO_PORT.ordinal()] += copies;
            return;
        }
        final long startNs = rules.replayNs(flow.startNs());
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
        heldBytes += script.heldBytes();
        flows.put(flow.id(), live);
    }

    private boolean place(final OpenFlow flow, final LocalEndpoints pool, final @Nullable Endpoint[] from) {
        for (int copy = 0; copy < from.length; copy++) {
            final Endpoint local = pool.again(flow.client().address(), taken::contains);
            if (local == null) {
                taken.removeAll(Arrays.asList(from));
                return false;
            }
            from[copy] = local;
            taken.add(local);
        }
        return true;
    }

    @Override
    public void onRow(final long id, final ClientRow row) {
        final LiveFlow flow = flows.get(id);
        if (flow == null) {
            return;
        }
        if (flow.left == 0) {
            if (!book.isWaiting(id)) {
                forget(flow);
            }
            return;
        }
        final int before = flow.script.heldBytes();
        flow.script.append(row);
        heldBytes += flow.script.heldBytes() - before;
        if (heldBytes > rules.options().memoryBytes() / 2) {
            lose(flow, LiveDrop.MEMORY);
            return;
        }
        tellGrown(flow);
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
                dropped[reason.ordinal()]++;
                book.cancelled(index);
                flowOf[index] = null;
            } else {
                lost[reason.ordinal()]++;
                book.lost(index);
                to.onLost(index);
            }
        }
        book.recordedAll(flow.script.flow().id());
    }

    private void forget(final LiveFlow flow) {
        if (flows.remove(flow.script.flow().id()) != null) {
            heldBytes -= flow.script.heldBytes();
        }
    }

    @Override
    public void onEnded(final FlowRecord record) {
        final LiveFlow flow = flows.get(record.id());
        if (flow == null) {
            book.recordedAll(record.id());
            return;
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
        putBack(index);
        heldUntilNs = untilNs;
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
        if (locals[index] == null) {
            locals[index] = local;
            own.takes(local);
        }
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
            flow.left--;
            flowOf[index] = null;
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
        final Endpoint local = locals[index];
        if (local != null) {
            taken.remove(local);
            own.leaves(local, lookedNs);
        }
        locals[index] = null;
        sessions[index] = null;
        free.addInt(index);
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
