package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.flow.dns.DnsMessage;
import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.flow.dns.DnsQuestion;
import io.tcpreplayj.replay.script.Script;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * Judges the answers of one conversation. Of DNS an answer belongs to the query with its id and question, whatever came before
 * it; of anything else the next datagram is compared with the next one that was recorded.
 */
final class UdpJudge {
    private final RecordedDns recorded;
    private final ServerDatagrams datagrams;
    private final UdpLedger ledger;
    private final long timeoutNs;
    private final boolean[] asked;
    private final boolean[] over;
    private final long[] dueNs;
    private final long[] firstSentNs;
    private final long[] lastSentNs;
    /** Numbers of the queries that wait, oldest first. */
    private final Map<DnsQuestion, ArrayDeque<Integer>> waiting = new HashMap<>();

    private final DnsMessage message = new DnsMessage();
    private final CRC32C crc32c = new CRC32C();
    private int waitingQueries;
    private int answered;
    private int compared;
    private boolean lost;

    UdpJudge(final Script script, final UdpLedger ledger, final long timeoutNs) {
        recorded = RecordedDns.of(script);
        datagrams = Objects.requireNonNull(script.flow().datagrams());
        this.ledger = ledger;
        this.timeoutNs = timeoutNs;
        asked = new boolean[recorded.queries()];
        over = new boolean[recorded.queries()];
        dueNs = new long[recorded.queries()];
        firstSentNs = new long[recorded.queries()];
        lastSentNs = new long[recorded.queries()];
    }

    private boolean isDns() {
        return recorded.queries() > 0;
    }

    /** Row {@code row}, {@code length} bytes from {@code at} on, left. */
    void onSent(
            final int row, final ByteBuffer bytes, final int at, final int length, final long due, final long nowNs) {
        ledger.latency.onRequestSent(due, nowNs);
        final int query = recorded.queryOf(row);
        if (query == DnsQueries.NONE || over[query]) {
            return;
        }
        lastSentNs[query] = nowNs;
        if (!asked[query] && message.read(bytes, at, length)) {
            asked[query] = true;
            dueNs[query] = due;
            firstSentNs[query] = nowNs;
            waiting.computeIfAbsent(message.question(), question -> new ArrayDeque<>())
                    .add(query);
            waitingQueries++;
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
        final ArrayDeque<Integer> queries =
                message.read(bytes, 0, length) && message.isResponse() ? waiting.get(message.question()) : null;
        final Integer query = queries == null ? null : queries.poll();
        if (query == null) {
            ledger.onUnmatched();
            return;
        }
        end(query);
        if (nowNs - lastSentNs[query] > timeoutNs) {
            ledger.onQueryTimedOut();
            ledger.onUnmatched();
            noteLost(query);
            return;
        }
        answered++;
        ledger.onQueryAnswered(recorded.rcode(query), message.rcode());
        ledger.latency.onAnswer(dueNs[query], firstSentNs[query], nowNs, recorded.latencyNs(query));
    }

    private void compare(final ByteBuffer bytes, final int length) {
        if (compared == datagrams.size()) {
            ledger.onExtra();
            return;
        }
        final int datagram = compared++;
        if (datagrams.digest(datagram) < 0) {
            ledger.onNotCompared();
            return;
        }
        crc32c.reset();
        crc32c.update(bytes.duplicate().position(0).limit(length));
        ledger.onCompared(length == datagrams.length(datagram) && crc32c.getValue() == datagrams.digest(datagram));
    }

    private void end(final int query) {
        over[query] = true;
        waitingQueries--;
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
        return isDns() ? waitingQueries > 0 : compared < datagrams.size();
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
            ledger.onMissing(datagrams.size() - compared);
            lost |= compared < datagrams.size();
        }
    }

    /** Whether something that was answered in the capture was not; after {@link #finish}. */
    boolean isLost() {
        return lost;
    }
}
