package io.tcpreplayj.flow;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketDecoder;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.Verdict;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program of segments, 8 bytes each, that share few tuples: what {@link FlowAssemblerFuzz} and {@link SpillFuzz} run.
 *
 * <pre>
 *   0        1        2        4        6        7        8
 *   +--------+--------+--------+--------+--------+--------+
 *   | which  | flags  |seq u16 |ack u16 | length | shape  |      which: 1 from the server   6 tuple
 *   +--------+--------+--------+--------+--------+--------+             8, 16 seq, ack far   32 length * 16
 *                                                                       64 other content     128 time goes back
 *   shape: low 4 bits: sixteenths of the payload that the snaplen cut; the others: time step, options
 * </pre>
 *
 * The byte at sequence number n is n, unless the program says otherwise: then it shows whether bytes were put in order.
 */
final class SegmentProgram {
    private static final int STEP = 8;
    private static final int FROM_SERVER = 1;
    private static final int FAR_SEQ = 8;
    private static final int FAR_ACK = 16;
    private static final int LONG = 32;
    private static final int OTHER_CONTENT = 64;
    private static final int BACK = 128;

    private static final int[] CLIENT_ISN = {1_000, 0xffff_ff00, 0x7fff_ff00, 0};
    private static final int[] SERVER_ISN = {9_000, 0xffff_fff0, 0x8000_0000, 0};
    private static final int[] CLIENT_PORT = {40_000, 80, 50_000, 7};
    private static final int[] SERVER_PORT = {80, 80, 65_535, 7};

    private static final PacketDecoder DECODER = new PacketDecoder();
    private static final PacketView VIEW = new PacketView();
    private static final ByteBuffer PACKET = ByteBuffer.allocate(1 << 15);
    private static final byte[] CONTENT = content();

    private final ByteBuffer program;
    private long nowNs = 1_700_000_000_000_000_000L;
    private boolean ordered = true;

    SegmentProgram(final byte[] program) {
        this.program = ByteBuffer.wrap(program);
    }

