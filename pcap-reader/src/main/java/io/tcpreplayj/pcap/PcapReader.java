package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import io.tcpreplayj.packet.Words;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Classic pcap (draft-ietf-opsawg-pcap): a file header, then records. Both byte orders, microseconds and nanoseconds,
 * and Alexey Kuznetzov's variant with 8 more bytes in each record's header.
 *
 * <pre>
 * file header      magic u32 | major u16 | minor u16 | zone i32 | sigfigs u32 | snaplen u32 | linktype u32
 * record header    seconds u32 | fraction u32 | caplen u32 | origlen u32 [| ifindex u32 | protocol u16 | type u8 | pad]
 * </pre>
 */
final class PcapReader extends WindowedReader {
    static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
    static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
    static final int MAGIC_KUZNETZOV = 0xa1b2cd34;

    static final int FILE_HEADER_LENGTH = 24;
    static final int MAJOR_OFFSET = 4;
    static final int MINOR_OFFSET = 6;
    static final int SNAPLEN_OFFSET = 16;
    static final int LINKTYPE_OFFSET = 20;

    static final int SECONDS_OFFSET = 0;
    static final int FRACTION_OFFSET = 4;
    static final int CAPLEN_OFFSET = 8;
    static final int ORIGLEN_OFFSET = 12;
    static final int RECORD_HEADER_LENGTH = 16;
    private static final int KUZNETZOV_HEADER_LENGTH = 24;

    /** The upper bits of the link type tell the length of a frame check sequence. */
    private static final int LINKTYPE_MASK = 0x03ff_ffff;

    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final boolean littleEndian;
    private final int magic;
    private final int version;
    private final int recordHeaderLength;
    private final long nsPerFraction;
    private final int linktype;

    /** @throws CaptureException when the file header is cut short or of an unknown version */
    PcapReader(final ByteWindow window, final String name) throws IOException {
        super(window, name);
        if (!window.has(FILE_HEADER_LENGTH)) {
            throw cutShort("the file header");
        }
        final ByteBuffer buffer = window.buffer();
        final int at = window.begin();
        littleEndian = !isMagic(buffer.getInt(at));
        magic = i32(buffer, at);
        version = u16(buffer, at + MAJOR_OFFSET) << 16 | u16(buffer, at + MINOR_OFFSET);
        // libpcap's sf-pcap.c reads 2.0 to 2.4, and 543.0 of which it says "whatever that is".
        if ((version < 0x2_0000 || version > 0x2_0004) && version != 543 << 16) {
            throw damaged(
                    "pcap version " + (version >>> 16) + "." + (version & 0xffff) + " is not known",
                    "open and save it with a program that reads it, as pcap 2.4 or pcapng");
        }
        linktype = i32(buffer, at + LINKTYPE_OFFSET) & LINKTYPE_MASK;
        recordHeaderLength = magic == MAGIC_KUZNETZOV ? KUZNETZOV_HEADER_LENGTH : RECORD_HEADER_LENGTH;
        nsPerFraction = magic == MAGIC_NANOSECONDS ? 1 : 1000;
        window.advance(FILE_HEADER_LENGTH);
    }

    /** Whether {@code word}, as it stands in a big-endian file, begins a classic pcap file. */
    static boolean isMagic(final int word) {
        return word == MAGIC_MICROSECONDS || word == MAGIC_NANOSECONDS || word == MAGIC_KUZNETZOV;
    }

    @Override
    boolean next(final PacketHandler handler) throws IOException {
        if (!window.has(recordHeaderLength)) {
            if (window.available() == 0) {
                return false;
            }
            throw cutShort("a record header");
        }
        ByteBuffer buffer = window.buffer();
        int at = window.begin();
        final long lengths = two32(buffer, at + CAPLEN_OFFSET);
        int caplen = (int) (lengths >>> 32);
        int origlen = (int) lengths;
        if (hasSwappedLengths(caplen, origlen)) {
            final int swap = caplen;
            caplen = origlen;
            origlen = swap;
        }
        if (Integer.compareUnsigned(caplen, MAX_CAPLEN) > 0) {
            throw damaged(
                    "a record claims " + Integer.toUnsignedString(caplen) + " bytes, more than any packet has,",
                    "the file is damaged from here on; copy it again");
        }
        if (caplen == 0 && startsAnotherFile(buffer, at)) {
            throw damaged("another capture begins", "captures are not joined by cat: use mergecap -a, or name each");
        }
        if (!window.has(recordHeaderLength + caplen)) {
            throw cutShort("a record of " + (recordHeaderLength + caplen) + " bytes");
        }
        // The packet's bytes may have come with another fill, which moves the header.
        buffer = window.buffer();
        at = window.begin();
        final long time = two32(buffer, at + SECONDS_OFFSET);
        final long seconds = time >>> 32;
        // A fraction out of range counts as it stands, like in libpcap.
        final long fraction = time & 0xffff_ffffL;
        deliver(
                handler,
                recordHeaderLength,
                recordHeaderLength + caplen,
                caplen,
                clamp(origlen),
                seconds * NS_PER_SECOND + fraction * nsPerFraction,
                linktype);
        return true;
    }

    /** libpcap's sf-pcap.c: before 2.3 the two lengths stood the other way round, in 2.3 in some files. */
    private boolean hasSwappedLengths(final int caplen, final int origlen) {
        if (version >= 0x2_0004 && version < 543 << 16) {
            return false;
        }
        return version != 0x2_0003 || Integer.compareUnsigned(caplen, origlen) > 0;
    }

    /** Joined by cat, a second file's header reads like an empty packet at a time made of the magic and version. */
    private boolean startsAnotherFile(final ByteBuffer buffer, final int at) {
        return i32(buffer, at) == magic
                && (u16(buffer, at + MAJOR_OFFSET) << 16 | u16(buffer, at + MINOR_OFFSET)) == version;
    }

    static int clamp(final int origlen) {
        return origlen < 0 ? Integer.MAX_VALUE : origlen;
    }

    /** Two numbers that stand side by side, the first one in the upper half. */
    private long two32(final ByteBuffer buffer, final int at) {
        // Reversed as a whole they change places, too.
        return littleEndian ? Long.rotateLeft(Words.littleI64(buffer, at), 32) : Words.i64(buffer, at);
    }

    private int i32(final ByteBuffer buffer, final int at) {
        final int value = buffer.getInt(at);
        return littleEndian ? Integer.reverseBytes(value) : value;
    }

    private int u16(final ByteBuffer buffer, final int at) {
        final short value = buffer.getShort(at);
        return (littleEndian ? Short.reverseBytes(value) : value) & 0xffff;
    }

    @Override
    public int secretBlocks() {
        return 0;
    }

    @Override
    public String format() {
        return "pcap";
    }
}
