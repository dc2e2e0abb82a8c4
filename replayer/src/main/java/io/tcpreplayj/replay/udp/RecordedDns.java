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
    private final int queries;

    private RecordedDns(final int[] queryOfRow, final int[] rcodes, final long[] latenciesNs, final int queries) {
        this.queryOfRow = queryOfRow;
        this.rcodes = rcodes;
        this.latenciesNs = latenciesNs;
        this.queries = queries;
    }

    /** Of a conversation that is DNS; of any other there are no queries. */
    static RecordedDns of(final Script script) {
        final FlowRecord flow = script.flow();
        final ClientEvents events = flow.events();
        final int rows = events.size();
        final int[] queryOfRow = new int[rows];
        final int[] rcodes = new int[rows];
        final long[] latenciesNs = new long[rows];
        final long[] sentNs = new long[rows];
        Arrays.fill(queryOfRow, DnsQueries.NONE);
        Arrays.fill(rcodes, UNANSWERED);
        Arrays.fill(latenciesNs, -1);
        final DnsQueries queries = new DnsQueries();
        if (flow.app() != FlowRecord.App.DNS) {
            return new RecordedDns(queryOfRow, rcodes, latenciesNs, 0);
        }
        final ServerDatagrams datagrams = Objects.requireNonNull(flow.datagrams());
        int at = 0;
        int next = 0;
        for (int row = 0; row <= rows; row++) {
            final long end = row < rows ? events.gate(row) : datagrams.size();
            for (; next < end; next++) {
                final byte[] head = datagrams.head(next);
                final int answered = queries.onServer(ByteBuffer.wrap(head), 0, head.length);
                if (answered != DnsQueries.NONE) {
                    rcodes[answered] = queries.message().rcode();
                    latenciesNs[answered] = Math.max(0, datagrams.timeNs(next) - sentNs[answered]);
                }
            }
            if (row < rows) {
                final int before = queries.size();
                queryOfRow[row] = queries.onClient(script.clientBytes(), at, events.length(row));
                if (queries.size() > before) {
                    sentNs[before] = events.sentNs(row);
                }
                at += events.length(row);
            }
        }
        return new RecordedDns(queryOfRow, rcodes, latenciesNs, queries.size());
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

    /** From the query to its answer in the capture, or -1. */
    long latencyNs(final int query) {
        return latenciesNs[query];
    }
}
