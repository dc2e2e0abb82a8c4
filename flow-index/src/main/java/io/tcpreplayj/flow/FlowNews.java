package io.tcpreplayj.flow;

import java.util.Arrays;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** What a {@link FlowObserver} was told of the open flows, and what it has to be told yet. */
final class FlowNews {
    private static final byte[] NO_BYTES = {};
    /** A flow of which nothing more is told, or nothing at all. */
    private static final Told NOTHING = new Told(null);

    private final FlowObserver observer;
    private final Long2ObjectHashMap<Told> flows = new Long2ObjectHashMap<>();
    private final ClientRow row = new ClientRow();

    FlowNews(final FlowObserver observer) {
        this.observer = observer;
    }

    /** How far a flow was told. */
    private static final class Told {
        final @Nullable EventTimes times;
        int rows;
        long bytes;
        int answers;
        /** The exchange of the row told last. */
        int exchange = -1;

        boolean fin;
        boolean reset;

        Told(final @Nullable EventTimes times) {
            this.times = times;
        }
    }

    /** A segment of the flow was taken, or, when it is over, all that was left of it. */
    void onSegment(final FlowBuilder flow) {
        final ClientLog log = flow.logs().clientOrNull();
        Told told = flows.get(flow.id());
        if (told == null) {
            if (log == null || log.size() == 0) {
                return;
            }
            told = open(flow, log);
            flows.put(flow.id(), told);
        }
        final EventTimes times = told.times;
        if (times == null) {
            return;
        }
        final FlowRecord.SkipReason lost = lost(flow, log, told);
        if (lost != null || log == null) {
            flows.put(flow.id(), NOTHING);
            observer.onLost(flow.id(), lost == null ? FlowRecord.SkipReason.GAP : lost);
            return;
        }
        while (told.rows < log.size()) {
            tellRow(flow, log, told, times);
        }
        tellAnswers(flow, told, times, told.exchange);
        tellClosing(flow, told, times);
    }

    private Told open(final FlowBuilder flow, final ClientLog log) {
        if (!log.isContiguous()) {
            return NOTHING;
        }
        final byte[] beginning = Arrays.copyOf(log.tail(), Math.min(log.tailLength(), FlowBuilder.BEGINNING_BYTES));
        final AnswerLog answers = flow.logs().answersOrNull();
        final FlowRecord.App app =
                AppDetector.detect(beginning, beginning.length, answers == null ? NO_BYTES : answers.greeting());
        return observer.onOpened(OpenFlow.of(flow, app)) ? new Told(new EventTimes(flow)) : NOTHING;
    }

    private static FlowRecord.@Nullable SkipReason lost(
            final FlowBuilder flow, final @Nullable ClientLog log, final Told told) {
        final StreamAssembler client = flow.client();
        if (log == null || client == null || flow.isTorn()) {
            return FlowRecord.SkipReason.GAP;
        }
        if (log.isFull()) {
            return FlowRecord.SkipReason.CAPACITY;
        }
        if (!log.isContiguous()) {
            return client.isTruncated() ? FlowRecord.SkipReason.TRUNCATED : FlowRecord.SkipReason.GAP;
        }
        // Bytes behind the FIN, or behind a RST that did not end the connection: the record will put them before it.
        return (told.fin || told.reset) && told.rows < log.size() ? FlowRecord.SkipReason.GAP : null;
    }

    private void tellRow(final FlowBuilder flow, final ClientLog log, final Told told, final EventTimes times) {
        log.tell(told.rows, told.bytes, times, row);
        final ExchangeLog exchanges = flow.logs().exchangesOrNull();
        if (exchanges != null) {
            while (told.exchange + 1 < exchanges.size() && exchanges.firstRow(told.exchange + 1) <= told.rows) {
                told.exchange++;
            }
        }
        tellAnswers(flow, told, times, told.exchange);
        tell(flow, told, times);
        told.rows++;
        told.bytes += row.length();
    }

    private void tell(final FlowBuilder flow, final Told told, final EventTimes times) {
        final AnswerLog answers = flow.logs().answersOrNull();
        final long latestNs = answers == null ? ExchangeLog.UNKNOWN : answers.latestNs();
        final StreamAssembler server = flow.server();
        final long gate = times.gate();
        long serverBytes = gate;
        long nextNs = -1;
        if (server != null && server.packets() > 0) {
            serverBytes = server.hasFin()
                    ? server.finPosition() - times.serverStart()
                    : Math.max(gate, server.endPosition() - times.serverStart());
            if (serverBytes > gate) {
                nextNs = server.latestHeldBefore(times.serverStart() + gate + 1, flow.startNs()) - flow.startNs();
            }
        }
        row.at(told.exchange, gate, times.delayNs(), times.sentNs())
                .server(serverBytes, sinceStart(latestNs, flow), nextNs);
        observer.onRow(flow.id(), row);
    }

    /** Tells of the answers before exchange {@code before} that are complete. */
    private void tellAnswers(final FlowBuilder flow, final Told told, final EventTimes times, final int before) {
        final ExchangeLog exchanges = flow.logs().exchangesOrNull();
        final AnswerLog answers = flow.logs().answersOrNull();
        if (exchanges == null || answers == null) {
            return;
        }
        final StreamAssembler server = flow.server();
        // A client that sends behind the server's FIN has acknowledged that too.
        final long most = server != null && server.hasFin() ? server.finPosition() : Long.MAX_VALUE;
        while (told.answers < before && answers.end() >= Math.min(most, exchanges.gate(told.answers + 1))) {
            final int exchange = told.answers++;
            final long from = Math.max(times.serverStart(), Math.min(most, exchanges.gate(exchange)));
            final long length = Math.min(most, exchanges.gate(exchange + 1)) - from;
            final byte[] head = exchanges.head(exchange);
            observer.onAnswer(
                    flow.id(),
                    exchange,
                    length,
                    sinceStart(exchanges.firstNs(exchange), flow),
                    sinceStart(exchanges.lastNs(exchange), flow),
                    answers.digestSoFar(exchange),
                    head.length <= length ? head : Arrays.copyOf(head, (int) length));
        }
    }

    private static long sinceStart(final long timeNs, final FlowBuilder flow) {
        return timeNs == ExchangeLog.UNKNOWN ? -1 : timeNs - flow.startNs();
    }

    private void tellClosing(final FlowBuilder flow, final Told told, final EventTimes times) {
        final ClosingLog closing = flow.logs().closingOrNull();
        final StreamAssembler client = flow.client();
        if (closing == null || client == null || !client.holdsNothing()) {
            return;
        }
        if (closing.hasFin() && !told.fin && client.gapBytes() == 0) {
            told.fin = true;
            row.closing(ClientEvents.FIN);
            tellClosing(flow, told, closing, times);
        }
        if (closing.hasReset() && !told.reset) {
            told.reset = true;
            row.closing(ClientEvents.RST);
            tellClosing(flow, told, closing, times);
        }
    }

    private void tellClosing(
            final FlowBuilder flow, final Told told, final ClosingLog closing, final EventTimes times) {
        final byte kind = row.kind();
        times.onRow(closing.gate(kind), closing.sentNs(kind), closing.serverNs(kind));
        tell(flow, told, times);
    }

    /** The flow is over. */
    void onEnded(final FlowRecord record) {
        flows.remove(record.id());
        observer.onEnded(record);
    }
}
