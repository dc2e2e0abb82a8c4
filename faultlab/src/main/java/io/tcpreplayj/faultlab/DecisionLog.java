package io.tcpreplayj.faultlab;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What came to the bridge and what became of it, for the post-mortem: pcapng, one interface a direction, the fate of a frame
 * as its comment ({@code tshark -T fields -e frame.comment}). Frames are written as they came.
 */
final class DecisionLog implements AutoCloseable {
    private static final int SECTION_HEADER = 0x0a0d0d0a;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int ENHANCED_PACKET = 6;
    private static final int OPTION_COMMENT = 1;
    private static final int OPTION_NAME = 2;
    private static final int OPTION_TIME_RESOLUTION = 9;
    private static final int LINKTYPE_ETHERNET = 1;
    private static final byte NANOSECONDS = 9;

    private final OutputStream out;
    private final ByteBuffer block = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);

    DecisionLog(final Path file) throws IOException {
        out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
        begin(SECTION_HEADER);
        block.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1);
        end();
        for (final Way way : Way.values()) {
            begin(INTERFACE_DESCRIPTION);
            block.putShort((short) LINKTYPE_ETHERNET).putShort((short) 0).putInt(0);
            option(OPTION_NAME, way.name().getBytes(StandardCharsets.US_ASCII));
            option(OPTION_TIME_RESOLUTION, new byte[] {NANOSECONDS});
            block.putInt(0);
            end();
        }
    }

    void frame(final Way way, final long timeNs, final byte[] bytes, final int length, final String fate)
            throws IOException {
        begin(ENHANCED_PACKET);
        block.putInt(way.ordinal()).putInt((int) (timeNs >>> 32)).putInt((int) timeNs);
        block.putInt(length).putInt(length).put(bytes, 0, length);
        pad();
        if (!fate.isEmpty()) {
            option(OPTION_COMMENT, fate.getBytes(StandardCharsets.US_ASCII));
        }
        block.putInt(0);
        end();
    }

    private void begin(final int type) {
        block.clear().putInt(type).putInt(0);
    }

    private void option(final int code, final byte[] value) {
        block.putShort((short) code).putShort((short) value.length).put(value);
        pad();
    }

    private void pad() {
        while ((block.position() & 3) != 0) {
            block.put((byte) 0);
        }
    }

    private void end() throws IOException {
        final int total = block.position() + 4;
        block.putInt(total).putInt(4, total);
        out.write(block.array(), 0, total);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
