package io.tcpreplayj.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;

/** What holds of every flow record and of all of them together. */
final class FlowChecks {
    private FlowChecks() {}

    static void check(final FlowRecord flow, final ByteBuffer clientBytes) {
        final ClientEvents events = flow.events();
        final String name = flow.id() + " " + flow.client() + " > " + flow.server();
        long bytes = 0;
        long gate = 0;
        for (int row = 0; row < events.size(); row++) {
            assertThat(events.gate(row)).as(name + " gate of row " + row).isGreaterThanOrEqualTo(gate);
            assertThat(events.delayNs(row)).as(name + " delay of row " + row).isNotNegative();
            assertThat(events.length(row) > 0)
                    .as(name + " row " + row)
                    .isEqualTo(events.kind(row) == ClientEvents.DATA);
            gate = events.gate(row);
            bytes += events.length(row);
        }
        assertThat(bytes).as(name + " bytes of the rows").isEqualTo(clientBytes.remaining());
        checkExchanges(flow, name);
    }

    private static void checkExchanges(final FlowRecord flow, final String name) {
        final Exchanges exchanges = flow.exchanges();
        int row = 0;
        long answered = 0;
        for (int i = 0; i < exchanges.size(); i++) {
            assertThat(exchanges.firstEvent(i))
                    .as(name + " first row of exchange " + i)
                    .isEqualTo(row);
            row += exchanges.eventCount(i);
            answered += exchanges.responseBytes(i);
            assertThat(exchanges.responseBytes(i)).as(name + " answer " + i).isNotNegative();
            assertThat((long) exchanges.head(i).length).isLessThanOrEqualTo(exchanges.responseBytes(i));
        }
        final StreamSummary server = flow.serverStream();
        if (server.packets() > 0) {
            assertThat(answered)
                    .as(name + " bytes of all answers")
                    .isLessThanOrEqualTo(server.bytes() + server.gapBytes() + server.unseenBytes());
        }
        for (int i = row; i < flow.events().size(); i++) {
            assertThat(flow.events().kind(i)).isNotEqualTo(ClientEvents.DATA);
        }
    }

    static void checkSums(final FlowCounters counters, final List<FlowRecord> flows) {
        long packets = 0;
        long bytes = 0;
        for (final FlowRecord flow : flows) {
            packets += flow.clientStream().packets() + flow.serverStream().packets();
            bytes += flow.clientStream().bytes() + flow.serverStream().bytes();
        }
        assertThat(packets + counters.get(FlowCounter.LATE_SEGMENTS)).isEqualTo(counters.get(FlowCounter.SEGMENTS));
        assertThat(bytes).isEqualTo(counters.get(FlowCounter.NEW_BYTES));
        assertThat(counters.get(FlowCounter.PAYLOAD_BYTES))
                .isEqualTo(counters.get(FlowCounter.NEW_BYTES)
                        + counters.get(FlowCounter.REPEATED_BYTES)
                        + counters.get(FlowCounter.RESET_BYTES)
                        + counters.get(FlowCounter.BELOW_START_BYTES));
        assertThat(counters.get(FlowCounter.FLOWS)).isEqualTo(flows.size());
        assertThat(counters.get(FlowCounter.FLOWS_REUSED)
                        + counters.get(FlowCounter.FLOWS_SETTLED)
                        + counters.get(FlowCounter.FLOWS_GIVEN_UP)
                        + counters.get(FlowCounter.FLOWS_FINISHED))
                .isEqualTo(flows.size());
    }
}
