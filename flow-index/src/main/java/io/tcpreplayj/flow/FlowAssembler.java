package io.tcpreplayj.flow;

import io.tcpreplayj.packet.PacketView;

/** Segments to flows. A flow ends only when its tuple is used again by a SYN with another ISN, or at {@link #finish()}. */
public final class FlowAssembler {
    /**
     * @param captureId written into each record
     * @param firstId id of the first flow; the following ones count up
     * @param options what to keep
     * @param sink takes each finished flow
     */
    public FlowAssembler(final int captureId, final long firstId, final AssemblerOptions options, final FlowSink sink) {}

    /** One TCP segment; the view is borrowed. */
    public void onSegment(final PacketView view, final long captureTimeNs) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** Ends all open flows, in order of their ids. */
    public void finish() {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The id that the next new flow would get. */
    public long nextId() {
        throw new UnsupportedOperationException("not built yet");
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
