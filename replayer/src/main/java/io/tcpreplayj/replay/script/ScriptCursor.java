package io.tcpreplayj.replay.script;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.protocol.ResponseFraming;
import org.jspecify.annotations.Nullable;

/**
 * Where one session stands in its script: which client bytes may leave now, given what the server has answered and how
 * late it is. Knows nothing of TCP, so kernel sockets and the engine in {@code .replay.tcp} are driven by the same
 * rules. Sans I/O, sans clock; all times are ns of the replay clock, never negative.
 *
 * <p>The gate rule (hybrid): a row is released when at least its gate's bytes came and the last segment had PSH or it was
 * quiet for max(RTT, 5 ms); or on the server's FIN; or when at least one new byte came, it was quiet for max(1 s,
 * 4 RTT) and the target, where it can be asked, confirms that nothing is under way; or after the response timeout. While
 * bytes behind a hole wait for a retransmission, the process stands still or an ACK of ours waits for room, it is not
 * quiet, so a loss does not look like a short answer. Then its think time begins, counted from the last byte of the
 * answer. Where the answers' framing is known, whole messages count instead of bytes. A gate in the middle of an answer
 * opens as soon as its bytes are there. A row that waits for no new byte keeps its distance to the row before.
 *
 * <p>That is the usual rule; the other {@link GateMode}s leave parts of it out.
 *
 * <p>A gate that includes the server's FIN, when the server does not close: as long as the captured server took, plus
 * max(1 s, 4 RTT), then the client closes first.
 *
 * <p>Where the connection was open before the capture began, and its server may have spoken first, the first row waits until
 * the target was quiet: for max(RTT, 5 ms) behind its greeting, or for max(1 s, 4 RTT) without one.
 *
 * <p>A script may still be growing: then a row waits until it is captured as well, whatever the server answers.
 *
 * <p>A row is <i>due</i> when the rule lets it go, whether or not anybody looked at the clock: the difference to the time
 * it really left is the replayer's lag.
 */
public final class ScriptCursor {
    private static final long NEVER = Long.MAX_VALUE;

    private final Script script;
    private final ClientEvents events;
    private final Exchanges exchanges;
    private final Pace pace;
    private final ScriptListener listener;
    private final @Nullable ResponseFraming framing;
    private final AnswerWait answer;
    private final RowGates gates;
    private final SegmentEnds segments;

    private boolean canAsk;
    private boolean established;
    private boolean hole;
    private int row;
    private boolean followsAnswer;
    private boolean waitsForServer;
    /** The next row is not captured yet, or whether there will be one. */
    private boolean waitsForCapture;

    private long previousGate;
    private long previousDueNs;

    private long released;
    private long sent;
    private boolean finReleased;
    private boolean resetReleased;
    private boolean over;
    private boolean diverged;

    private int exchange = -1;
    private long exchangeEnd;
    private long exchangeDueNs;
    /** When the last byte of it left that is there by now; -1 until then. */
    private long exchangeSentNs = -1;

    private boolean requestTold;
    private long answerStart;
    private boolean exchangeTimedOut;
    private boolean ended;
    private long nextDueNs = NEVER;
    /** Exchanges that the server answered, or could still answer when it closed. */
    private int answerable = Integer.MAX_VALUE;

    public ScriptCursor(final Script script, final Pace pace, final ScriptListener listener) {
        this(script, pace, listener, null);
    }

    /**
     * @param framing of this session's answers, or null to count bytes only; whoever feeds {@link #onServerBytes} feeds it
     *     the same bytes first
     */
    public ScriptCursor(
            final Script script,
            final Pace pace,
            final ScriptListener listener,
            final @Nullable ResponseFraming framing) {
        final FlowRecord flow = script.flow();
        this.script = script;
        this.events = flow.events();
        this.exchanges = flow.exchanges();
        this.pace = pace;
        this.listener = listener;
        this.framing = framing;
        this.answer = new AnswerWait(pace.responseTimeoutNs(), pace.gates(), framing);
        this.gates = new RowGates(script);
        this.segments = new SegmentEnds(events);
        arm();
    }

