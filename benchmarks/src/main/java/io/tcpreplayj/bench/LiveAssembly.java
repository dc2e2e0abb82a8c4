package io.tcpreplayj.bench;

import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowObserver;
import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.OpenFlow;
import io.tcpreplayj.packet.CopyFinder;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import java.nio.ByteBuffer;

/**
 * Packets to flows, as {@code live --target} does it: packets that were captured twice are looked for, ends of flows are noted,
 * and what clients do is handed over while their flows are open, through memory, as to another thread.
 */
final class LiveAssembly implements PacketHandler, FlowObserver {
    private final FlowAssembler assembler =
            new FlowAssembler(0, 1, AssemblerOptions.DEFAULT, (flow, clientBytes) -> {});
    private final Reassembler reassembler = new Reassembler();
    private final CopyFinder copies = new CopyFinder();
    private final PacketView view = new PacketView();
    private final ByteBuffer queue = ByteBuffer.allocateDirect(1 << 16);
    private final ClientRow read = new ClientRow();
    private long rows;

    LiveAssembly() {
        assembler.noteEnds();
        assembler.observe(this);
    }

    /** Client's segments that were handed over. */
    long rows() {
        return rows;
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        final Verdict verdict = reassembler.decode(buffer, offset, caplen, origlen, captureTimeNs, linktype, view);
        if (verdict != Verdict.TCP) {
            throw new IllegalStateException("made-up traffic is " + verdict);
        }
        copies.mark(view, captureTimeNs);
        assembler.onSegment(view, captureTimeNs);
    }

    @Override
    public boolean onOpened(final OpenFlow flow) {
        return true;
    }

    @Override
    public void onRow(final long flow, final ClientRow row) {
        row.write(queue, 0);
        read.read(queue, 0);
        rows++;
    }

    @Override
    public void onAnswer(
            final long flow,
            final int exchange,
            final long responseBytes,
            final long firstResponseNs,
            final long lastResponseNs,
            final long digest,
            final byte[] head) {}

    @Override
    public void onLost(final long flow, final FlowRecord.SkipReason reason) {}

    @Override
    public void onEnded(final FlowRecord flow) {}
}
