package io.tcpreplayj.pcap;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * pcapng (draft-ietf-opsawg-pcapng): blocks, each framed by its length in front and behind. Sections may change the
 * byte order and start their interfaces anew; blocks that carry no packet are stepped over.
 *
 * <pre>
 * block     type u32 | total length u32 | body | total length u32
 * SHB       ... byte-order magic u32 | major u16 | minor u16 | section length i64 | options
 * IDB       ... linktype u16 | reserved u16 | snaplen u32 | options
 * EPB       ... interface u32 | ticks high u32 | ticks low u32 | caplen u32 | origlen u32 | packet | options
 * PB        as EPB, but interface u16 | drops u16
 * SPB       ... origlen u32 | packet
 * </pre>
 */
final class PcapngReader extends WindowedReader {
    static final int SECTION_HEADER = 0x0a0d_0d0a;
    static final int INTERFACE_DESCRIPTION = 1;
    static final int OBSOLETE_PACKET = 2;
    static final int SIMPLE_PACKET = 3;
    static final int ENHANCED_PACKET = 6;

    /** Decryption Secrets Block: TLS, SSH or WireGuard keys. */
    private static final int DECRYPTION_SECRETS = 10;

    static final int BYTE_ORDER_MAGIC = 0x1a2b_3c4d;

    static final int OPTION_TSRESOL = 9;
    static final int OPTION_TSOFFSET = 14;

    private static final int LENGTH_OFFSET = 4;
    private static final int BODY_OFFSET = 8;
    private static final int TRAILER_LENGTH = 4;
    private static final int MIN_BLOCK_LENGTH = 12;
    private static final int SECTION_MIN_LENGTH = 28;
    private static final int INTERFACE_OPTIONS_OFFSET = 16;
    private static final int TICKS_HIGH_OFFSET = 12;
    private static final int TICKS_LOW_OFFSET = 16;
    private static final int CAPLEN_OFFSET = 20;
    private static final int ORIGLEN_OFFSET = 24;
    private static final int PACKET_OFFSET = 28;
    private static final int SIMPLE_PACKET_OFFSET = 12;
    private static final int OPTION_HEADER_LENGTH = 4;

    /** More in one section is damage or an attack on our memory. */
    private static final int MAX_INTERFACES = 1 << 16;

    private static final String COPY_AGAIN = "the file is damaged from here on; copy it again";

    private final List<PcapngInterface> interfaces = new ArrayList<>();
    private boolean littleEndian;
    private long lastTimeNs;
    private int secretBlocks;
    /** The block that is being stepped over; more of it may have to come first. */
    private long skippedFrom;

    private long skippedLength;

    PcapngReader(final ByteWindow window, final String name) {
        super(window, name);
    }

    @Override
    boolean next(final PacketHandler handler) throws IOException {
        boolean delivered = false;
        while (!delivered) {
            if (skippedLength > 0) {
                skipOn();
            }
            if (!window.has(BODY_OFFSET)) {
                if (window.available() == 0) {
                    return false;
                }
                throw cutShort("a block header");
            }
            final int type = i32(0);
            if (type == SECTION_HEADER) {
                readByteOrder();
            }
            final long length = blockLength();
            delivered = dispatch(handler, type, length);
        }
        return true;
    }

    /** The length in front of a block, once it is believable. */
    private long blockLength() throws CaptureException {
        final long length = u32(LENGTH_OFFSET);
        if (length < MIN_BLOCK_LENGTH || (length & 3) != 0) {
            throw damaged("a block claims the impossible length " + length, COPY_AGAIN);
        }
        return length;
    }

    /** Consumes one block; true when it was a packet. */
    private boolean dispatch(final PacketHandler handler, final int type, final long length) throws IOException {
        switch (type) {
            case SECTION_HEADER -> {
                wholeBlock(length, SECTION_MIN_LENGTH);
                beginSection();
                window.advance((int) length);
            }
            case INTERFACE_DESCRIPTION -> {
                wholeBlock(length, INTERFACE_OPTIONS_OFFSET + TRAILER_LENGTH);
                addInterface((int) length);
                window.advance((int) length);
            }
            case ENHANCED_PACKET -> {
                wholeBlock(length, PACKET_OFFSET + TRAILER_LENGTH);
                deliverPacket(handler, u32(BODY_OFFSET), (int) length);
                return true;
            }
            case OBSOLETE_PACKET -> {
                wholeBlock(length, PACKET_OFFSET + TRAILER_LENGTH);
                deliverPacket(handler, u16(BODY_OFFSET), (int) length);
                return true;
            }
            case SIMPLE_PACKET -> {
                wholeBlock(length, SIMPLE_PACKET_OFFSET + TRAILER_LENGTH);
                deliverSimplePacket(handler, (int) length);
                return true;
            }
            case DECRYPTION_SECRETS -> {
                secretBlocks++;
                skipBlock(length);
            }
            default -> skipBlock(length);
        }
        return false;
    }

    /** Makes the block available as a whole and compares the length behind it with the one in front. */
    private void wholeBlock(final long length, final int minLength) throws IOException {
        if (length < minLength || length > ByteWindow.CAPACITY) {
            throw damaged("a block claims the impossible length " + length, COPY_AGAIN);
        }
        if (!window.has((int) length)) {
            throw cutShort("a block of " + length + " bytes");
        }
        final long behind = u32((int) length - TRAILER_LENGTH);
        if (behind != length) {
            throw damaged("a block's lengths differ, " + length + " in front and " + behind + " behind,", COPY_AGAIN);
        }
    }