    /** The connection stands; {@code dueNs} is when, by the plan, it should have stood: the first gate counts from there. */
    public void onEstablished(final long dueNs, final long nowNs) {
        established = true;
        previousDueNs = dueNs;
        answer.waitFrom(nowNs);
        advance(nowNs);
    }

    /** The script has grown, or turned out to be whole. */
    public void onGrown(final long nowNs) {
        if (waitsForCapture) {
            arm();
        }
        tellRequest();
        advance(nowNs);
    }

    /** In-order bytes of the server's stream received so far, in all; {@code pushed}: the latest segment had PSH. */
    public void onServerBytes(final long totalBytes, final boolean pushed, final long nowNs) {
        answer.onBytes(totalBytes, pushed, nowNs);
        advance(nowNs);
    }

    /**
     * Whether the server's stream has a hole: later bytes came, or its FIN, and earlier ones are missing. To be told at each
     * change; that the hole was filled, after {@link #onServerBytes} with what filled it.
     */
    public void onHole(final boolean exists, final long nowNs) {
        if (exists != hole) {
            hole = exists;
            answer.onHole(exists, nowNs);
            advance(nowNs);
        }
    }

    /**
     * Whoever drives this cursor can ask the target whether anything of its stream is under way, {@link #nextQuestionNs()}:
     * silence alone then ends no answer.
     */
    public void askBeforeBelieving() {
        canAsk = true;
        arm();
    }

    /** When the target is to be asked, or {@link Long#MAX_VALUE}; to be told that it was, {@link #onAsked}. */
    public long nextQuestionNs() {
        return !established || over || !waitsForServer || sent < released ? NEVER : answer.questionNs();
    }

    public void onAsked(final long nowNs) {
        answer.onAsked(nowNs);
    }

    /** What has come of the answer that is waited for. */
    public long answerBytes() {
        return answer.liveBytes() - answerStart;
    }

    /** The target said that all it ever sent is here, and it knew that: who does not may have more to send, and wait for the news. */
    public void onNothingUnderWay(final long nowNs) {
        answer.onNothingUnderWay(nowNs);
        advance(nowNs);
    }

    /** What the target sent last is not here, it seems. */
    public void onSomethingUnderWay() {
        answer.onSomethingUnderWay();
    }

    /** The process stood still: that nothing was heard meanwhile means nothing. */
    public void onStall(final long fromNs, final long toNs) {
        answer.onStall(fromNs, toNs);
    }

    /** Something of the client's could not leave yet: the target may be waiting for it, so its silence says nothing. */
    public void onHeldBack(final long nowNs) {
        answer.onHeldBack(nowNs);
    }

    /** All that the client had to say by now has left. */
    public void onNothingHeldBack(final long nowNs) {
        answer.onNothingHeldBack(nowNs);
    }

    /** As {@link #onNothingHeldBack}, when it was only a question: silence does not begin anew. Returns for how long, ns. */
    public long onQuestionDelayed(final long nowNs) {
        return answer.onQuestionDelayed(nowNs);
    }

    public boolean isHeldBack() {
        return answer.isHeldBack();
    }

    /** The server closed its side, after all its bytes. */
    public void onServerFin(final long nowNs) {
        final int done = exchangesDone(nowNs);
        // Rows of one exchange have one gate, and of the open one the first rows may be forgotten.
        if (done < Math.min(answerable, exchanges.size())
                && !gates.wantsFin(Math.max(events.first(), exchanges.firstEvent(done)))) {
            answerable = done;
        }
        answer.onFin(nowNs);
        advance(nowNs);
    }

    /** The smoothed round trip as the transport measures it. */
    public void onRoundTrip(final long rttNs) {
        answer.onRoundTrip(rttNs);
    }

    /** Client bytes up to (excluding) this stream offset left for the first time. */
    public void onClientBytesSent(final long totalBytes, final long nowNs) {
        if (totalBytes <= sent) {
            return;
        }
        sent = totalBytes;
        answer.sending(sent < released);
        answer.waitFrom(nowNs);
        if (exchange >= 0 && exchangeSentNs < 0 && sent >= exchangeEnd && released >= exchangeEnd) {
            exchangeSentNs = nowNs;
            tellRequest();
        }
        advance(nowNs);
    }

