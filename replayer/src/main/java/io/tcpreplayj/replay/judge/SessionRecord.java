package io.tcpreplayj.replay.judge;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
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
    private final Exchanges exchanges;
    private final ClientEvents events;
    private final LatencyRecorder latency;
    private final Ledger ledger;
    private final ResponseJudge judge;
    private final Tally<Verdict> verdicts = new Tally<>(Verdict.class);

    private int exchangesSent;
    private int exchangesEnded;
    private long requestsSent;
    private long requestsAnswered;
    private long requestsTimedOut;
    private long ackedBytes;
    private long receivedBytes;
    private long retransmittedBytes;

    // The last answer is entered only when it is known whether the connection broke within it.
    private boolean pending;
    private long pendingDueNs;
    private long pendingSentNs;
    private long pendingLastByteNs;
    private long pendingBytes;
    private boolean pendingTimedOut;
    private Verdict pendingVerdict = Verdict.NOT_SENT;

    public SessionRecord(final FlowScript script, final Ledger ledger, final LatencyRecorder latency) {
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
        settle(true);
        exchangesSent++;
        requestsSent += exchanges.requests(exchange);
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
        settle(true);
        pending = true;
        // At once: the next answer's bytes may come before it is settled.
        pendingVerdict = judge.onExchangeEnd(exchange, responseBytes);
        pendingDueNs = dueNs;
        pendingSentNs = sentNs;
        pendingBytes = responseBytes;
        pendingLastByteNs = lastByteNs;
        pendingTimedOut = timedOut;
    }

    /** The session is over, and the script was told so; enters it into the ledger. */
    public void ended(final Outcome outcome, final long acked, final long received, final long retransmitted) {
        settle(outcome.completed());
        ackedBytes = acked;
        receivedBytes = received;
        retransmittedBytes = retransmitted;
        verdicts.add(Verdict.NOT_SENT, exchanges.size() - exchangesEnded);
        ledger.ended(this, outcome);
    }

    /** @param wentOn the session lived on after the answer's end, or ended as it should */
    private void settle(final boolean wentOn) {
        if (!pending) {
            return;
        }
        pending = false;
        final int exchange = exchangesEnded++;
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
        long count = 0;
        for (int i = exchangesSent; i < exchanges.size(); i++) {
            count += exchanges.requests(i);
        }
        return count;
    }

    long requestsAnswered() {
        return requestsAnswered;
    }

    long requestsTimedOut() {
        return requestsTimedOut;
    }

    long ackedBytes() {
        return ackedBytes;
    }

    long receivedBytes() {
        return receivedBytes;
    }

    long retransmittedBytes() {
        return retransmittedBytes;
    }

    Tally<Verdict> verdicts() {
        return verdicts;
    }
}
