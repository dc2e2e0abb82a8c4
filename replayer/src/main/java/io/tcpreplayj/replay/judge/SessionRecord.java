package io.tcpreplayj.replay.judge;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.replay.Moved;
import io.tcpreplayj.replay.script.FlowScript;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.nio.ByteBuffer;

/**
 * One session's page of the {@link Ledger}: listens to its script and its bytes, and is entered once, when the session
 * ends. A session that never started is entered the same way, with everything not sent. Answers match when they are the
 * recorded ones byte for byte, an HTTP answer's Date apart ({@link ResponseJudge}).
 */
public final class SessionRecord implements ScriptListener, ResponseBytes {
    private final FlowScript script;
    private final Exchanges exchanges;
    private final ClientEvents events;
    private final LatencyRecorder latency;
    private final Ledger ledger;
    private final ResponseJudge judge;
    private final Tally<Verdict> verdicts = new Tally<>(Verdict.class);

    /** The flow's exchange with which the connection's script began. */
    private int first;

    private int sentUpTo;
    /** What lies before had been sent when the connection was lost. */
    private int repeatsUpTo;

    private int enteredUpTo;
    private long requestsSent;
    private long requestsNotSent;
    private long requestsAnswered;
    private long requestsTimedOut;
    private long requestsRepeated;
    private long requestsAbandoned;
    private int connectionsLost;
    private long ackedUpTo;
    private long ackedBytes;
    private long receivedBytes;
    private long retransmittedBytes;

    // The last answer is entered only when it is known whether the connection broke within it.
    private boolean pending;
    private int pendingExchange;
    private long pendingDueNs;
    private long pendingSentNs;
    private long pendingLastByteNs;
    private long pendingBytes;
    private boolean pendingTimedOut;
    private Verdict pendingVerdict = Verdict.NOT_SENT;

    public SessionRecord(final FlowScript script, final Ledger ledger, final LatencyRecorder latency) {
        this.script = script;
        this.exchanges = script.flow().exchanges();
        this.events = script.flow().events();
        this.ledger = ledger;
        this.latency = latency;
        this.judge = new ResponseJudge(script.flow());
    }

    @Override
    public void onResponseBytes(
            final ByteBuffer buffer, final int offset, final int length, final int available, final long nowNs) {
        judge.onResponseBytes(buffer, offset, length, available, nowNs);
    }

    @Override
    public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {
        final int ofFlow = first + exchange;
        if (ofFlow < repeatsUpTo) {
            // What became of it the first time does not count.
            pending &= pendingExchange < ofFlow;
        } else {
            sentUpTo = ofFlow + 1;
            requestsSent += exchanges.requests(ofFlow);
        }
        settle(true);
        latency.onRequestSent(dueNs, sentNs);
    }

    @Override
    public void onExchangeEnd(
            final int exchange,
            final long dueNs,
            final long sentNs,
            final long responseBytes,
            final long lastByteNs,
            final boolean timedOut) {
        final int ofFlow = first + exchange;
        settle(true);
        // At once: the next answer's bytes may come before it is settled.
        final Verdict verdict = judge.onExchangeEnd(ofFlow, responseBytes);
        if (ofFlow < enteredUpTo) {
            return;
        }
        pending = true;
        pendingExchange = ofFlow;
        pendingVerdict = verdict;
        pendingDueNs = dueNs;
        pendingSentNs = sentNs;
        pendingBytes = responseBytes;
        pendingLastByteNs = lastByteNs;
        pendingTimedOut = timedOut;
    }

    /**
     * The connection is lost, and the flow goes on over another one.
     *
     * @param done exchanges that were done with
     * @param next with which exchange the other connection begins
     */
    public void goesOn(final int done, final int next, final Moved moved) {
        connectionsLost++;
        enter(moved);
        if (pending && pendingExchange < next) {
            settle(pendingExchange < done);
        }
        for (int i = next; i < sentUpTo; i++) {
            requestsRepeated += exchanges.requests(i);
        }
        for (int i = done; i < next; i++) {
            requestsAbandoned += exchanges.requests(i);
        }
        for (; sentUpTo < next; sentUpTo++) {
            requestsNotSent += exchanges.requests(sentUpTo);
        }
        repeatsUpTo = sentUpTo;
        if (enteredUpTo < next) {
            verdicts.add(Verdict.NOT_SENT, next - enteredUpTo);
            enteredUpTo = next;
        }
        first = next;
        judge.goOn(next);
    }

    /**
     * The session is over, and the script was told so; enters it into the ledger. The figures are of its last connection.
     */
    public void ended(final Outcome outcome, final long acked, final long received, final long retransmitted) {
        settle(outcome.completed());
        enter(new Moved(acked, received, retransmitted));
        for (; sentUpTo < exchanges.size(); sentUpTo++) {
            requestsNotSent += exchanges.requests(sentUpTo);
        }
        verdicts.add(Verdict.NOT_SENT, exchanges.size() - enteredUpTo);
        ledger.ended(this, outcome);
    }

    /** Counts each client byte once, over however many connections it went. */
    private void enter(final Moved moved) {
        final long from = first < exchanges.size() ? script.offsetOf(first) : script.clientLength();
        final long to = from + moved.ackedBytes();
        ackedBytes += Math.max(0, to - Math.max(from, ackedUpTo));
        ackedUpTo = Math.max(ackedUpTo, to);
        receivedBytes += moved.receivedBytes();
        retransmittedBytes += moved.retransmittedBytes();
    }

    /** @param wentOn the session lived on after the answer's end, or ended as it should */
    private void settle(final boolean wentOn) {
        if (!pending) {
            return;
        }
        pending = false;
        final int exchange = pendingExchange;
        enteredUpTo = exchange + 1;
        final boolean cut = !wentOn && pendingBytes < exchanges.responseBytes(exchange);
        final boolean broken = cut && pendingVerdict == Verdict.DIFFERENT;
        verdicts.add(broken ? Verdict.INCOMPLETE : pendingVerdict, 1);
        if (pendingTimedOut) {
            requestsTimedOut += exchanges.requests(exchange);
        } else if (pendingBytes > 0 && !cut) {
            requestsAnswered += exchanges.requests(exchange);
            latency.onAnswer(pendingDueNs, pendingSentNs, pendingLastByteNs, recordedNs(exchange));
        }
    }

    private long recordedNs(final int exchange) {
        final long lastNs = exchanges.lastResponseNs(exchange);
        final int lastRow = exchanges.firstEvent(exchange) + exchanges.eventCount(exchange) - 1;
        return lastNs < 0 ? -1 : lastNs - events.sentNs(lastRow);
    }

    long requestsSent() {
        return requestsSent;
    }

    long requestsNotSent() {
        return requestsNotSent;
    }

    long requestsRepeated() {
        return requestsRepeated;
    }

    long requestsAbandoned() {
        return requestsAbandoned;
    }

    /** Connections that the target lost and another one took the place of. */
    public int connectionsLost() {
        return connectionsLost;
    }

    long requestsAnswered() {
        return requestsAnswered;
    }

    long requestsTimedOut() {
        return requestsTimedOut;
    }

    /** Client bytes that the target acknowledged, each once. */
    public long ackedBytes() {
        return ackedBytes;
    }

    /** Bytes of the server's streams. */
    public long receivedBytes() {
        return receivedBytes;
    }

    /** Client bytes that a connection sent more than once. */
    public long retransmittedBytes() {
        return retransmittedBytes;
    }

    Tally<Verdict> verdicts() {
        return verdicts;
    }
}