    /** Lets time pass: releases what is due. */
    public void advance(final long nowNs) {
        for (long dueNs = nextDeadlineNs(); dueNs <= nowNs; dueNs = nextDeadlineNs()) {
            release(dueNs, nowNs);
        }
    }

    /** Client bytes that may be sent by now, counted from the stream's start. */
    public long releasedBytes() {
        return released;
    }

    /** Stream offset where the captured segment that holds {@code offset} ends: where a re-cut segment should end too. */
    public long segmentEnd(final long offset) {
        return segments.endOf(offset);
    }

    /** Stream offset where the captured segment that holds {@code offset} begins. */
    public long segmentStart(final long offset) {
        return segments.startOf(offset);
    }

    /** Whether the captured segment that ends at {@code endOffset} had PSH set. */
    public boolean pushAt(final long endOffset) {
        return segments.pushAt(endOffset);
    }

    /** All client bytes are released and the client's FIN is due (or it never sent one and the script is over). */
    public boolean finReleased() {
        return finReleased;
    }

    /** The captured client's RST is due. */
    public boolean resetReleased() {
        return resetReleased;
    }

    /** The response timeout passed at least once: the session is diverged. */
    public boolean diverged() {
        return diverged;
    }

    /**
     * Nothing more is expected of the server: everything is released, and the last answer came or was given up. A
     * connection that is still open then (a server that never closes) need not be waited for.
     */
    public boolean over() {
        return over;
    }

    /** Whether bytes are awaited that the captured server had sent by now, and all of the client's before them have left. */
    public boolean awaitsServer(final long nowNs) {
        return established && !over && waitsForServer && sent >= released && answer.isAwaited(nowNs);
    }

    /** When {@link #advance} must be called next, or {@link Long#MAX_VALUE}. */
    public long nextDeadlineNs() {
        if (!established || over || waitsForCapture) {
            return NEVER;
        }
        final long earliestNs = script.earliestNs(row);
        final long thinkNs = pace.scale(pace.gates() == GateMode.TIME ? gates.distanceNs(row) : gates.delayNs(row));
        if (!waitsForServer) {
            return Math.max(earliestNs, later(previousDueNs, thinkNs));
        }
        if (sent < released) {
            // Bytes leave in order; until those before have left, no answer to them can be late.
            return NEVER;
        }
        final long opensAtNs = answer.opensAtNs();
        final long dueNs = Math.max(opensAtNs, later(Math.max(answer.thinkFromNs(), previousDueNs), thinkNs));
        return Math.max(earliestNs, dueNs);
    }

    /** The captured client sent more than has left by now, and had not seen the server's FIN when it did. */
    public boolean cutShortByFin() {
        final int next = segments.rowOf(sent);
        return next < events.size() && !gates.wantsFin(next);
    }

    /** Client bytes that left at least once. */
    public long sentBytes() {
        return sent;
    }

    /** How many exchanges' requests left, and nothing more is expected of their answers. */
    public int exchangesDone(final long nowNs) {
        final boolean open = exchange >= 0 && (sent < exchangeEnd || !isAnswered(nowNs));
        return Math.min(answerable, open ? exchange : exchange + 1);
    }

    private boolean isAnswered(final long nowNs) {
        // Who closes its half behind a request did not wait for the answer yet, but does.
        return followsAnswer
                ? answer.answered(nowNs)
                : answer.liveBytes() - answerStart >= exchanges.responseBytes(exchange);
    }

    /** What of the script may still be looked at, once the target has {@code arrived} bytes of the client's stream. */
    public void needs(final long arrived, final ScriptNeeds needs) {
        needs.bytesFrom(framing == null ? arrived : Math.min(arrived, framing.neededFrom()));
        needs.rowsFrom(Math.min(row, segments.rowOf(arrived)) - 1);
        gates.countRequests(exchange);
        needs.exchangesFrom(exchange);
    }

    /** When what the script had not yet released would have been due, as it looked at the session's end. */
    public long nextDueNs() {
        return nextDueNs;
    }

