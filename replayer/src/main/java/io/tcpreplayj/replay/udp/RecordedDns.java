package io.tcpreplayj.replay.udp;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.ServerDatagrams;
import io.tcpreplayj.flow.dns.DnsQueries;
import io.tcpreplayj.replay.script.Script;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/** Which datagram of a captured conversation was which query, and how that was answered. */
final class RecordedDns {
    /** In place of a response code: the capture holds no answer. */
    static final int UNANSWERED = -1;

    private final int[] queryOfRow;
    private final int[] rcodes;
    private final long[] latenciesNs;
    private final int[] numbers;
    private final int[] gates;
    private int queries;

    /** @param rows datagrams of the client */
    private RecordedDns(final int rows) {
        queryOfRow = new int[rows];
        rcodes = new int[rows];
        latenciesNs = new long[rows];
        numbers = new int[rows];
        gates = new int[rows];
        Arrays.fill(queryOfRow, DnsQueries.NONE);
        Arrays.fill(rcodes, UNANSWERED);
        Arrays.fill(latenciesNs, -1);
    }

    /** Of a conversation that is DNS; of any other there are no queries. */
    static RecordedDns of(final Script script) {
        final FlowRecord flow = script.flow();
        final ClientEvents events = flow.events();
        final RecordedDns recorded = new RecordedDns(events.size());
        if (flow.app() == FlowRecord.App.DNS) {
            recorded.read(events, Objects.requireNonNull(flow.datagrams()), script.clientBytes());
        }
        return recorded;
    }

    private void read(final ClientEvents events, final ServerDatagrams datagrams, final ByteBuffer clientBytes) {
        final int rows = events.size();
        final long[] sentNs = new long[rows];
        final DnsQueries asked = new DnsQueries();
        int at = 0;
        int next = 0;
        int answers = 0;
        for (int row = 0; row <= rows; row++) {
            final long end = row < rows ? events.gate(row) : datagrams.size();
            for (; next < end; next++) {
                final byte[] head = datagrams.head(next);
                final int query = asked.onServer(ByteBuffer.wrap(head), 0, head.length);
                if (query != DnsQueries.NONE) {
                    rcodes[query] = asked.message().rcode();
                    latenciesNs[query] = Math.max(0, datagrams.timeNs(next) - sentNs[query]);
                    numbers[query] = answers++;
                }
            }
            if (row < rows) {
                gates[row] = answers;
                final int before = asked.size();
                queryOfRow[row] = asked.onClient(clientBytes, at, events.length(row));
                if (asked.size() > before) {
                    sentNs[before] = events.sentNs(row);
                }
                at += events.length(row);
            }
        }
        queries = asked.size();
    }

    int queries() {
        return queries;
    }

    /** The query that a datagram of the client is, or {@link DnsQueries#NONE}. */
    int queryOf(final int row) {
        return queryOfRow[row];
    }

    /** RCODE of the captured answer, or {@link #UNANSWERED}. */
    int rcode(final int query) {
        return rcodes[query];
    }

    /** Which answer of the capture was the query's, from 0; if there is one. */
    int number(final int query) {
        return numbers[query];
    }

    /** Answers that the captured client had when it sent the datagram: to its queries, each counted once. */
    int gate(final int row) {
        return gates[row];
    }

    /** From the query to its answer in the capture, or -1. */
    long latencyNs(final int query) {
        return latenciesNs[query];
    }
}
