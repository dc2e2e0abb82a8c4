package io.tcpreplayj.intercept.feed;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Writes frames to one connection. Several threads may: a frame is written whole. Allocates nothing. */
public final class FrameOutput {
    private final OutputStream out;
    private final byte[] frame;
    private final ByteBuffer header;
    private final CRC32C crc = new CRC32C();
    private long sequence;

    public FrameOutput(final OutputStream out) {
        this(out, FeedFormat.MAX_PAYLOAD);
    }

    /** @param maxPayload the longest that is written */
    public FrameOutput(final OutputStream out, final int maxPayload) {
        this.out = out;
        frame = new byte[FeedFormat.HEADER + maxPayload];
        header = ByteBuffer.wrap(frame);
    }

    /** Sends {@code length} bytes of {@code payload}, at most as many as there is room for, and does not wait for more. */
    public synchronized void write(final FrameType type, final byte[] payload, final int length) throws IOException {
        header.putShort(0, (short) FeedFormat.MAGIC)
                .put(2, (byte) FeedFormat.VERSION)
                .put(3, (byte) type.code())
                .putInt(4, length)
                .putLong(8, sequence);
        System.arraycopy(payload, 0, frame, FeedFormat.HEADER, length);
        crc.reset();
        crc.update(frame, 0, FeedFormat.CRC_OFFSET);
        crc.update(frame, FeedFormat.HEADER, length);
        header.putInt(FeedFormat.CRC_OFFSET, (int) crc.getValue());
        out.write(frame, 0, FeedFormat.HEADER + length);
        out.flush();
        sequence++;
    }

    /** Sends the bytes from 0 to the position of {@code payload}, which comes from {@link ByteBuffer#allocate}. */
    @SuppressWarnings("ByteBufferBackingArray")
    public void write(final FrameType type, final ByteBuffer payload) throws IOException {
        write(type, payload.array(), payload.position());
    }
}
