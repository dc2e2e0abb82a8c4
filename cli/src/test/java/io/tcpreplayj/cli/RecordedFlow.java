package io.tcpreplayj.cli;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.db.FlowDb;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * All that a database says of one flow but its ids, as text for a comparison; and its times, which two sockets of one packet
 * read microseconds apart.
 */
record RecordedFlow(String text, List<Long> timesNs) {
    /** Every flow, in an order that does not depend on who saw it first. */
    static List<RecordedFlow> all(final Path database) throws IOException {
        final List<RecordedFlow> all = new ArrayList<>();
        try (FlowDb db = FlowDb.open(database)) {
            for (final FlowRecord flow : records(db)) {
                all.add(of(flow, db.clientBytes(flow.id())));
            }
        }
        all.sort(Comparator.comparing(RecordedFlow::text));
        return all;
    }

    private static List<FlowRecord> records(final FlowDb db) throws IOException {
        final List<FlowRecord> records = new ArrayList<>();
        db.forEach(records::add);
        return records;
    }

    private static RecordedFlow of(final FlowRecord flow, final ByteBuffer clientBytes) {
        final List<Long> times = new ArrayList<>(List.of(flow.startNs(), flow.endNs()));
        final StringBuilder text = new StringBuilder();
        text.append(flow.client()).append(' ').append(flow.server()).append(' ').append(flow.tunnel());
        text.append(' ').append(flow.clientStream()).append(' ').append(flow.serverStream());
        text.append(' ').append(flow.handshake()).append(' ').append(flow.close());
        text.append(' ')
                .append(flow.midstream())
                .append(' ')
                .append(flow.app())
                .append(' ')
                .append(flow.requests());
        text.append(' ').append(flow.skipReason()).append('\n');
        final byte[] bytes = new byte[clientBytes.remaining()];
        clientBytes.get(bytes);
        text.append(HexFormat.of().formatHex(bytes)).append('\n');
        final ClientEvents events = flow.events();
        for (int row = 0; row < events.size(); row++) {
            text.append(events.kind(row)).append(' ').append(events.flags(row)).append(' ');
            text.append(events.length(row))
                    .append(' ')
                    .append(events.urgent(row))
                    .append(' ');
            text.append(events.gate(row))
                    .append(' ')
                    .append(events.missingBefore(row))
                    .append('\n');
            times.add(events.delayNs(row));
            times.add(events.sentNs(row));
        }
        final Exchanges exchanges = flow.exchanges();
        for (int i = 0; i < exchanges.size(); i++) {
            text.append(exchanges.firstEvent(i))
                    .append(' ')
                    .append(exchanges.eventCount(i))
                    .append(' ');
            text.append(exchanges.requests(i))
                    .append(' ')
                    .append(exchanges.responseBytes(i))
                    .append(' ');
            text.append(exchanges.digest(i)).append(' ');
            text.append(HexFormat.of().formatHex(exchanges.head(i))).append('\n');
            times.add(exchanges.firstResponseNs(i));
            times.add(exchanges.lastResponseNs(i));
        }
        return new RecordedFlow(text.toString(), times);
    }

    /** The largest difference of two times that should be the same. */
    static long skewNs(final List<RecordedFlow> some, final List<RecordedFlow> others) {
        long most = 0;
        for (int i = 0; i < some.size(); i++) {
            for (int time = 0; time < some.get(i).timesNs.size(); time++) {
                most = Math.max(
                        most,
                        Math.abs(some.get(i).timesNs.get(time)
                                - others.get(i).timesNs.get(time)));
            }
        }
        return most;
    }
}
