package io.tcpreplayj.cli;

import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Hands each packet that was selected to every line. What cannot be told yet, such as a fragment, goes along: who indexes it
 * looks again.
 */
final class ForwardTap implements PacketHandler {
    private final PacketSelection selection;
    private final List<ForwardLine> lines;
    private final Reassembler reassembler = new Reassembler();
    private final PacketView view = new PacketView();
    private long selected;
    private long filtered;

    ForwardTap(final PacketSelection selection, final List<ForwardLine> lines) {
        this.selection = selection;
        this.lines = lines;
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
        if (!selection.takes(buffer, offset, caplen, origlen, captureTimeNs, linktype)
                || ((verdict == Verdict.TCP || verdict == Verdict.UDP) && !selection.takes(view))) {
            filtered++;
            return;
        }
        selected++;
        for (int i = 0; i < lines.size(); i++) {
            final ForwardLine line = lines.get(i);
            if (line.takes(verdict, view, captureTimeNs)) {
                line.onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
            } else if (line.hasCut()) {
                line.onCut(buffer, offset, headers(buffer, offset, caplen), origlen, captureTimeNs, linktype);
            }
        }
    }

    /** So many bytes of a segment tell its flow: all of them where it was put together of pieces. */
    @SuppressWarnings("ReferenceEquality") // The same memory is meant, not the same bytes.
    private int headers(final ByteBuffer buffer, final int offset, final int caplen) {
        return view.buffer() == buffer ? view.payloadOffset() - offset : caplen;
    }

    /** Packets that are to be sent. */
    long selected() {
        return selected;
    }

    /** Packets that nobody asked for. */
    long filtered() {
        return filtered;
    }
}
