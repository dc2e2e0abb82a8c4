package io.tcpreplayj.replay.judge;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.ReplayResult;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.tcp.Outcome;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The run's books: what was planned is entered when it is planned, what became of it when it ends, so that
 * {@link #check()} compares two independent counts. Copies are counted. Not thread-safe.
 */
public final class Ledger {
    private long flows;
    private long exchanges;
    private final Tally<FlowRecord.SkipReason> skipped = new Tally<>(FlowRecord.SkipReason.class);
    private final Tally<Outcome> outcomes = new Tally<>(Outcome.class);

    private long requests;
    private long requestsSent;
    private long requestsNotSent;
    private long requestsAnswered;
    private long requestsTimedOut;
    private final Tally<Verdict> verdicts = new Tally<>(Verdict.class);

    private long clientPlanned;
    private long clientAcked;
    private long clientRetransmitted;
    private long serverReceived;
    private long connectionsLost;
    private long requestsRepeated;
    private long requestsAbandoned;
    private long running;

    /** So many flows, copies counted, will not be replayed. */
    public void skipped(final FlowRecord.SkipReason reason, final long count) {
        flows += count;
        skipped.add(reason, count);
    }

    /** A session will run; it must be followed by one {@link #ended}. */
    public void planned(final Script script) {
        flows++;
        running++;
        exchanges += script.flow().exchanges().size();
        requests += script.requests();
        clientPlanned += script.clientLength();
    }

    /** What a session did, whether or not it was ever started. */
    void ended(final SessionFigures session, final Outcome outcome) {
        running--;
        outcomes.add(outcome, 1);
        requestsSent += session.requestsSent();
        requestsNotSent += session.requestsNotSent();
        requestsAnswered += session.requestsAnswered();
        requestsTimedOut += session.requestsTimedOut();
        clientAcked += session.ackedBytes();
        clientRetransmitted += session.retransmittedBytes();
        serverReceived += session.receivedBytes();
        connectionsLost += session.connectionsLost();
        requestsRepeated += session.requestsRepeated();
        requestsAbandoned += session.requestsAbandoned();
        verdicts.addAll(session.verdicts());
    }

    /** Sessions planned that have not ended yet. */
    public long running() {
        return running;
    }

    public long replayed() {
        return outcomes.get(Outcome.COMPLETED) + outcomes.get(Outcome.COMPLETED_DIVERGED);
    }

    public long failed() {
        return outcomes.sum() - replayed();
    }

    /** Sessions that ended so. */
    public long count(final Outcome outcome) {
        return outcomes.get(outcome);
    }

    public long requestsSent() {
        return requestsSent;
    }

    public ReplayResult.Flows flows() {
        final Map<String, Long> skips = new LinkedHashMap<>();
        for (final FlowRecord.SkipReason reason : FlowRecord.SkipReason.values()) {
            enter(skips, reason.label(), skipped.get(reason));
        }
        final Map<String, Long> failures = new LinkedHashMap<>();
        for (final Outcome outcome : Outcome.values()) {
            if (!outcome.completed()) {
                enter(failures, outcome.label(), outcomes.get(outcome));
            }
        }
        return new ReplayResult.Flows(flows, replayed(), skips, failures);
    }

    public ReplayResult.Requests requests() {
        return new ReplayResult.Requests(requests, requestsSent, requestsAnswered, requestsTimedOut);
    }

    public ReplayResult.Reconnects reconnects() {
        return new ReplayResult.Reconnects(connectionsLost, requestsRepeated, requestsAbandoned);
    }

    public ReplayResult.Bytes bytes() {
        return new ReplayResult.Bytes(clientPlanned, clientAcked, clientRetransmitted, serverReceived);
    }

    public ReplayResult.Responses responses() {
        final long matched = verdicts.get(Verdict.MATCHED);
        final long different = verdicts.get(Verdict.DIFFERENT);
        final Map<String, Long> notCompared = new LinkedHashMap<>();
        for (final Verdict verdict : Verdict.values()) {
            if (!verdict.compared()) {
                enter(notCompared, verdict.label(), verdicts.get(verdict));
            }
        }
        return new ReplayResult.Responses(matched + different, matched, different, notCompared);
    }

    /**
     * That nothing disappeared without a name.
     *
     * @throws IllegalStateException naming the first pair that does not add up; a fault of ours
     */
    public void check() {
        balance("sessions still running", 0, running);
        balance("flows = replayed + skipped + failed", flows, replayed() + failed() + skipped.sum());
        balance("requests = sent + not sent", requests, requestsSent + requestsNotSent);
        balance("exchanges = compared + not compared", exchanges, verdicts.sum());
        atMost("requests answered or timed out, of those sent", requestsAnswered + requestsTimedOut, requestsSent);
        atMost("client bytes acknowledged, of those planned", clientAcked, clientPlanned);
    }

    private static void enter(final Map<String, Long> map, final String label, final long count) {
        if (count != 0) {
            map.put(label, count);
        }
    }

    private static void balance(final String what, final long expected, final long actual) {
        if (expected != actual) {
            throw new IllegalStateException(
                    "the ledger does not balance: " + what + ": " + expected + " against " + actual);
        }
    }

    private static void atMost(final String what, final long part, final long whole) {
        if (part > whole) {
            throw new IllegalStateException("the ledger does not balance: " + what + ": " + part + " of " + whole);
        }
    }
}
