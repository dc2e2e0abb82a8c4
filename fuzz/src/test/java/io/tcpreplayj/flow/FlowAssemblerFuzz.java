package io.tcpreplayj.flow;

import io.tcpreplayj.flow.db.StoredFlow;
import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.packet.PacketView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Input: a {@link SegmentProgram}. */
public final class FlowAssemblerFuzz {
    private final List<FlowRecord> flows = new ArrayList<>();
    private final FlowAssembler assembler =
            new FlowAssembler(0, 1, new FlowAssembler.AssemblerOptions(false, 64), this::onFlow);
    private boolean ordered;

    private FlowAssemblerFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> new FlowAssemblerFuzz().assemble(new SegmentProgram(bytes)));
    }

    private void assemble(final SegmentProgram program) {
        PacketView segment = program.next();
        while (segment != null) {
            ordered = program.isOrdered();
            assembler.onSegment(segment, program.nowNs());
            segment = program.next();
        }
        assembler.finish();
        checkSums();
    }

    private void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        flows.add(flow);
        if (flow.id() < 1 || flow.id() >= assembler.nextId()) {
            throw new AssertionError("id " + flow.id());
        }
        StoredFlow.check(flow, clientBytes.remaining());
        checkRows(flow, clientBytes);
        checkExchanges(flow);
        if (flow.replayable() && flow.clientStream().digest() < 0) {
            throw new AssertionError("replayable, but not whole: " + flow);
        }
    }

    private void checkRows(final FlowRecord flow, final ByteBuffer clientBytes) {
        final ClientEvents events = flow.events();
        int at = clientBytes.position();
        for (int row = 0; row < events.size(); row++) {
            final int length = events.length(row);
            if (length > 0 != (events.kind(row) == ClientEvents.DATA)) {
                throw new AssertionError("row " + row + " of kind " + events.kind(row) + " with " + length + " bytes");
            }
            if (ordered) {
                for (int i = at + 1; i < at + length; i++) {
                    check(clientBytes, i, "in row " + row);
                }
                if (row > 0 && length > 0 && flow.clientStream().digest() >= 0) {
                    check(clientBytes, at, "between rows, before " + row);
                }
            }
            at += length;
        }
        if (at != clientBytes.limit()) {
            throw new AssertionError("rows of " + at + " bytes for " + clientBytes.limit());
        }
    }

    private static void check(final ByteBuffer clientBytes, final int at, final String where) {
        if (clientBytes.get(at) != (byte) (clientBytes.get(at - 1) + 1)) {
            throw new AssertionError("byte " + at + " is not in its place, " + where);
        }
    }

    private static void checkExchanges(final FlowRecord flow) {
        final Exchanges exchanges = flow.exchanges();
        int row = 0;
        for (int i = 0; i < exchanges.size(); i++) {
            if (exchanges.firstEvent(i) != row || exchanges.head(i).length > exchanges.responseBytes(i)) {
                throw new AssertionError("exchange " + i + " from row " + exchanges.firstEvent(i) + ", head of "
                        + exchanges.head(i).length + " bytes of " + exchanges.responseBytes(i));
            }
            row += exchanges.eventCount(i);
        }
        for (; row < flow.events().size(); row++) {
            if (flow.events().kind(row) == ClientEvents.DATA) {
                throw new AssertionError("row " + row + " is in no exchange");
            }
        }
    }

    private void checkSums() {
        long packets = 0;
        long bytes = 0;
        for (final FlowRecord flow : flows) {
            packets += flow.clientStream().packets() + flow.serverStream().packets();
            bytes += flow.clientStream().bytes() + flow.serverStream().bytes();
        }
        final FlowCounters counters = assembler.counters();
        final long sum = counters.get(FlowCounter.NEW_BYTES)
                + counters.get(FlowCounter.REPEATED_BYTES)
                + counters.get(FlowCounter.RESET_BYTES)
                + counters.get(FlowCounter.BELOW_START_BYTES);
        final boolean addsUp = packets == counters.get(FlowCounter.SEGMENTS)
                && bytes == counters.get(FlowCounter.NEW_BYTES)
                && sum == counters.get(FlowCounter.PAYLOAD_BYTES)
                && flows.size() == counters.get(FlowCounter.FLOWS)
                && flows.size() == counters.get(FlowCounter.FLOWS_REUSED) + counters.get(FlowCounter.FLOWS_FINISHED);
        if (!addsUp) {
            throw new AssertionError("the sums differ: " + packets + " packets, " + bytes + " bytes, " + flows.size()
                    + " flows, " + sum + " of " + counters.get(FlowCounter.PAYLOAD_BYTES) + " payload bytes");
        }
    }

    public static List<byte[]> seeds() {
        return SegmentProgram.seeds();
    }
}
