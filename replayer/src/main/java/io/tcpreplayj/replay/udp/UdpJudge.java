package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.flow.dns.DnsMessage;
import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.replay.script.Script;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * Judges the answers of one conversation. Of DNS an answer belongs to the query with its id and question, whatever came before
 * it; anything else is compared as {@link DatagramPairs} has it.
 */
final class UdpJudge {
    private final RecordedDns recorded;
    private final ClientEvents events;
    private final ServerDatagrams datagrams;
    private final UdpLedger ledger;
    private final long timeoutNs;
    private final AnswerGate gate;
    private final DatagramPairs pairs;
    private final boolean[] asked;
    private final boolean[] over;
    private final long[] dueNs;
    private final long[] firstSentNs;
    private final long[] lastSentNs;
    private final WaitingQueries<Integer> waiting = new WaitingQueries<>();
    private final DnsMessage message = new DnsMessage();
    private final CRC32C crc32c = new CRC32C();
    private int answered;
    private int came;
    private int fed;
    private boolean lost;
    private boolean owed;

    /** @param gate is told of what comes */
    UdpJudge(final Script script, final UdpLedger ledger, final long timeoutNs, final AnswerGate gate) {
        recorded = RecordedDns.of(script);
        events = script.flow().events();
        datagrams = Objects.requireNonNull(script.flow().datagrams());
        this.ledger = ledger;
        this.timeoutNs = timeoutNs;
        this.gate = gate;
        pairs = new DatagramPairs(ledger, gate);
        asked = new boolean[recorded.queries()];
        over = new boolean[recorded.queries()];
        dueNs = new long[recorded.queries()];
        firstSentNs = new long[recorded.queries()];
        lastSentNs = new long[recorded.queries()];
    }

    private boolean isDns() {
        return recorded.queries() > 0;
    }

    /** What has to be there before the row is sent. */
    long gate(final int row) {
        return isDns() ? recorded.gate(row) : events.gate(row);
    }

    /** Row {@code row}, {@code length} bytes from {@code at} on, left. */
    void onSent(
            final int row, final ByteBuffer bytes, final int at, final int length, final long due, final long nowNs) {
        ledger.latency.onRequestSent(due, nowNs);
        if (!isDns()) {
            owed |= came < (row + 1 < events.size() ? events.gate(row + 1) : datagrams.size());
            return;
        }
        final int query = recorded.queryOf(row);
        if (query == DnsQueries.NONE || over[query]) {
            return;
        }
        lastSentNs[query] = nowNs;
        if (!asked[query] && message.read(bytes, at, length)) {
            asked[query] = true;
            dueNs[query] = due;
            firstSentNs[query] = nowNs;
            waiting.add(message.question(), query);
            owed |= recorded.rcode(query) != RecordedDns.UNANSWERED;
        }
    }

    /** A datagram came, index 0 to {@code length}. */
    void onReceived(final ByteBuffer bytes, final int length, final long nowNs) {
        if (isDns()) {
            onDns(bytes, length, nowNs);
        } else {
            compare(bytes, length);
        }
    }

    private void onDns(final ByteBuffer bytes, final int length, final long nowNs) {
        final Integer query = message.read(bytes, 0, length) ? waiting.answered(message) : null;
        if (query == null) {
            ledger.onUnmatched();
            return;
        }
        over[query] = true;
        if (nowNs - lastSentNs[query] > timeoutNs) {
            ledger.onQueryTimedOut();
            ledger.onUnmatched();
            noteLost(query);
            return;
        }
        answered++;
        if (recorded.rcode(query) != RecordedDns.UNANSWERED) {
            gate.onAnswer(recorded.number(query));
        }
        ledger.onQueryAnswered(recorded.rcode(query), message.rcode());
        ledger.latency.onAnswer(dueNs[query], firstSentNs[query], nowNs, recorded.latencyNs(query));
    }

    private void compare(final ByteBuffer bytes, final int length) {
        pairs.giveUpPassed();
        while (fed < datagrams.size() && pairs.waiting() < DatagramPairs.REACH) {
            feed();
        }
        crc32c.reset();
        crc32c.update(bytes.duplicate().position(0).limit(length));
        pairs.onLive(length, crc32c.getValue());
        came++;
    }

    private void feed() {
        pairs.onRecorded(datagrams.length(fed), datagrams.digest(fed), datagrams.timeNs(fed));
        fed++;
    }

    private void noteLost(final int query) {
        lost |= recorded.rcode(query) != RecordedDns.UNANSWERED;
    }

    /** Queries of DNS in the capture. */
    int queries() {
        return recorded.queries();
    }

    /** Those that were answered in time. */
    int answered() {
        return answered;
    }

    /** Whether something is waited for. */
    boolean expectsMore() {
        return isDns() ? !waiting.isEmpty() : came < datagrams.size();
    }

    /** Whether it sent what the captured server answered: so should the target. */
    boolean isOwed() {
        return owed;
    }

    /**
     * The conversation is over; what did not come by now is missing.
     *
     * @param early it was not waited for to the end
     */
    void finish(final boolean early) {
        for (int query = 0; query < recorded.queries(); query++) {
            if (!asked[query]) {
                ledger.onQueryNotSent();
            } else if (!over[query] && early) {
                ledger.onQueryCutOff();
            } else if (!over[query]) {
                ledger.onQueryTimedOut();
                noteLost(query);
            }
        }
        if (!isDns()) {
            while (fed < datagrams.size() && !pairs.expectsMore()) {
                feed();
            }
            pairs.finish();
            ledger.onMissing(datagrams.size() - fed);
            lost |= pairs.isLost();
        }
    }

    /** Whether something that was answered in the capture was not; after {@link #finish}. */
    boolean isLost() {
        return lost;
    }
}
