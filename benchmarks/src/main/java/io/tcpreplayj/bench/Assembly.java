package io.tcpreplayj.bench;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowAssembler.AssemblerOptions;
import io.tcpreplayj.flow.FlowSink;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.nio.ByteBuffer;

/** Packets to flows, as the index pass does it. */
final class Assembly implements PacketHandler {
    final FlowAssembler assembler;
    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private final PacketView view = new PacketView();

    Assembly(final FlowSink sink) {
        this(1, sink);
    }

    Assembly(final long firstId, final FlowSink sink) {
        assembler = new FlowAssembler(0, firstId, AssemblerOptions.DEFAULT, sink);
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        final Verdict verdict = decoder.decode(buffer, offset, caplen, origlen, linktype, view);
        if (verdict != Verdict.TCP) {
            throw new IllegalStateException("made-up traffic is " + verdict);
        }
        assembler.onSegment(view, captureTimeNs);
    }
}
