package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.judge.LiveRecord;
import io.tcpreplayj.replay.script.GrowingScript;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.script.ScriptNeeds;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.collections.Long2LongHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of sessions whose flows are being captured. One that is over before its flow is waits for the last recorded
 * answer; one that failed is entered at once, with what was captured by then.
 */
final class LiveBook implements SessionEvents, RunBooks {
    private final Ledger ledger = new Ledger();
    private final LatencyRecorder latency = new LatencyRecorder();
    private final @Nullable LiveRecord[] records;
    private final long[] flows;
    private final boolean[] lost;
    private final Fate[] fates;
    /** Requests that left in sessions that are over, by flows that are not. */
    private final Long2LongHashMap unsettled = new Long2LongHashMap(0);

    /** By flow, in the order in which the first session of each ended. */
    private final Map<Long, List<LiveRecord>> waiting = new LinkedHashMap<>();

    private final int mostWaiting;
    private Outcome cutShort = Outcome.INTERRUPTED;
    private long requestsReplayed;

    /** Whether what is sent of a flow is sent of a replayable one: known when its capture is over. */
    private enum Fate {
        UNKNOWN,
        REPLAYABLE,
        NOT
    }

    /** @param capacity numbers of sessions are below it */
    LiveBook(final int capacity) {
        records = new LiveRecord[capacity];
        flows = new long[capacity];
        lost = new boolean[capacity];
        fates = new Fate[capacity];
        mostWaiting = capacity;
    }

    /** Session {@code index} will play this. */
    void planned(final int index, final GrowingScript script) {
        records[index] = new LiveRecord(script, latency);
        flows[index] = script.flow().id();
        lost[index] = false;
        fates[index] = Fate.UNKNOWN;
    }

    /** The session will be cut short, because its script is. */
    void lost(final int index) {
        lost[index] = true;
    }

    /** It will not, and counts as if it had never been. */
    void cancelled(final int index) {
        records[index] = null;
    }

    /** What of the flow is needed still for its sessions that are over, and wait for what will be recorded of it. */
    void needsWaiting(final long flow, final ScriptNeeds needs) {
        final List<LiveRecord> over = waiting.get(flow);
        if (over != null) {
            over.forEach(record -> record.needs(needs));
        }
    }

    /** What of its script the session's record needs still. */
    void needs(final int index, final ScriptNeeds needs) {
        record(index).needs(needs);
    }

    /** Another recorded answer of its flow is complete. */
    void recorded(final int index) {
        record(index).onRecorded();
    }

    /** The flow is over: it is a replayable one, or not. */
    void settled(final long flow, final boolean replayable) {
        final long sent = unsettled.remove(flow);
        requestsReplayed += replayable ? sent : 0;
    }

    /** The same, to a session of it that is not over. */
    void settledWhileItPlays(final int index, final boolean replayable) {
        fates[index] = replayable ? Fate.REPLAYABLE : Fate.NOT;
    }

    private void left(final int index, final long requests) {
        switch (fates[index]) {
            case REPLAYABLE -> requestsReplayed += requests;
            case UNKNOWN -> {
                if (requests > 0) {
                    unsettled.put(flows[index], unsettled.get(flows[index]) + requests);
                }
            }
            case NOT -> {}
        }
    }

    /** Requests that left of flows that are over and can be replayed. */
    long requestsReplayed() {
        return requestsReplayed;
    }

    /** Nothing more will be known of the flow: its sessions that are over are entered, the others when they are. */
    void recordedAll(final long flow) {
        final List<LiveRecord> over = waiting.remove(flow);
        if (over != null) {
            over.forEach(record -> record.enter(ledger));
        }
    }

    /** The run is over. */
    void close() {
        waiting.values().forEach(all -> all.forEach(record -> record.enter(ledger)));
        waiting.clear();
    }

    private LiveRecord record(final int index) {
        final LiveRecord record = records[index];
        if (record == null) {
            throw new IllegalStateException("session " + index + " plays nothing");
        }
        return record;
    }

    @Override
    public ScriptListener scriptListener(final int index) {
        return record(index);
    }

    @Override
    public ResponseBytes responseBytes(final int index) {
        return record(index);
    }

    @Override
    public void onStarted(final int index, final long nowNs) {}

    @Override
    public void onConnectionLost(final int index, final int done, final int next, final Moved moved) {
        throw new IllegalStateException("a flow that is being captured goes on over no other connection");
    }

    @Override
    public void onEnded(
            final int index,
            final Outcome outcome,
            final long ackedBytes,
            final long receivedBytes,
            final long retransmittedBytes,
            final @Nullable Endpoint local,
            final long nowNs) {
        final LiveRecord record = record(index);
        records[index] = null;
        record.ended(named(index, outcome), ackedBytes, receivedBytes, retransmittedBytes);
        left(index, record.requestsSent());
        if (record.isRecorded() || !outcome.completed()) {
            record.enter(ledger);
            return;
        }
        if (waiting.size() == mostWaiting) {
            final Iterator<List<LiveRecord>> oldest = waiting.values().iterator();
            oldest.next().forEach(other -> other.enter(ledger));
            oldest.remove();
        }
        waiting.computeIfAbsent(flows[index], flow -> new ArrayList<>()).add(record);
    }

    private Outcome named(final int index, final Outcome outcome) {
        if (outcome != Outcome.INTERRUPTED) {
            return outcome;
        }
        return lost[index] ? Outcome.CAPTURE_LOST : cutShort;
    }

    @Override
    public void onSilence(final Outcome outcome) {
        cutShort = outcome;
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public LatencyRecorder latency() {
        return latency;
    }
}
