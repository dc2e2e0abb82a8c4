package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Writes packets as classic pcap 2.4 in nanoseconds, big-endian, without an object per packet. */
public final class PcapWriter implements PacketHandler, AutoCloseable {
    private static final int BUFFER_LENGTH = 1 << 18;
    private static final long NS_PER_SECOND = 1_000_000_000L;

    /** Captures hold secrets: nobody but their owner reads them. */
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY = PosixFilePermissions.asFileAttribute(
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));

    private final FileChannel channel;
    private final ByteBuffer out;
    private final int linktype;

    private PcapWriter(final FileChannel channel, final int linktype) {
        this.channel = channel;
        this.linktype = linktype;
        this.out = ByteBuffer.allocateDirect(BUFFER_LENGTH);
        out.putInt(PcapReader.MAGIC_NANOSECONDS).putShort((short) 2).putShort((short) 4);
        out.putInt(0).putInt(0).putInt(WindowedReader.MAX_CAPLEN).putInt(linktype);
    }

    /** Creates {@code path} with mode 0600, or replaces what is there. All packets have the one {@code linktype}. */
    public static PcapWriter create(final Path path, final int linktype) throws IOException {
        final Set<StandardOpenOption> options =
                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        return new PcapWriter(FileChannel.open(path, options, OWNER_ONLY), linktype);
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
        room(PcapReader.RECORD_HEADER_LENGTH);
        out.putInt((int) Math.floorDiv(captureTimeNs, NS_PER_SECOND));
        out.putInt((int) Math.floorMod(captureTimeNs, NS_PER_SECOND));
        out.putInt(caplen).putInt(origlen);
        int done = 0;
        while (done < caplen) {
            room(1);
            final int part = Math.min(out.remaining(), caplen - done);
            out.put(out.position(), buffer, offset + done, part).position(out.position() + part);
            done += part;
        }
    }

    private void room(final int length) {
        if (out.remaining() < length) {
            try {
                flush();
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Hands what was written so far to the operating system. */
    public void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
        out.clear();
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            flush();
        }
    }
}
