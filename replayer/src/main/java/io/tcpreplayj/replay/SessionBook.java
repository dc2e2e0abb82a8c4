package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.judge.LatencyRecorder;
import io.tcpreplayj.replay.judge.Ledger;
import io.tcpreplayj.replay.judge.SessionRecord;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What became of every session of a plan: the ledger's pages while they run, one line each when they are over. */
final class SessionBook implements SessionEvents, RunBooks {
    private final ReplayPlan plan;
    private final Ledger ledger = new Ledger();
    private final LatencyRecorder latency = new LatencyRecorder();
    private final @Nullable SessionRecord[] records;
    private final @Nullable Outcome[] outcomes;
    private final @Nullable Endpoint[] locals;
    private final int[] connectionsLost;
    private final long[] acked;
    private final long[] received;
    private final long[] retransmitted;
    private final int[] different;
    private final int[] firstDifferent;
    private Outcome cutShort = Outcome.INTERRUPTED;
    private long started;

    SessionBook(final ReplayPlan plan) {
        final int count = plan.sessions().size();
        this.plan = plan;
        this.records = new SessionRecord[count];
        this.outcomes = new Outcome[count];
        this.locals = new Endpoint[count];
        this.connectionsLost = new int[count];
        this.acked = new long[count];
        this.received = new long[count];
        this.retransmitted = new long[count];
        this.different = new int[count];
        this.firstDifferent = new int[count];
        plan.skipped().forEach(ledger::skipped);
        plan.sessions().forEach(session -> ledger.planned(session.script()));
    }

    @Override
    public ScriptListener scriptListener(final int index) {
        return record(index);
    }

    @Override
    public ResponseBytes responseBytes(final int index) {
        return record(index);
    }

    /** The page of a session, opened on first use. */
    private SessionRecord record(final int index) {
        SessionRecord record = records[index];
        if (record == null) {
            record = new SessionRecord(plan.sessions().get(index).script(), ledger, latency);
            records[index] = record;
        }
        return record;
    }

    @Override
    public void onStarted(final int index, final long nowNs) {
        started++;
    }

    @Override
    public void onConnectionLost(final int index, final int done, final int next, final Moved moved) {
        record(index).goesOn(done, next, moved);
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
        final Outcome named = outcome == Outcome.INTERRUPTED ? cutShort : outcome;
        outcomes[index] = named;
        locals[index] = local;
        final SessionRecord record = record(index);
        record.ended(named, ackedBytes, receivedBytes, retransmittedBytes);
        connectionsLost[index] = record.connectionsLost();
        acked[index] = record.ackedBytes();
        received[index] = record.receivedBytes();
        retransmitted[index] = record.retransmittedBytes();
        different[index] = (int) record.different();
        firstDifferent[index] = record.firstDifferent();
        records[index] = null;
    }

    @Override
    public void onSilence(final Outcome outcome) {
        cutShort = outcome;
    }

    /** Sessions whose SYN left, or would have. */
    long started() {
        return started;
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public LatencyRecorder latency() {
        return latency;
    }

    /** One JSON object a line for each session, in the order of the plan. */
    void write(final SessionsFile file) throws IOException {
        for (int index = 0; index < outcomes.length; index++) {
            file.line(line(index));
        }
    }

    private String line(final int index) {
        final PlannedSession session = plan.sessions().get(index);
        final Endpoint local = locals[index];
        final Outcome outcome = outcomes[index];
        return "{\"flow\":" + session.script().flow().id()
                + ",\"copy\":" + session.copy()
                + ",\"protocol\":\"tcp\""
                + ",\"client\":" + (local == null ? "null" : SessionsFile.endpoint(local))
                + ",\"target\":" + SessionsFile.endpoint(session.target())
                + ",\"state\":\"" + (outcome == null ? "open" : outcome.label()) + '"'
                + ",\"connectionsLost\":" + connectionsLost[index]
                + ",\"clientPlanned\":" + session.script().clientLength()
                + ",\"clientAcked\":" + acked[index]
                + ",\"serverReceived\":" + received[index]
                + ",\"clientRetransmitted\":" + retransmitted[index]
                + ",\"different\":" + different[index]
                + ",\"firstDifferent\":" + (different[index] == 0 ? "null" : firstDifferent[index]) + "}";
    }
}
