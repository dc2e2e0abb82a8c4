package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.dns.DnsMessage;
import io.tcpreplayj.flow.dns.DnsQueries;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.zip.CRC32C;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Judges the answers of a conversation that is still being captured, as {@link UdpJudge} does those of one that is over: what
 * was recorded of an answer may get here before the live one or behind it. A query is forgotten once both are there.
 */
final class LiveUdpJudge {
    private final boolean isDns;
    private final UdpLedger ledger;
    private final long timeoutNs;
    private final AnswerGate gate;
    private final Int2ObjectHashMap<Query> queries = new Int2ObjectHashMap<>();
    private final WaitingQueries<Query> waiting = new WaitingQueries<>();
    private final ArrayDeque<Datagram> recorded = new ArrayDeque<>();
    private final ArrayDeque<Datagram> live = new ArrayDeque<>();
    private final DnsMessage message = new DnsMessage();
    private final CRC32C crc32c = new CRC32C();
    private long recordedAnswers;
    private boolean lost;
    private boolean owed;

    /** One DNS query, until it is entered. */
    private static final class Query {
        final int number;
        int recordedRcode = RecordedDns.UNANSWERED;
        long recordedNs = -1;
        /** Which answer of the capture is its own, from 0. */
        long recordedNumber;

        int liveRcode = RecordedDns.UNANSWERED;
        boolean isSent;
        long dueNs;
        long firstSentNs;
        long lastSentNs;
        long answeredNs;

        Query(final int number) {
            this.number = number;
        }
    }

    /** @param digest CRC-32C, or -1 when it is not known */
    private record Datagram(int length, long digest) {}

    /** @param gate is told of what comes */
    LiveUdpJudge(final boolean isDns, final UdpLedger ledger, final long timeoutNs, final AnswerGate gate) {
        this.isDns = isDns;
        this.ledger = ledger;
        this.timeoutNs = timeoutNs;
        this.gate = gate;
    }

    /** The captured client sent the query, for the first time or again. */
    void onPlanned(final int number) {
        if (number != DnsQueries.NONE && !queries.containsKey(number)) {
            queries.put(number, new Query(number));
        }
    }

    /** A datagram left. */
    void onSent(final int number, final ByteBuffer bytes, final long dueNs, final long nowNs) {
        ledger.latency.onRequestSent(dueNs, nowNs);
        final Query query = queries.get(number);
        if (query == null || query.liveRcode != RecordedDns.UNANSWERED) {
            return;
        }
        query.lastSentNs = nowNs;
        if (!query.isSent && message.read(bytes, 0, bytes.limit())) {
            query.isSent = true;
            query.dueNs = dueNs;
            query.firstSentNs = nowNs;
            waiting.add(message.question(), query);
            owed |= query.recordedRcode != RecordedDns.UNANSWERED;
        }
    }

    /** The captured server answered the query. */
    void onRecorded(final int number, final int rcode, final long latencyNs) {
        final long recordedNumber = recordedAnswers++;
        final Query query = queries.get(number);
        if (query == null) {
            return;
        }
        query.recordedRcode = rcode;
        query.recordedNs = latencyNs;
        query.recordedNumber = recordedNumber;
        owed |= query.isSent;
        if (query.liveRcode != RecordedDns.UNANSWERED) {
            enterAnswered(query);
        }
    }

    /** The captured server sent its next datagram; of a conversation that is not DNS. */
    void onRecorded(final int length, final long digest) {
        recorded.add(new Datagram(length, digest));
        compare();
        owed |= !recorded.isEmpty();
    }

    /** A datagram came from the target, index 0 to {@code length}. */
    void onReceived(final ByteBuffer bytes, final int length, final long nowNs) {
        if (isDns) {
            onAnswer(bytes, length, nowNs);
            return;
        }
        gate.onAnswer(AnswerGate.UNKNOWN);
        crc32c.reset();
        crc32c.update(bytes.duplicate().position(0).limit(length));
        live.add(new Datagram(length, crc32c.getValue()));
        compare();
    }

    private void onAnswer(final ByteBuffer bytes, final int length, final long nowNs) {
        final Query query = message.read(bytes, 0, length) ? waiting.answered(message) : null;
        if (query == null) {
            ledger.onUnmatched();
            return;
        }
        if (nowNs - query.lastSentNs > timeoutNs) {
            ledger.onUnmatched();
            enterTimedOut(query);
            return;
        }
        query.liveRcode = message.rcode();
        query.answeredNs = nowNs;
        if (query.recordedRcode != RecordedDns.UNANSWERED) {
            enterAnswered(query);
        }
    }

    private void compare() {
        while (!recorded.isEmpty() && !live.isEmpty()) {
            final Datagram wanted = recorded.remove();
            final Datagram got = live.remove();
            if (wanted.digest() < 0) {
                ledger.onNotCompared();
            } else {
                ledger.onCompared(wanted.equals(got));
            }
        }
    }

    private void enterAnswered(final Query query) {
        queries.remove(query.number);
        if (query.recordedRcode != RecordedDns.UNANSWERED) {
            gate.onAnswer(query.recordedNumber);
        }
        ledger.onQueryAnswered(query.recordedRcode, query.liveRcode);
        ledger.latency.onAnswer(query.dueNs, query.firstSentNs, query.answeredNs, query.recordedNs);
    }

    private void enterTimedOut(final Query query) {
        queries.remove(query.number);
        ledger.onQueryTimedOut();
        lost |= query.recordedRcode != RecordedDns.UNANSWERED;
    }

    /** What was sent last has waited long enough: so has all before. */
    void expire() {
        waiting.giveUp(this::enterTimedOut);
    }

    /** Whether something is waited for. */
    boolean expectsMore() {
        return isDns ? !waiting.isEmpty() : !recorded.isEmpty();
    }

    /** Whether it sent what the captured server answered: so should the target. */
    boolean isOwed() {
        return owed;
    }

    /**
     * The conversation is over.
     *
     * @param early what is waited for was not waited for to the end
     */
    void finish(final boolean early) {
        if (!early) {
            expire();
        }
        for (final Query query : queries.values().toArray(new Query[0])) {
            if (!query.isSent) {
                queries.remove(query.number);
                ledger.onQueryNotSent();
            } else if (query.liveRcode != RecordedDns.UNANSWERED) {
                enterAnswered(query);
            } else {
                queries.remove(query.number);
                ledger.onQueryCutOff();
            }
        }
        ledger.onMissing(recorded.size());
        lost |= !recorded.isEmpty();
        live.forEach(datagram -> ledger.onExtra());
        recorded.clear();
        live.clear();
    }

    /** Whether something that was answered in the capture was not; after {@link #finish}. */
    boolean isLost() {
        return lost;
    }
}
