package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.dns.DnsMessage;
import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.flow.dns.DnsQuestion;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Judges the answers of a conversation that is still being captured, as {@link UdpJudge} does those of one that is over: what
 * was recorded of an answer may get here before the live one or behind it. A query is forgotten once both are there, or once the
 * capture holds no more of it.
 */
final class LiveUdpJudge {
    private final boolean isDns;
    private final UdpLedger ledger;
    private final long timeoutNs;
    private final AnswerGate gate;
    private final WaitingBytes memory;
    private final DatagramPairs pairs;
    private final Int2ObjectHashMap<Query> queries = new Int2ObjectHashMap<>();
    private final WaitingQueries<Query> waiting = new WaitingQueries<>();
    private final DnsMessage message = new DnsMessage();
    private final CRC32C crc32c = new CRC32C();
    private long recordedAnswers;
    /** All queries before that one are entered. */
    private int settled;

    private int charged;
    private boolean lost;
    private boolean owed;

    /** One DNS query, until it is entered. */
    private static final class Query {
        final int number;
        /** Null until it is sent. */
        @Nullable
        DnsQuestion question;

        int recordedRcode = RecordedDns.UNANSWERED;
        long recordedNs = -1;
        /** Which answer of the capture is its own, from 0. */
        long recordedNumber;

        int liveRcode = RecordedDns.UNANSWERED;
        /** It is entered as timed out, even if it is sent again. */
        boolean isOver;

        long dueNs;
        long firstSentNs;
        long lastSentNs;
        long answeredNs;

        Query(final int number) {
            this.number = number;
        }
    }

    /**
     * @param gate is told of what comes
     * @param memory what waits to be compared is counted there
     */
    LiveUdpJudge(
            final boolean isDns,
            final UdpLedger ledger,
            final long timeoutNs,
            final AnswerGate gate,
            final WaitingBytes memory) {
        this.isDns = isDns;
        this.ledger = ledger;
        this.timeoutNs = timeoutNs;
        this.gate = gate;
        this.memory = memory;
        pairs = new DatagramPairs(ledger, gate);
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
        if (query == null || query.isOver || query.liveRcode != RecordedDns.UNANSWERED) {
            return;
        }
        query.lastSentNs = nowNs;
        if (query.question == null && message.read(bytes, 0, bytes.limit())) {
            final DnsQuestion question = message.question();
            query.question = question;
            query.dueNs = dueNs;
            query.firstSentNs = nowNs;
            waiting.add(question, query);
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
        owed |= query.question != null;
        if (query.isOver) {
            queries.remove(number);
            lost = true;
        } else if (query.liveRcode != RecordedDns.UNANSWERED) {
            enterAnswered(query);
        }
    }

    /** The captured server sent its next datagram; of a conversation that is not DNS. */
    void onRecorded(final int length, final long digest, final long nowNs) {
        // A request is held up by as much as the timeout, and its answer then comes in that time or not at all.
        pairs.giveUpBefore(nowNs - 2 * timeoutNs);
        pairs.onRecorded(length, digest, nowNs);
        charge();
        owed |= pairs.expectsMore();
    }

    private void charge() {
        for (; charged < pairs.waiting(); charged++) {
            memory.add(0);
        }
        for (; charged > pairs.waiting(); charged--) {
            memory.remove(0);
        }
    }

    /**
     * The capture has nothing more to say of the queries before that one, so they are entered, but for those that still wait for
     * the target.
     */
    void settle(final int below, final long nowNs) {
        for (; settled < below; settled++) {
            final Query query = queries.get(settled);
            if (query != null && !isSettled(query, nowNs)) {
                return;
            }
        }
    }

    private boolean isSettled(final Query query, final long nowNs) {
        if (query.isOver) {
            queries.remove(query.number);
        } else if (query.liveRcode != RecordedDns.UNANSWERED) {
            enterAnswered(query);
        } else if (query.question != null && nowNs - query.lastSentNs > timeoutNs) {
            waiting.remove(query.question, query);
            enterTimedOut(query);
        } else {
            return false;
        }
        return true;
    }

    /** A datagram came from the target, index 0 to {@code length}. */
    void onReceived(final ByteBuffer bytes, final int length, final long nowNs) {
        if (isDns) {
            onAnswer(bytes, length, nowNs);
            return;
        }
        crc32c.reset();
        crc32c.update(bytes.duplicate().position(0).limit(length));
        pairs.onLive(length, crc32c.getValue());
        charge();
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
            if (query.recordedRcode == RecordedDns.UNANSWERED) {
                query.isOver = true;
                queries.put(query.number, query);
            }
            return;
        }
        query.liveRcode = message.rcode();
        query.answeredNs = nowNs;
        if (query.recordedRcode != RecordedDns.UNANSWERED) {
            enterAnswered(query);
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

    /** Whether something is waited for. */
    boolean expectsMore() {
        return isDns ? !waiting.isEmpty() : pairs.expectsMore();
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
            waiting.giveUp(this::enterTimedOut);
        }
        for (final Query query : queries.values().toArray(new Query[0])) {
            if (query.isOver) {
                queries.remove(query.number);
            } else if (query.question == null) {
                queries.remove(query.number);
                ledger.onQueryNotSent();
            } else if (query.liveRcode != RecordedDns.UNANSWERED) {
                enterAnswered(query);
            } else {
                queries.remove(query.number);
                ledger.onQueryCutOff();
            }
        }
        pairs.finish();
        charge();
        lost |= pairs.isLost();
    }

    /** Whether something that was answered in the capture was not; after {@link #finish}. */
    boolean isLost() {
        return lost;
    }
}
