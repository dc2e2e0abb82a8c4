package io.tcpreplayj.replay.judge;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.replay.Moved;
import io.tcpreplayj.replay.script.Script;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One session's page of the {@link Ledger}: listens to its script and its bytes, and is entered once, when the session
 * ends. A session that never started is entered the same way, with everything not sent. Answers match when they are the
 * recorded ones byte for byte, an HTTP answer's Date apart ({@link ResponseJudge}).
 */
public final class SessionRecord implements ScriptListener, ResponseBytes, SessionFigures {
    private final Script script;
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
    /** The first exchange with another answer than the recorded one, counted from 1; 0 when there is none. */
    private int firstDifferent;

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

    /**
     * Not entered yet, in order: the last answer, for the connection may break within it, and behind it requests without one,
     * for they may be repeated over another connection. Reused.
     */
    private Answer[] open = {new Answer()};

    private int openCount;

    /** What came of one request, so far. */
    private static final class Answer {
        int exchange;
        long dueNs;
        long sentNs;
        long lastByteNs;
        long bytes;
        boolean timedOut;
        Verdict verdict = Verdict.NOT_SENT;
    }

    public SessionRecord(final Script script, final Ledger ledger, final LatencyRecorder latency) {
        this.script = script;
        this.exchanges = script.flow().exchanges();
        this.events = script.flow().events();
        this.ledger = ledger;
        this.latency = latency;
        this.judge = new ResponseJudge(script);
    }

    @Override
    public void onResponseBytes(
            final ByteBuffer buffer, final int offset, final int length, final int available, final long nowNs) {
        judge.onResponseBytes(buffer, offset, length, available, nowNs);
    }

    @Override
    public void onGreeting(final long bytes) {
        judge.onGreeting(bytes);
    }

    @Override
    public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {
        final int ofFlow = first + exchange;
        if (ofFlow < repeatsUpTo) {
            // What became of it the first time does not count.
            openCount = openBefore(ofFlow);
        } else {
            sentUpTo = ofFlow + 1;
            requestsSent += exchanges.requests(ofFlow);
        }
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
        // At once: the next answer's bytes may come before it is settled.
        final Verdict verdict = judge.onExchangeEnd(ofFlow, responseBytes);
        if (ofFlow < enteredUpTo) {
            return;
        }
        if (responseBytes > 0) {
            settle(openCount, true);
        }
        final Answer answer = nextOpen();
        answer.exchange = ofFlow;
        answer.verdict = verdict;
        answer.dueNs = dueNs;
        answer.sentNs = sentNs;
        answer.bytes = responseBytes;
        answer.lastByteNs = lastByteNs;
        answer.timedOut = timedOut;
    }

    private Answer nextOpen() {
        if (openCount == open.length) {
            open = Arrays.copyOf(open, 2 * openCount);
            for (int i = openCount; i < open.length; i++) {
                open[i] = new Answer();
            }
        }
        return open[openCount++];
    }

    private int openBefore(final int exchange) {
        int count = 0;
        while (count < openCount && open[count].exchange < exchange) {
            count++;
        }
        return count;
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
        settle(openBefore(done), true);
        settle(openBefore(next), false);
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
        // The connection went on behind all but the last.
        settle(openCount - 1, true);
        settle(openCount, outcome.completed());
        enter(new Moved(acked, received, retransmitted));
        for (; sentUpTo < exchanges.size(); sentUpTo++) {
            requestsNotSent += exchanges.requests(sentUpTo);
        }
        verdicts.add(Verdict.NOT_SENT, exchanges.size() - enteredUpTo);
        ledger.ended(this, outcome);
    }

    /** Where in the client's stream the connection began; bytes before the first exchange are the first connection's. */
    private long offsetOfConnection() {
        if (first == 0) {
            return 0;
        }
        return first < exchanges.size() ? script.offsetOf(first) : script.clientLength();
    }

    /** Counts each client byte once, over however many connections it went. */
    private void enter(final Moved moved) {
        final long from = offsetOfConnection();
        final long to = from + moved.ackedBytes();
        ackedBytes += Math.max(0, to - Math.max(from, ackedUpTo));
        ackedUpTo = Math.max(ackedUpTo, to);
        receivedBytes += moved.receivedBytes();
        retransmittedBytes += moved.retransmittedBytes();
    }

    /**
     * Enters the first {@code count} of what is open.
     *
     * @param wentOn the session lived on after the answer's end, or ended as it should
     */
    private void settle(final int count, final boolean wentOn) {
        for (int i = 0; i < count; i++) {
            enter(open[i], wentOn);
        }
        for (int i = count; i > 0 && i < openCount; i++) {
            final Answer settled = open[i - count];
            open[i - count] = open[i];
            open[i] = settled;
        }
        openCount -= Math.max(0, count);
    }

    private void enter(final Answer answer, final boolean wentOn) {
        final int exchange = answer.exchange;
        enteredUpTo = exchange + 1;
        final boolean cut = !wentOn && answer.bytes < exchanges.responseBytes(exchange);
        final boolean different = answer.verdict == Verdict.DIFFERENT;
        verdicts.add(different && cut ? Verdict.INCOMPLETE : answer.verdict, 1);
        if (different && !cut && firstDifferent == 0) {
            firstDifferent = exchange + 1;
        }
        if (answer.timedOut) {
            requestsTimedOut += exchanges.requests(exchange);
        } else if (answer.bytes > 0 && !cut) {
            requestsAnswered += exchanges.requests(exchange);
            latency.onAnswer(answer.dueNs, answer.sentNs, answer.lastByteNs, recordedNs(exchange));
        }
    }

    private long recordedNs(final int exchange) {
        final long lastNs = exchanges.lastResponseNs(exchange);
        final int lastRow = exchanges.firstEvent(exchange) + exchanges.eventCount(exchange) - 1;
        return lastNs < 0 ? -1 : lastNs - events.sentNs(lastRow);
    }

    @Override
    public long requestsSent() {
        return requestsSent;
    }

    @Override
    public long requestsNotSent() {
        return requestsNotSent;
    }

    @Override
    public long requestsRepeated() {
        return requestsRepeated;
    }

    @Override
    public long requestsAbandoned() {
        return requestsAbandoned;
    }

    @Override
    public int connectionsLost() {
        return connectionsLost;
    }

    @Override
    public long requestsAnswered() {
        return requestsAnswered;
    }

    @Override
    public long requestsTimedOut() {
        return requestsTimedOut;
    }

    @Override
    public long ackedBytes() {
        return ackedBytes;
    }

    @Override
    public long receivedBytes() {
        return receivedBytes;
    }

    @Override
    public long retransmittedBytes() {
        return retransmittedBytes;
    }

    /** Answers that are not the recorded ones. */
    public long different() {
        return verdicts.get(Verdict.DIFFERENT);
    }

    /** The first exchange with such an answer, counted from 1 as {@code flows --flow} does; 0 when there is none. */
    public int firstDifferent() {
        return firstDifferent;
    }

    @Override
    public Tally<Verdict> verdicts() {
        return verdicts;
    }
}
