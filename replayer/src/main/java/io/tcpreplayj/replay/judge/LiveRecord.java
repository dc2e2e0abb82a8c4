package io.tcpreplayj.replay.judge;

import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.replay.script.GrowingScript;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.script.ScriptNeeds;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What {@link SessionRecord} is, of a flow that is still being captured: a live answer is mostly whole before the recorded one
 * is, so its length, its CRC-32C and its first bytes are kept until they can be compared. Where one answer ends within bytes
 * that came together, lengths that are not known yet cannot part them.
 */
public final class LiveRecord implements ScriptListener, ResponseBytes, SessionFigures {
    /** As much of an answer is kept as holds the Date of most. */
    private static final int HEAD_BYTES = 512;

    private final GrowingScript script;
    private final Exchanges exchanges;
    private final boolean http;
    private final LatencyRecorder latency;
    private final Tally<Verdict> verdicts = new Tally<>(Verdict.class);
    private final DateMask date = new DateMask();
    private final CRC32C crc = new CRC32C();
    private final Deque<Answer> waiting = new ArrayDeque<>();

    private byte[] head = new byte[HEAD_BYTES];
    private int headLength;
    private long bytes;
    private @Nullable Verdict missing;

    private int sentUpTo;
    private int enteredUpTo;
    private long requestsSent;
    private long requestsNotSent;
    private long requestsAnswered;
    private long requestsTimedOut;
    private long ackedBytes;
    private long receivedBytes;
    private long retransmittedBytes;
    private @Nullable Outcome outcome;

    /** A live answer that is over. */
    private record Answer(
            int exchange,
            long dueNs,
            long sentNs,
            long lastByteNs,
            long bytes,
            boolean timedOut,
            long sum,
            byte[] head,
            @Nullable Verdict missing) {}

    public LiveRecord(final GrowingScript script, final LatencyRecorder latency) {
        this.script = script;
        this.exchanges = script.flow().exchanges();
        this.http = script.flow().app() == FlowRecord.App.HTTP;
        this.latency = latency;
    }

    @Override
    public void onResponseBytes(
            final ByteBuffer buffer, final int offset, final int length, final int available, final long nowNs) {
        bytes += length;
        if (available < length) {
            missing = available == 0 ? Verdict.REORDERED : Verdict.TRUNCATED;
            return;
        }
        final int position = buffer.position();
        final int limit = buffer.limit();
        buffer.limit(offset + length).position(offset);
        crc.update(buffer);
        buffer.limit(limit).position(position);
        final int kept = Math.min(length, HEAD_BYTES - headLength);
        buffer.get(offset, head, headLength, kept);
        headLength += kept;
    }

    @Override
    public void onGreeting(final long greeting) {
        part(greeting);
    }

    /** What comes from now on is another answer's. */
    private void part(final long responseBytes) {
        bytes -= responseBytes;
        crc.reset();
        headLength = 0;
        missing = bytes == 0 ? null : Verdict.MERGED;
    }

    @Override
    public void onRequestSent(final int exchange, final long dueNs, final long sentNs) {
        sentUpTo = exchange + 1;
        requestsSent += exchanges.requests(exchange);
        latency.onRequestSent(dueNs, sentNs);
        final int lastRow = exchanges.firstEvent(exchange) + exchanges.eventCount(exchange) - 1;
        latency.onReplayed(script.capturedNs(lastRow), sentNs);
    }

    @Override
    public void onExchangeEnd(
            final int exchange,
            final long dueNs,
            final long sentNs,
            final long responseBytes,
            final long lastByteNs,
            final boolean timedOut) {
        final boolean parted = responseBytes == bytes;
        final byte[] kept = new byte[parted ? headLength : 0];
        System.arraycopy(head, 0, kept, 0, kept.length);
        waiting.add(new Answer(
                exchange,
                dueNs,
                sentNs,
                lastByteNs,
                responseBytes,
                timedOut,
                crc.getValue(),
                kept,
                parted ? missing : Verdict.MERGED));
        part(responseBytes);
        settle();
    }

    /** What of the script is still needed here: an exchange until its answer is entered, and then when it was captured. */
    public void needs(final ScriptNeeds needs) {
        needs.exchangesFrom(enteredUpTo);
        if (enteredUpTo < exchanges.size()) {
            needs.rowsFrom(exchanges.firstEvent(enteredUpTo) + exchanges.eventCount(enteredUpTo) - 1);
        }
    }

    /** Another recorded answer is complete, or there will be none. */
    public void onRecorded() {
        settle();
    }

