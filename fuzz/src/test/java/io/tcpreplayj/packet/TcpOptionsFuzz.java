package io.tcpreplayj.packet;

import io.tcpreplayj.fuzz.Limits;
import io.tcpreplayj.fuzz.Seeds;
import java.nio.ByteBuffer;
import java.util.List;

/** Input: the options of a TCP header; more than its 40 bytes do no harm either. */
public final class TcpOptionsFuzz {
    private static final TcpOptions OPTIONS = new TcpOptions();

    private TcpOptionsFuzz() {}

    public static void fuzzerTestOneInput(final byte[] input) {
        Limits.run(input, bytes -> parse(ByteBuffer.wrap(bytes), 0, bytes.length));
    }

    static void parse(final ByteBuffer buffer, final int offset, final int length) {
        OPTIONS.parse(buffer, offset, length);
        final boolean known = OPTIONS.mss() >= -1
                && OPTIONS.mss() <= 0xffff
                && OPTIONS.windowShift() >= -1
                && OPTIONS.windowShift() <= TcpOptions.MAX_WINDOW_SHIFT;
        if (!known) {
            throw new AssertionError("MSS " + OPTIONS.mss() + ", window shift " + OPTIONS.windowShift());
        }
        final int blocks = OPTIONS.sackBlocks();
        if (blocks > 0 && (OPTIONS.sackOffset() < offset || OPTIONS.sackOffset() + 8 * blocks > offset + length)) {
            throw new AssertionError("SACK blocks outside of the options");
        }
    }

    public static List<byte[]> seeds() {
        return List.of(
                Seeds.hex("020405b4 0402 080a 00000001 00000000 01 030307"),
                Seeds.hex("0101 080a 00000001 00000002 0101 0512 00000001 00000002 00000003 00000004"),
                Seeds.hex("0101 050a 00000001 00000002 1e04 0000 fe04 f989 00"),
                Seeds.hex("1302 03030f 0201"));
    }
}