    private static byte[] content() {
        final byte[] content = new byte[PACKET.capacity()];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) i;
        }
        return content;
    }

    /** The next segment, valid until the next call; null at the end. */
    @Nullable
    PacketView next() {
        if (program.remaining() < STEP) {
            return null;
        }
        final int which = program.get();
        final int flags = program.get();
        final int seq = program.getShort() & 0xffff;
        final int ack = program.getShort() & 0xffff;
        final int length = program.get() & 0xff;
        final int shape = program.get();
        nowNs += ((which & BACK) == 0 ? 1L : -1L) << ((shape & 0xf0) >> 3);
        ordered &= (which & OTHER_CONTENT) == 0;
        final int caplen = writePacket(which, flags, seq, ack, length, shape);
        if (DECODER.decode(PACKET, 0, caplen, PACKET.limit(), Linktype.RAW, VIEW) != Verdict.TCP) {
            throw new AssertionError("the program's packet is no segment");
        }
        return VIEW;
    }

    /** Capture time of the last segment. */
    long nowNs() {
        return nowNs;
    }

    /** So far each byte was the one of its sequence number. */
    boolean isOrdered() {
        return ordered;
    }

    /** Returns its caplen; the limit is its origlen. */
    private static int writePacket(
            final int which, final int flags, final int seq, final int ack, final int length, final int shape) {
        final boolean fromServer = (which & FROM_SERVER) != 0;
        final int tuple = (which & 6) >> 1;
        final int payload = (which & LONG) == 0 ? length : length << 4;
        final int options = (shape & 0x10) == 0 ? 0 : 8;
        final int header = (tuple == 2 ? 40 : 20) + 20 + options;
        final int from = fromServer ? SERVER_ISN[tuple] : CLIENT_ISN[tuple];
        final int to = fromServer ? CLIENT_ISN[tuple] : SERVER_ISN[tuple];
        final int segSeq = from + ((which & FAR_SEQ) == 0 ? seq : seq << 14);
        PACKET.clear();
        writeIp(tuple, fromServer, header + payload);
        PACKET.putShort((short) (fromServer ? SERVER_PORT : CLIENT_PORT)[tuple]);
        PACKET.putShort((short) (fromServer ? CLIENT_PORT : SERVER_PORT)[tuple]);
        PACKET.putInt(segSeq).putInt(to + ((which & FAR_ACK) == 0 ? ack : ack << 14));
        PACKET.put((byte) (5 + options / 4 << 4)).put((byte) flags);
        PACKET.putShort((short) 501).putShort((short) 0).putShort((short) (length / 2));
        if (options != 0) {
            PACKET.putInt(0x0204_05b4).putInt(0x0103_0307);
        }
        final int first = segSeq + ((flags & 2) == 0 ? 0 : 1) + ((which & OTHER_CONTENT) == 0 ? 0 : 100);
        PACKET.put(CONTENT, first & 0xff, payload);
        PACKET.flip();
        return header + payload - (payload * (shape & 15) >> 4);
    }

    private static void writeIp(final int tuple, final boolean fromServer, final int length) {
        if (tuple == 2) {
            PACKET.putInt(0x6000_0000).putShort((short) (length - 40)).put((byte) 6);
            PACKET.put((byte) 64).putLong(0x2001_0db8_0000_0000L).putLong(fromServer ? 2 : 1);
            PACKET.putLong(0x2001_0db8_0000_0000L).putLong(fromServer ? 1 : 2);
            return;
        }
        // The last tuple is an address that talks to itself.
        final int server = tuple == 3 ? 0x0a00_0001 : 0x0a00_0002;
        PACKET.putShort((short) 0x4500).putShort((short) length).putInt(0).putInt(0x4006_0000);
        PACKET.putInt(fromServer ? server : 0x0a00_0001).putInt(fromServer ? 0x0a00_0001 : server);
    }

    /** A whole conversation; one that begins in its middle; one with holes, copies and a reused tuple. */
    static List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        for (int tuple = 0; tuple < 8; tuple += 2) {
            seeds.add(new Program(tuple)
                    .client(2, 0, 0, 0)
                    .server(0x12, 0, 1, 0)
                    .client(0x10, 1, 1, 0)
                    .client(0x18, 1, 1, 40)
                    .server(0x10, 1, 41, 200)
                    .server(0x18, 201, 41, 100)
                    .client(0x18, 41, 301, 20)
                    .client(0x11, 61, 301, 0)
                    .server(0x11, 301, 62, 0)
                    .bytes());
            seeds.add(new Program(tuple)
                    .client(0x18, 100, 500, 30)
                    .server(0x18, 500, 130, 255)
                    .client(0x18, 160, 755, 30)
                    .client(0x18, 130, 755, 30)
                    .client(0x14, 190, 755, 0)
                    .bytes());
            seeds.add(new Program(tuple)
                    .client(2, 0, 0, 0)
                    .server(0x12, 0, 1, 0)
                    .client(0x38, 1, 1, 50)
                    .client(0x18, 1, 1, 60)
                    .client(0x18, 90, 1, 10)
                    .server(0x18, 20, 100, 10)
                    .client(2, 700, 0, 0)
                    .bytes());
        }
        return seeds;
    }

    private static final class Program {
        private final ByteBuffer steps = ByteBuffer.allocate(100);
        private final int tuple;

        Program(final int tuple) {
            this.tuple = tuple;
        }

        Program client(final int flags, final int seq, final int ack, final int length) {
            return step(tuple, flags, seq, ack, length);
        }

        Program server(final int flags, final int seq, final int ack, final int length) {
            return step(tuple | FROM_SERVER, flags, seq, ack, length);
        }

        private Program step(final int which, final int flags, final int seq, final int ack, final int length) {
            steps.put((byte) which).put((byte) flags).putShort((short) seq).putShort((short) ack);
            steps.put((byte) length).put((byte) 0x60);
            return this;
        }

        byte[] bytes() {
            return java.util.Arrays.copyOf(steps.array(), steps.position());
        }
    }
}
