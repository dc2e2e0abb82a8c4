package io.tcpreplayj.intercept.feed;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames of one connection, whose other end is an enemy until proven otherwise: each field is checked before the next
 * byte is waited for, and no buffer is larger than what the peer has earned. One thread.
 */
public final class FrameInput {
    private final InputStream in;
    private final ByteBuffer header = ByteBuffer.allocate(FeedFormat.HEADER);
    private final CRC32C crc = new CRC32C();
    private byte[] payload;
    private ByteBuffer view;
    private long sequence;

    /** @param maxPayload the longest payload taken, until {@link #allow} */
    public FrameInput(final InputStream in, final int maxPayload) {
        this.in = in;
        this.payload = new byte[maxPayload];
        this.view = ByteBuffer.wrap(payload);
    }

    /** From now on a payload may be so long. */
    public void allow(final int maxPayload) {
        payload = new byte[maxPayload];
        view = ByteBuffer.wrap(payload);
    }

    /**
     * Waits for the next frame.
     *
     * @return its type, or null when the other end closed between two frames
     * @throws FeedException when it is no frame of this protocol
     */
    public @Nullable FrameType read() throws IOException {
        final int begun = in.readNBytes(header.array(), 0, FeedFormat.HEADER);
        if (begun == 0) {
            return null;
        }
        if (begun < FeedFormat.HEADER) {
            throw new EOFException("the connection ended within a frame");
        }
        final FrameType type = checkHeader();
        final int length = header.getInt(4);
        if (in.readNBytes(payload, 0, length) < length) {
            throw new EOFException("the connection ended within a frame");
        }
        crc.reset();
        crc.update(header.array(), 0, FeedFormat.CRC_OFFSET);
        crc.update(payload, 0, length);
        if ((int) crc.getValue() != header.getInt(FeedFormat.CRC_OFFSET)) {
            throw new FeedException("frame with a wrong checksum");
        }
        sequence++;
        view.clear().limit(length);
        return type;
    }

    private FrameType checkHeader() throws FeedException {
        if ((header.getShort(0) & 0xffff) != FeedFormat.MAGIC) {
            throw new FeedException("what came is no frame of tcpreplay-j's feed");
        }
        final int version = header.get(2) & 0xff;
        if (version != FeedFormat.VERSION) {
            throw new FeedException("the other end speaks version " + version + " of the feed, this one version "
                    + FeedFormat.VERSION + ": use the same tcpreplay-j on both");
        }
        final FrameType type = FrameType.of(header.get(3) & 0xff);
        final int length = header.getInt(4);
        if (length < 0 || length > payload.length) {
            throw new FeedException(
                    "frame of " + Integer.toUnsignedString(length) + " bytes, allowed are at most " + payload.length);
        }
        if (header.getLong(8) != sequence) {
            throw new FeedException("frame out of order");
        }
        return type;
    }

    /** What {@link #read} took last, from position to limit; borrowed until the next read. */
    public ByteBuffer payload() {
        return view;
    }
}