    private void skipBlock(final long length) throws IOException {
        skippedFrom = window.offset();
        skippedLength = length;
        skipOn();
    }

    private void skipOn() throws IOException {
        final long length = skippedLength;
        if (!window.skip(skippedFrom + length - TRAILER_LENGTH - window.offset()) || !window.has(TRAILER_LENGTH)) {
            throw cutShort("a block of " + length + " bytes that begins at byte " + skippedFrom + " and");
        }
        final long behind = u32(0);
        if (behind != length) {
            throw damaged("a block's lengths differ, " + length + " in front and " + behind + " behind,", COPY_AGAIN);
        }
        window.advance(TRAILER_LENGTH);
        skippedLength = 0;
    }

    private void readByteOrder() throws IOException {
        if (!window.has(BODY_OFFSET + Integer.BYTES)) {
            throw cutShort("a section header");
        }
        final int magic = window.buffer().getInt(window.begin() + BODY_OFFSET);
        if (magic != BYTE_ORDER_MAGIC && magic != Integer.reverseBytes(BYTE_ORDER_MAGIC)) {
            throw damaged("a section header without byte-order magic", COPY_AGAIN);
        }
        littleEndian = magic != BYTE_ORDER_MAGIC;
    }

    private void beginSection() throws CaptureException {
        final int major = u16(BODY_OFFSET + 4);
        if (major != 1) {
            throw damaged(
                    "pcapng version " + major + " is not known",
                    "open and save it with a program that reads it, as pcapng 1.0");
        }
        interfaces.clear();
    }

    private void addInterface(final int length) throws CaptureException {
        if (interfaces.size() == MAX_INTERFACES) {
            throw damaged("more than " + MAX_INTERFACES + " interfaces", COPY_AGAIN);
        }
        int tsresol = PcapngInterface.DEFAULT_TSRESOL;
        long tsoffset = 0;
        final int end = length - TRAILER_LENGTH;
        int at = INTERFACE_OPTIONS_OFFSET;
        while (end - at >= OPTION_HEADER_LENGTH && u16(at) != 0) {
            final int code = u16(at);
            final int optionLength = u16(at + 2);
            at += OPTION_HEADER_LENGTH;
            if (optionLength > end - at) {
                throw damaged("an interface block whose options run past its end", COPY_AGAIN);
            }
            if (code == OPTION_TSRESOL && optionLength >= 1) {
                tsresol = window.buffer().get(window.begin() + at) & 0xff;
            } else if (code == OPTION_TSOFFSET && optionLength >= 8) {
                tsoffset = i64(at);
            }
            at += (optionLength + 3) & ~3;
        }
        interfaces.add(new PcapngInterface(u16(BODY_OFFSET), u32(BODY_OFFSET + 4), tsresol, tsoffset));
    }

    private void deliverPacket(final PacketHandler handler, final long interfaceId, final int length)
            throws CaptureException {
        final PcapngInterface from = interfaceOf(interfaceId);
        final long caplen = u32(CAPLEN_OFFSET);
        checkCaplen(caplen, length - PACKET_OFFSET - TRAILER_LENGTH);
        lastTimeNs = from.toNs(u32(TICKS_HIGH_OFFSET) << 32 | u32(TICKS_LOW_OFFSET));
        final int origlen = PcapReader.clamp(i32(ORIGLEN_OFFSET));
        deliver(handler, PACKET_OFFSET, length, (int) caplen, origlen, lastTimeNs, from.linktype());
    }

    private void deliverSimplePacket(final PacketHandler handler, final int length) throws CaptureException {
        final PcapngInterface from = interfaceOf(0);
        final int room = length - SIMPLE_PACKET_OFFSET - TRAILER_LENGTH;
        final long origlen = u32(BODY_OFFSET);
        final long snaplen = from.snaplen() == 0 ? origlen : from.snaplen();
        final long caplen = Math.min(room, Math.min(origlen, snaplen));
        checkCaplen(caplen, room);
        // It carries no time; that of the packet before keeps time from jumping back to 1970.
        deliver(
                handler,
                SIMPLE_PACKET_OFFSET,
                length,
                (int) caplen,
                PcapReader.clamp(i32(BODY_OFFSET)),
                lastTimeNs,
                from.linktype());
    }

    private void checkCaplen(final long caplen, final int room) throws CaptureException {
        if (caplen > room || caplen > MAX_CAPLEN) {
            throw damaged("a block with room for " + room + " bytes claims a packet of " + caplen, COPY_AGAIN);
        }
    }

    private PcapngInterface interfaceOf(final long id) throws CaptureException {
        if (id >= interfaces.size()) {
            throw damaged("a packet of interface " + id + ", which the section does not describe,", COPY_AGAIN);
        }
        return interfaces.get((int) id);
    }

    /** The accessors count from the window's first byte, where the block begins. */
    private int i32(final int at) {
        final int value = window.buffer().getInt(window.begin() + at);
        return littleEndian ? Integer.reverseBytes(value) : value;
    }

    private long u32(final int at) {
        return i32(at) & 0xffff_ffffL;
    }

    private int u16(final int at) {
        final short value = window.buffer().getShort(window.begin() + at);
        return (littleEndian ? Short.reverseBytes(value) : value) & 0xffff;
    }

    private long i64(final int at) {
        final long value = window.buffer().getLong(window.begin() + at);
        return littleEndian ? Long.reverseBytes(value) : value;
    }

    @Override
    public int secretBlocks() {
        return secretBlocks;
    }

    @Override
    public String format() {
        return "pcapng";
    }
}
