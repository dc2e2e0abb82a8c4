package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;

/** Segments to flows. A flow ends only when its tuple is used again by a SYN with another ISN, or at {@link #finish()}. */
public final class FlowAssembler {
    private final AssemblerOptions options;
    private final FlowSink sink;
    private final RecordBuilder records = new RecordBuilder();
    private final FlowTable table = new FlowTable();
    private final FlowKey key = new FlowKey();
    private final HeldPool pool = new HeldPool();
    private final FlowCounters counters = new FlowCounters();
    private int captureId;
    private long nextId;

    /**
     * @param captureId written into each record, up to the first call of {@link #onCapture}
     * @param firstId id of the first flow; the following ones count up
     * @param options what to keep
     * @param sink takes each finished flow
     */
    public FlowAssembler(final int captureId, final long firstId, final AssemblerOptions options, final FlowSink sink) {
        this.options = options;
        this.sink = sink;
        this.captureId = captureId;
        nextId = firstId;
    }

    /** One TCP segment; the view is borrowed. */
    public void onSegment(final PacketView view, final long captureTimeNs) {
        counters.add(FlowCounter.SEGMENTS, 1);
        key.set(view);
        final int slot = table.find(key);
        final FlowBuilder flow;
        if (slot < 0) {
            flow = begin(view, captureTimeNs);
            table.insert(-1 - slot, flow);
        } else if (table.get(slot).isEndedBy(view, key)) {
            counters.add(FlowCounter.FLOWS_REUSED, 1);
            end(table.get(slot));
            flow = begin(view, captureTimeNs);
            table.replace(slot, flow);
        } else {
            flow = table.get(slot);
        }
        flow.onSegment(view, key, captureTimeNs, pool, counters);
    }

    /** Flows whose first segment comes from now on began in this capture; those that are open go on. */
    public void onCapture(final int id) {
        captureId = id;
    }

    /** Ends all open flows, in order of their ids. */
    public void finish() {
        for (final FlowBuilder flow : table.drain()) {
            counters.add(FlowCounter.FLOWS_FINISHED, 1);
            end(flow);
        }
    }

    /** The id that the next new flow would get. */
    public long nextId() {
        return nextId;
    }

    /** What became of the segments so far; live. */
    public FlowCounters counters() {
        return counters;
    }

    private FlowBuilder begin(final PacketView view, final long captureTimeNs) {
        counters.add(FlowCounter.FLOWS, 1);
        final FlowBuilder flow = new FlowBuilder(nextId++, key, view.tunnel(), captureTimeNs, options);
        flow.beginsIn(captureId);
        return flow;
    }

    private void end(final FlowBuilder flow) {
        flow.finish(pool);
        records.emit(flow, sink);
    }

    /**
     * What to keep of each flow.
     *
     * @param sha256 also compute SHA-256 of both streams
     * @param headBytes how many bytes of each answer to keep (0 to 65536)
     */
    public record AssemblerOptions(boolean sha256, int headBytes) {
        public static final AssemblerOptions DEFAULT = new AssemblerOptions(false, 256);
    }
}
