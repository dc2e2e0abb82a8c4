package io.tcpreplayj.cli.export;

import io.tcpreplayj.flow.FlowAssigner;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Verdict;
import io.tcpreplayj.pcap.CaptureReader;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads captures again and passes on the packets of the flows that are wanted, as they are. */
final class CaptureCopy implements PacketHandler {
    private static final int BATCH = 4096;

    private final FlowAssigner flows;
    private final PacketHandler out;
    private final Reassembler reassembler = new Reassembler();
    private final HeldFragments fragments = new HeldFragments();
    private final PacketView view = new PacketView();
    private final Runnable betweenBatches;
    private int reading;

    /** @param betweenBatches may throw to stop */
    CaptureCopy(final FlowAssigner flows, final PacketHandler out, final Runnable betweenBatches) {
        this.flows = flows;
        this.out = out;
        this.betweenBatches = betweenBatches;
    }

    /**
     * Reads to the end.
     *
     * @param number of the reading
     * @throws io.tcpreplayj.pcap.CaptureException when it is damaged; what came before was passed on
     */
    void copy(final CaptureReader reader, final int number) throws IOException {
        reading = number;
        while (reader.poll(this, BATCH) >= 0) {
            betweenBatches.run();
        }
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
        final long datagram = reassembler.datagram();
        if (verdict == Verdict.FRAGMENT) {
            fragments.hold(datagram, buffer, offset, caplen, origlen, captureTimeNs, linktype);
            return;
        }
        final boolean wanted = isWanted(verdict, captureTimeNs);
        if (datagram != 0) {
            fragments.release(datagram, wanted ? out : null);
        }
        if (wanted) {
            out.onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
        }
    }

    private boolean isWanted(final Verdict verdict, final long captureTimeNs) {
        final long flow = switch (verdict) {
            case TCP -> flows.flowOf(view, captureTimeNs, reading);
            case UDP -> flows.flowOfDatagram(view, captureTimeNs, reading);
            default -> FlowAssigner.NONE;
        };
        return flow != FlowAssigner.NONE;
    }
}
