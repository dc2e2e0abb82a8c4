package io.tcpreplayj.cli.export;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.pcap.PcapWriter;
import io.tcpreplayj.pcap.PcapngWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/** Writes packets in a format and counts them; the link type of a pcap is that of its first packet. */
public final class PacketSink implements PacketHandler, AutoCloseable {
    /** A pcap cannot hold the next packet: it is of another link type than those before. */
    public static final class SecondLinktype extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SecondLinktype(final int first, final int second) {
            super(Linktype.name(first) + " and " + Linktype.name(second));
        }
    }

    private final WritableByteChannel channel;
    private final @Nullable PcapngWriter pcapng;
    private @Nullable PcapWriter pcap;
    private int linktype;
    private long packets;

    public PacketSink(final WritableByteChannel channel, final PacketFormat format) {
        this.channel = channel;
        pcapng = format == PacketFormat.PCAPNG ? PcapngWriter.to(channel) : null;
    }

    /** @throws SecondLinktype when a pcap would need a second link type */
    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        packets++;
        if (pcapng != null) {
            pcapng.onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
            return;
        }
        if (pcap == null) {
            pcap = PcapWriter.to(channel, linktype);
            this.linktype = linktype;
        }
        if (linktype != this.linktype) {
            throw new SecondLinktype(this.linktype, linktype);
        }
        pcap.onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype);
    }

    /** Packets taken so far. */
    public long packets() {
        return packets;
    }

    /** Also a file without packets has a header. */
    @Override
    public void close() throws IOException {
        if (pcapng != null) {
            pcapng.close();
            return;
        }
        if (pcap == null) {
            pcap = PcapWriter.to(channel, Linktype.RAW);
        }
        pcap.close();
    }
}