    /** The session is over, and its script was told so. */
    public void ended(final Outcome how, final long acked, final long received, final long retransmitted) {
        outcome = how;
        ackedBytes = acked;
        receivedBytes = received;
        retransmittedBytes = retransmitted;
        settle();
    }

    /** How the session ended, or null: it has not. */
    public @Nullable Outcome outcome() {
        return outcome;
    }

    /** Nothing more will be known of its flow. */
    public boolean isRecorded() {
        return script.isWhole();
    }

    /** Enters the session into the ledger, with whatever was recorded by now. */
    public void enter(final Ledger ledger) {
        final Outcome how = outcome;
        if (how == null) {
            throw new IllegalStateException("flow " + script.flow().id() + " is still being replayed");
        }
        while (!waiting.isEmpty()) {
            enter(waiting.remove(), !waiting.isEmpty() || how.completed());
        }
        for (; sentUpTo < exchanges.size(); sentUpTo++) {
            requestsNotSent += exchanges.requests(sentUpTo);
        }
        verdicts.add(Verdict.NOT_SENT, exchanges.size() - enteredUpTo);
        ledger.planned(script);
        script.entered();
        ledger.ended(this, how);
    }

    /** The last answer waits for the session's end: the connection may break within it. */
    private void settle() {
        while (waiting.size() > 1 && waiting.element().exchange() < script.answers()) {
            enter(waiting.remove(), true);
        }
    }

    private void enter(final Answer answer, final boolean wentOn) {
        final int exchange = answer.exchange();
        enteredUpTo = exchange + 1;
        final boolean recorded = exchange < script.answers();
        final boolean cut = !wentOn && recorded && answer.bytes() < exchanges.responseBytes(exchange);
        final Verdict verdict = judge(answer, recorded);
        verdicts.add(cut && verdict == Verdict.DIFFERENT ? Verdict.INCOMPLETE : verdict, 1);
        if (answer.timedOut()) {
            requestsTimedOut += exchanges.requests(exchange);
        } else if (answer.bytes() > 0 && !cut) {
            requestsAnswered += exchanges.requests(exchange);
            latency.onAnswer(answer.dueNs(), answer.sentNs(), answer.lastByteNs(), recordedNs(exchange, recorded));
        }
    }

    private Verdict judge(final Answer answer, final boolean recorded) {
        final int exchange = answer.exchange();
        if (answer.missing() == Verdict.MERGED) {
            return Verdict.MERGED;
        }
        if (!recorded || exchanges.digest(exchange) < 0) {
            return Verdict.UNRECORDED;
        }
        if (answer.bytes() == 0) {
            return Verdict.NO_ANSWER;
        }
        if (answer.bytes() != exchanges.responseBytes(exchange)) {
            return ofAnotherLength(answer);
        }
        if (answer.missing() != null) {
            return answer.missing();
        }
        long sum = answer.sum();
        if (http && sum != exchanges.digest(exchange)) {
            date.aim(exchanges.head(exchange));
            sum = date.correct(sum, answer.head(), answer.head().length, answer.bytes());
        }
        return sum == exchanges.digest(exchange) ? Verdict.MATCHED : Verdict.DIFFERENT;
    }

    private Verdict ofAnotherLength(final Answer answer) {
        final boolean explained = CutOff.explains(script, answer.exchange(), answer.bytes());
        return explained && beginsAsRecorded(answer) ? Verdict.UNRECORDED : Verdict.DIFFERENT;
    }

    /** As far as both heads are kept; of HTTP the first line, for there may be a date behind it. */
    private boolean beginsAsRecorded(final Answer answer) {
        final byte[] recorded = exchanges.head(answer.exchange());
        final int both = Math.min(recorded.length, answer.head().length);
        int length = 0;
        while (length < both && !(http && recorded[length] == '\r')) {
            length++;
        }
        return Arrays.equals(recorded, 0, length, answer.head(), 0, length);
    }

    private long recordedNs(final int exchange, final boolean recorded) {
        final long lastNs = recorded ? exchanges.lastResponseNs(exchange) : -1;
        final int lastRow = exchanges.firstEvent(exchange) + exchanges.eventCount(exchange) - 1;
        return lastNs < 0 ? -1 : lastNs - script.flow().events().sentNs(lastRow);
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
    public long requestsAnswered() {
        return requestsAnswered;
    }

    @Override
    public long requestsTimedOut() {
        return requestsTimedOut;
    }

    @Override
    public long requestsRepeated() {
        return 0;
    }

    @Override
    public long requestsAbandoned() {
        return 0;
    }

    @Override
    public int connectionsLost() {
        return 0;
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

    @Override
    public Tally<Verdict> verdicts() {
        return verdicts;
    }
}
