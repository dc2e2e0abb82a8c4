package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/** Turns a finished flow's logs into {@link ClientEvents}: positions to stream offsets, times to think times. */
final class EventsBuilder {
    private final EventTimes times;
    private final byte[] kinds;
    private final byte[] flags;
    private final int[] lengths;
    private final int[] urgents;
    private final long[] gates;
    private final long[] delaysNs;
    private final long[] sentNs;

    private EventsBuilder(final FlowBuilder flow, final int size) {
        times = new EventTimes(flow);
        kinds = new byte[size];
        flags = new byte[size];
        lengths = new int[size];
        urgents = new int[size];
        gates = new long[size];
        delaysNs = new long[size];
        sentNs = new long[size];
    }

    static ClientEvents build(final FlowBuilder flow) {
        final ClientLog log = flow.logs().clientOrNull();
        final ClosingLog closing = flow.logs().closingOrNull();
        final int dataRows = log == null ? 0 : log.size();
        final boolean fin = closing != null && closing.hasFin();
        final boolean reset = closing != null && closing.hasReset();
        final EventsBuilder events = new EventsBuilder(flow, dataRows + (fin ? 1 : 0) + (reset ? 1 : 0));
        if (log != null) {
            for (int row = 0; row < dataRows; row++) {
                events.onData(row, log);
            }
        }
        if (closing != null && fin) {
            events.onClosing(dataRows, ClientEvents.FIN, closing);
        }
        if (closing != null && reset) {
            events.onClosing(dataRows + (fin ? 1 : 0), ClientEvents.RST, closing);
        }
        return new ClientEvents(
                events.kinds,
                events.flags,
                events.lengths,
                events.urgents,
                events.gates,
                events.delaysNs,
                events.sentNs,
                log == null || log.holeCount() == 0 ? ClientEvents.NOTHING_MISSING : events.missing(log));
    }

    private long[] missing(final ClientLog log) {
        final long[] missing = new long[kinds.length];
        int row = 0;
        long offset = 0;
        for (int hole = 0; hole < log.holeCount(); hole++) {
            while (row < log.size() && offset < log.holeOffset(hole)) {
                offset += log.length(row++);
            }
            // What lies behind the last row and before no FIN is nowhere.
            if (row < missing.length) {
                missing[row] += log.holeBytes(hole);
            }
        }
        return missing;
    }

    private void onData(final int row, final ClientLog log) {
        final int control = log.control(row);
        kinds[row] = ClientEvents.DATA;
        flags[row] = EventTimes.flags(control);
        lengths[row] = log.length(row);
        urgents[row] = EventTimes.urgent(control);
        time(row, log.gate(row), log.sentNs(row), log.serverNs(row));
    }

    private void onClosing(final int row, final byte kind, final ClosingLog closing) {
        kinds[row] = kind;
        time(row, closing.gate(kind), closing.sentNs(kind), closing.serverNs(kind));
    }

    private void time(final int row, final long gatePosition, final long rowNs, final long serverNs) {
        times.onRow(gatePosition, rowNs, serverNs);
        gates[row] = times.gate();
        sentNs[row] = times.sentNs();
        delaysNs[row] = times.delayNs();
    }

    /** Offset of a gate in the server's stream, at least 0. */
    static long offset(final long gatePosition, final @Nullable StreamAssembler server) {
        if (gatePosition == StreamAssembler.NO_ACK) {
            return 0;
        }
        return Math.max(gatePosition - (server == null ? 0 : server.startPosition()), 0);
    }
}
