package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** Writes packets as classic pcap 2.4 in nanoseconds, big-endian, without an object per packet. */
public final class PcapWriter implements PacketHandler, AutoCloseable {
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final PacketOutput out;
    private final int linktype;

    private PcapWriter(final PacketOutput out, final int linktype) {
        this.out = out;
        this.linktype = linktype;
        final ByteBuffer header = out.room(PcapReader.FILE_HEADER_LENGTH);
        header.putInt(PcapReader.MAGIC_NANOSECONDS).putShort((short) 2).putShort((short) 4);
        header.putInt(0).putInt(0).putInt(WindowedReader.MAX_CAPLEN).putInt(linktype);
    }

    /** Creates {@code path} with mode 0600, or replaces what is there. All packets have the one {@code linktype}. */
    public static PcapWriter create(final Path path, final int linktype) throws IOException {
        return new PcapWriter(PacketOutput.create(path), linktype);
    }

    /** Writes to a channel, which is closed with the writer. */
    public static PcapWriter to(final WritableByteChannel channel, final int linktype) {
        return new PcapWriter(new PacketOutput(channel), linktype);
    }

    /**
     * Appends one packet.
     *
     * @param captureTimeNs nanoseconds since the epoch; the format ends in 2106, other times are taken modulo 2^32 s
     * @throws IllegalArgumentException when {@code linktype} is not that of the file, or {@code caplen} is not within 0
     *     to 256 KiB
     * @throws UncheckedIOException when writing fails
     */
    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        if (linktype != this.linktype) {
            throw new IllegalArgumentException("link type " + linktype + " in a file of " + this.linktype);
        }
        if (caplen < 0 || caplen > WindowedReader.MAX_CAPLEN) {
            throw new IllegalArgumentException("caplen " + caplen);
        }
        final ByteBuffer header = out.room(PcapReader.RECORD_HEADER_LENGTH);
        header.putInt((int) Math.floorDiv(captureTimeNs, NS_PER_SECOND));
        header.putInt((int) Math.floorMod(captureTimeNs, NS_PER_SECOND));
        header.putInt(caplen).putInt(origlen);
        out.put(buffer, offset, caplen);
    }

    /** Hands what was written so far to the operating system. */
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
