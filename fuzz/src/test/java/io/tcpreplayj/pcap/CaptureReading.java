package io.tcpreplayj.pcap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads one capture to its end and checks what it hands over. Everything is read twice, each time with other bytes in the
 * memory behind the capture: what differs was read from there.
 */
final class CaptureReading {
    /** Shared, because a megabyte of direct memory for each input would be all that is measured. */
    private static final ByteBuffer MEMORY = ByteBuffer.allocateDirect(ByteWindow.CAPACITY);

    private static final int DIRTY_BYTES = 4096;
    private static final byte[] DIRT = dirt((byte) 0x5a);
    private static final byte[] OTHER_DIRT = dirt((byte) 0xa5);
    private static final int LIMIT = 3;

    private final int captureLength;
    private final CRC32C seen = new CRC32C();
    private final ByteBuffer numbers = ByteBuffer.allocate(24);
    private CaptureReader reader;
    private long packets;
    private long positionBefore = -1;

    private CaptureReading(final byte[] capture) throws IOException {
        captureLength = capture.length;
        reader = open(capture);
    }

    private static byte[] dirt(final byte with) {
        final byte[] dirt = new byte[DIRTY_BYTES];
        Arrays.fill(dirt, with);
        return dirt;
    }

    static void check(final byte[] capture) throws IOException {
        final String once = read(capture, DIRT);
        final String again = read(capture, OTHER_DIRT);
        if (!once.equals(again)) {
            throw new AssertionError("read from behind the capture: " + once + ", then " + again);
        }
    }

    private static String read(final byte[] capture, final byte[] dirt) throws IOException {
        final int dirty = Math.min(MEMORY.capacity(), capture.length + DIRTY_BYTES);
        for (int at = 0; at < dirty; at += DIRTY_BYTES) {
            MEMORY.put(at, dirt, 0, Math.min(DIRTY_BYTES, dirty - at));
        }
        try {
            return new CaptureReading(capture).toEnd();
        } catch (final CaptureException e) {
            return e.getMessage() + e.hint();
        }
    }

    private static CaptureReader open(final byte[] capture) throws IOException {
        final ByteWindow window =
                new ByteWindow(new ChannelSource(Channels.newChannel(new ByteArrayInputStream(capture))), MEMORY);
        window.has(Integer.BYTES);
        return MEMORY.getInt(0) == PcapngReader.SECTION_HEADER
                ? new PcapngReader(window, "fuzzed")
                : new PcapReader(window, "fuzzed");
    }

    private String toEnd() throws IOException {
        String end = "";
        try {
            int count = 0;
            while (count >= 0) {
                count = reader.poll(this::onPacket, LIMIT);
                if (count == 0 || count > LIMIT) {
                    throw new AssertionError(count + " packets of at most " + LIMIT);
                }
            }
        } catch (final CaptureException e) {
            end = e.getMessage() + e.hint();
        }
        if (reader.packets() != packets || reader.position() > captureLength || reader.position() < positionBefore) {
            throw new AssertionError(reader.packets() + " packets up to byte " + reader.position());
        }
        reader.close();
        return packets + " packets, " + seen.getValue() + ' ' + end;
    }

    private void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        packets++;
        final boolean inside = caplen >= 0
                && caplen <= WindowedReader.MAX_CAPLEN
                && caplen <= captureLength
                && offset >= 0
                && offset + caplen <= buffer.limit()
                && origlen >= 0;
        if (!inside) {
            throw new AssertionError("caplen " + caplen + " at " + offset + ", origlen " + origlen);
        }
        if (reader.packets() != packets
                || reader.packetPosition() <= positionBefore
                || reader.packetPosition() + caplen > reader.position()) {
            throw new AssertionError("packet " + reader.packets() + " at byte " + reader.packetPosition());
        }
        positionBefore = reader.packetPosition();
        numbers.clear().putInt(caplen).putInt(origlen).putLong(captureTimeNs).putInt(linktype);
        seen.update(numbers.flip());
        seen.update(buffer.duplicate().limit(offset + caplen).position(offset));
    }
}