    /** The session is over, orderly or not: ends the open exchange. */
    public void onEnd(final long nowNs) {
        if (!ended) {
            ended = true;
            nextDueNs = sent < released ? nowNs : nextDeadlineNs();
            over = true;
            endExchange(answer.liveBytes(), answer.lastByteNs());
        }
    }

    private void release(final long dueNs, final long nowNs) {
        if (waitsForServer && answer.timedOut()) {
            diverged = true;
            exchangeTimedOut = true;
        }
        if (row == events.size()) {
            over = true;
            // What neither closed nor reset is closed where the capture ends.
            finReleased = true;
            return;
        }
        switch (events.kind(row)) {
            case ClientEvents.DATA -> releaseData(dueNs);
            case ClientEvents.FIN -> finReleased = true;
            default -> {
                resetReleased = true;
                over = true;
                return;
            }
        }
        if (waitsForServer) {
            answer.release(gates.dataGate(row));
        }
        answer.waitFrom(nowNs);
        previousGate = gates.gate(row);
        previousDueNs = dueNs;
        row++;
        arm();
    }

    private void releaseData(final long dueNs) {
        if (exchange + 1 < exchanges.size() && row == exchanges.firstEvent(exchange + 1)) {
            final long boundary = followsAnswer ? answer.answerEnd() : answerStart;
            endExchange(boundary, followsAnswer ? answer.answerEndNs() : -1);
            if (exchange < 0 && boundary > 0) {
                listener.onGreeting(boundary);
            }
            answerStart = boundary;
            exchange++;
            exchangeSentNs = -1;
            requestTold = false;
            exchangeTimedOut = false;
            exchangeEnd = released + segments.bytes(row, exchanges.eventCount(exchange));
        }
        released += events.length(row);
        if (exchange >= 0 && row < exchanges.firstEvent(exchange) + exchanges.eventCount(exchange)) {
            exchangeDueNs = dueNs;
            if (released > exchangeEnd) {
                // Captured only after what had been there of the exchange was on its way.
                exchangeEnd = released;
                exchangeSentNs = -1;
            }
        }
        answer.sending(sent < released);
    }

    /** Tells that the request left, once it is known that no more belongs to it. */
    private void tellRequest() {
        if (requestTold || exchangeSentNs < 0) {
            return;
        }
        final boolean closed = exchange + 1 < exchanges.size()
                || events.kind(events.size() - 1) != ClientEvents.DATA
                || script.isWhole();
        final boolean left = row >= exchanges.firstEvent(exchange) + exchanges.eventCount(exchange);
        if (left && (closed || ended)) {
            requestTold = true;
            listener.onRequestSent(exchange, exchangeDueNs, exchangeSentNs);
        }
    }

    private void endExchange(final long boundary, final long boundaryNs) {
        tellRequest();
        if (exchange < 0 || !requestTold) {
            return;
        }
        final long bytes = boundary - answerStart;
        listener.onExchangeEnd(
                exchange, exchangeDueNs, exchangeSentNs, bytes, bytes > 0 ? boundaryNs : -1, exchangeTimedOut);
    }

    private void arm() {
        waitsForCapture = row == events.size() && !script.isWhole();
        if (waitsForCapture) {
            followsAnswer = false;
            waitsForServer = false;
            return;
        }
        // Behind the last row nothing leaves that an answer's end could come too late for.
        answer.askBeforeBelieving(canAsk && row < events.size());
        if (row == 0) {
            gates.begin();
        }
        final boolean greeted = row == 0 && gates.mayBeGreeted();
        followsAnswer = greeted || gates.gate(row) > previousGate;
        waitsForServer = followsAnswer && (pace.gates() != GateMode.TIME || row == events.size());
        if (waitsForServer && greeted) {
            answer.armGreeting();
        } else if (waitsForServer) {
            answer.arm(
                    gates.dataGate(row),
                    previousGate,
                    gates.midAnswer(row, exchange),
                    gates.responsesBefore(row, exchange),
                    gates.wantsFin(row) ? pace.scale(gates.finLingerNs(row, exchange)) : -1);
        }
    }

    private static long later(final long fromNs, final long byNs) {
        return byNs >= NEVER - fromNs ? NEVER - 1 : fromNs + byNs;
    }
}
