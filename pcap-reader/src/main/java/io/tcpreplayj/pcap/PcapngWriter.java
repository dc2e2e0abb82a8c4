package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes packets of any link types as pcapng (draft-ietf-opsawg-pcapng), big-endian, in nanoseconds: one section, an
 * interface for each link type, described when its first packet comes, and an Enhanced Packet Block a packet.
 *
 * <pre>
 *   Section Header   0a0d0d0a | 28 | 1a2b3c4d | 1.0 | length unknown (-1)             | 28
 *   Interface        00000001 | 32 | linktype, 0 | snaplen | if_tsresol 9, opt_end    | 32
 *   Enhanced Packet  00000006 | n  | interface | time high, low | caplen | origlen | packet, padded to 4 | n
 * </pre>
 */
public final class PcapngWriter implements PacketHandler, AutoCloseable {
    private static final int SECTION_LENGTH = 28;
    private static final int INTERFACE_LENGTH = 32;
    private static final int PACKET_OVERHEAD = 32;
    private static final int PACKET_HEADER = 28;
    private static final int TRAILER = 7;
    private static final int NANOSECONDS = 9;

    private final PacketOutput out;
    private int[] linktypes = new int[4];
    private int interfaces;

    private PcapngWriter(final PacketOutput out) {
        this.out = out;
        final ByteBuffer header = out.room(SECTION_LENGTH);
        header.putInt(PcapngReader.SECTION_HEADER).putInt(SECTION_LENGTH);
        header.putInt(PcapngReader.BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0);
        header.putLong(-1).putInt(SECTION_LENGTH);
    }

    /** Creates {@code path} with mode 0600, or replaces what is there. */
    public static PcapngWriter create(final Path path) throws IOException {
        return new PcapngWriter(PacketOutput.create(path));
    }

    /** Writes to a channel, which is closed with the writer. */
    public static PcapngWriter to(final WritableByteChannel channel) {
        return new PcapngWriter(new PacketOutput(channel));
    }

    /**
     * Appends one packet.
     *
     * @param captureTimeNs nanoseconds since the epoch; the format counts them in 64 bits without a sign
     * @throws IllegalArgumentException when {@code caplen} is not within 0 to 256 KiB, or {@code linktype} not of 16 bits
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
        if (caplen < 0 || caplen > WindowedReader.MAX_CAPLEN) {
            throw new IllegalArgumentException("caplen " + caplen);
        }
        final int index = interfaceOf(linktype);
        final int padding = -caplen & 3;
        final int length = PACKET_OVERHEAD + caplen + padding;
        final ByteBuffer header = out.room(PACKET_HEADER);
        header.putInt(PcapngReader.ENHANCED_PACKET).putInt(length).putInt(index);
        header.putLong(captureTimeNs).putInt(caplen).putInt(origlen);
        out.put(buffer, offset, caplen);
        final ByteBuffer trailer = out.room(TRAILER);
        for (int i = 0; i < padding; i++) {
            trailer.put((byte) 0);
        }
        trailer.putInt(length);
    }

    private int interfaceOf(final int linktype) {
        for (int i = 0; i < interfaces; i++) {
            if (linktypes[i] == linktype) {
                return i;
            }
        }
        if (linktype < 0 || linktype > 0xffff) {
            throw new IllegalArgumentException("link type " + linktype);
        }
        if (interfaces == linktypes.length) {
            linktypes = Arrays.copyOf(linktypes, 2 * interfaces);
        }
        linktypes[interfaces] = linktype;
        final ByteBuffer block = out.room(INTERFACE_LENGTH);
        block.putInt(PcapngReader.INTERFACE_DESCRIPTION).putInt(INTERFACE_LENGTH);
        block.putShort((short) linktype).putShort((short) 0).putInt(WindowedReader.MAX_CAPLEN);
        block.putShort((short) PcapngReader.OPTION_TSRESOL).putShort((short) 1);
        block.put((byte) NANOSECONDS).put((byte) 0).putShort((short) 0);
        block.putInt(0).putInt(INTERFACE_LENGTH);
        return interfaces++;
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
