package io.tcpreplayj.flow;

import java.util.Arrays;

/** Turns a finished flow's {@link ExchangeLog} into {@link Exchanges}. */
final class ExchangesBuilder {
    private final FlowBuilder flow;
    private final ExchangeLog log;
    private final int size;
    private final boolean withoutPayload;

    ExchangesBuilder(final FlowBuilder flow) {
        final ExchangeLog exchanges = flow.logs().exchangesOrNull();
        this.flow = flow;
        log = exchanges == null ? new ExchangeLog() : exchanges;
        size = log.size();
        withoutPayload = flow.options().kept() == PayloadKept.NONE;
    }

    Exchanges build(final FlowRecord.App app) {
        final int[] firstEvents = new int[size];
        final int[] eventCounts = new int[size];
        final long[] responseBytes = new long[size];
        final long[] firstNs = new long[size];
        final long[] lastNs = new long[size];
        final long[] digests = new long[size];
        final byte[][] heads = new byte[size][];
        for (int i = 0; i < size; i++) {
            firstEvents[i] = log.firstRow(i);
            eventCounts[i] = log.rows(i);
            responseBytes[i] = answerEnd(i) - answerBegin(i);
            firstNs[i] = log.firstNs(i) == ExchangeLog.UNKNOWN ? -1 : log.firstNs(i) - flow.startNs();
            lastNs[i] = log.lastNs(i) == ExchangeLog.UNKNOWN ? -1 : log.lastNs(i) - flow.startNs();
            digests[i] = withoutPayload || flow.isTorn() || responseBytes[i] == 0 ? -1 : log.digest(i);
            heads[i] = head(i, responseBytes[i]);
        }
        return new Exchanges(firstEvents, eventCounts, requests(app), responseBytes, firstNs, lastNs, digests, heads);
    }

    /** After a RST, and where it is too much to hold, answers go by before the rows that end them: their heads run on. */
    private byte[] head(final int exchange, final long responseBytes) {
        final byte[] head = log.head(exchange);
        return head.length <= responseBytes ? head : Arrays.copyOf(head, (int) responseBytes);
    }

    private long answerBegin(final int exchange) {
        return Math.min(EventsBuilder.offset(log.gate(exchange), flow.server()), streamBytes());
    }

    private long answerEnd(final int exchange) {
        return exchange + 1 < size ? answerBegin(exchange + 1) : Math.max(streamBytes(), answerBegin(exchange));
    }

    /** Length of the server's stream, its FIN not counted, holes included: as far as anything tells. */
    private long streamBytes() {
        final StreamAssembler server = flow.server();
        if (server == null) {
            return 0;
        }
        if (server.packets() == 0) {
            return EventsBuilder.offset(flow.acknowledgedEnd(), server);
        }
        return server.sentPosition(flow.client()) - server.startPosition();
    }

    private int[] requests(final FlowRecord.App app) {
        final int[] requests = new int[size];
        final ClientLog client = flow.logs().clientOrNull();
        if (app != FlowRecord.App.HTTP || client == null || size == 0 || withoutPayload) {
            Arrays.fill(requests, 1);
            return requests;
        }
        final int[] begins = beginsInClientBytes(client);
        final HttpRequests messages =
                new HttpRequests(client.bytes(), position -> log.head(exchangeAt(begins, position)));
        for (int at = messages.nextRequest(); at >= 0; at = messages.nextRequest()) {
            requests[exchangeAt(begins, at)]++;
        }
        return requests;
    }

    private int[] beginsInClientBytes(final ClientLog client) {
        final int[] begins = new int[size];
        int bytes = 0;
        int row = 0;
        for (int i = 0; i < size; i++) {
            for (; row < log.firstRow(i); row++) {
                bytes += client.length(row);
            }
            begins[i] = bytes;
        }
        return begins;
    }

    private static int exchangeAt(final int[] begins, final int position) {
        final int found = Arrays.binarySearch(begins, position);
        return found >= 0 ? found : -found - 2;
    }
}
