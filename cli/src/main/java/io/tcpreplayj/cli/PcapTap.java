package io.tcpreplayj.cli;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.linux.Link;
import io.tcpreplayj.linux.PacketFilter;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.live.BpfException;
import io.tcpreplayj.pcap.live.PcapCapture;
import java.io.IOException;

/** The answers of a target as libpcap sees them, each at once. */
final class PcapTap implements ResponseTap {
    private static final int BUFFER_BYTES = 64_000_000;

    private final PcapCapture capture;

    private PcapTap(final PcapCapture capture) {
        this.capture = capture;
    }

    /** @param outgoing also what this host sends by {@code link} */
    static PcapTap open(final Link link, final PacketFilter filter, final int snaplen, final boolean outgoing)
            throws IOException {
        try {
            return new PcapTap(PcapCapture.open(
                    link, new PcapCapture.Settings(linktype -> filter, snaplen, BUFFER_BYTES, true, false, !outgoing)));
        } catch (final BpfException e) {
            throw PacketSelection.refused(e);
        }
    }

    @Override
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        return capture.poll(handler, limit);
    }

    /** libpcap does not tell which checksums are not computed yet, so none can be believed to be wrong. */
    @Override
    public boolean checksumKnown() {
        return true;
    }

    @Override
    public int fd() {
        return capture.fds()[0];
    }

    @Override
    public long drops() {
        try {
            capture.count();
        } catch (final IOException e) {
            // The interface is gone: what was dropped before is still the answer.
            return capture.drops();
        }
        return capture.drops();
    }

    @Override
    public void close() {
        capture.close();
    }
}
