package io.tcpreplayj.pcap;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Input: a pcapng capture behind its first block type, which is the same in both byte orders. */
public final class PcapngFuzz {
    private static final byte[] SECTION_HEADER = Seeds.hex("0a0d0d0a");
    private static final byte[] PACKET = Seeds.tcpOverIpv4();

    private PcapngFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> CaptureReading.check(Seeds.join(SECTION_HEADER, bytes)));
    }

    /** Every kind of block, in both byte orders, in one section and in two. */
    public static List<byte[]> seeds() {
        final byte[] big = section(ByteOrder.BIG_ENDIAN);
        final byte[] little = section(ByteOrder.LITTLE_ENDIAN);
        return List.of(
                behindType(big),
                behindType(little),
                behindType(Seeds.join(little, big)),
                behindType(Seeds.join(big, block(ByteOrder.BIG_ENDIAN, 0x0a, new byte[40]), little)));
    }

    private static byte[] behindType(final byte[] capture) {
        return java.util.Arrays.copyOfRange(capture, SECTION_HEADER.length, capture.length);
    }

    private static byte[] section(final ByteOrder order) {
        final ByteBuffer head = body(order, 16);
        head.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1);
        final ByteBuffer description = body(order, 28);
        description.putShort((short) 101).putShort((short) 0).putInt(0x10000);
        description.putShort((short) 9).putShort((short) 1).put(new byte[] {9, 0, 0, 0});
        description.putShort((short) 14).putShort((short) 8).putLong(3);
        final ByteBuffer enhanced = body(order, 20 + PACKET.length);
        enhanced.putInt(0).putInt(1).putInt(2).putInt(PACKET.length).putInt(PACKET.length);
        final ByteBuffer obsolete = body(order, 20 + PACKET.length);
        obsolete.putShort((short) 0).putShort((short) 0).putInt(1).putInt(3);
        obsolete.putInt(PACKET.length).putInt(PACKET.length);
        final ByteBuffer simple = body(order, 4 + PACKET.length).putInt(PACKET.length);
        final ByteBuffer statistics = body(order, 12);
        return Seeds.join(
                block(order, 0x0a0d0d0a, head.array()),
                block(order, 1, description.array()),
                block(order, 6, enhanced.put(PACKET).array()),
                block(order, 5, statistics.array()),
                block(order, 3, simple.put(PACKET).array()),
                block(order, 2, obsolete.put(PACKET).array()));
    }

    private static ByteBuffer body(final ByteOrder order, final int length) {
        return ByteBuffer.allocate((length + 3) & ~3).order(order);
    }

    private static byte[] block(final ByteOrder order, final int type, final byte[] body) {
        final ByteBuffer block = ByteBuffer.allocate(12 + body.length).order(order);
        block.putInt(type).putInt(12 + body.length).put(body).putInt(12 + body.length);
        return block.array();
    }
}
