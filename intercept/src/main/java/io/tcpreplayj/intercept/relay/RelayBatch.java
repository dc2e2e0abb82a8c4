package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;

/**
 * Captured packets on their way, some hundred at a time, written once and read where they lie. One thread.
 *
 * <pre>
 * number (8)  count (4), then each packet: captureTimeNs (8)  caplen (4)  origlen (4)  linktype (4)  bytes
 * </pre>
 */
final class RelayBatch {
    private final ByteBuffer bytes = ByteBuffer.allocate(RelayFormat.MAX_BATCH_BYTES);
    private int count;

    RelayBatch() {
        clear();
    }

    void clear() {
        bytes.clear().position(RelayFormat.BATCH_HEADER);
        count = 0;
    }

    int count() {
        return count;
    }

    boolean hasRoomFor(final int caplen) {
        return bytes.remaining() >= RelayFormat.PACKET_HEADER + caplen;
    }

    /** Appends a packet that {@link #hasRoomFor} said yes to. */
    void add(
            final ByteBuffer packet,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        bytes.putLong(captureTimeNs).putInt(caplen).putInt(origlen).putInt(linktype);
        bytes.put(bytes.position(), packet, offset, caplen).position(bytes.position() + caplen);
        count++;
    }

    /** The batch as {@code number}, from position to limit. */
    ByteBuffer finish(final long number) {
        bytes.putLong(0, number).putInt(Long.BYTES, count);
        return bytes.flip();
    }

    /** Of a batch whose bytes begin at {@code at}. */
    static long number(final ByteBuffer batch, final int at) {
        return batch.getLong(at);
    }

    static int count(final ByteBuffer batch) {
        return batch.getInt(batch.position() + Long.BYTES);
    }

    /**
     * Looks at all lengths of a batch that came from elsewhere, from position to limit.
     *
     * @throws FeedException when they do not fit
     */
    static void check(final ByteBuffer batch) throws FeedException {
        if (batch.remaining() < RelayFormat.BATCH_HEADER || number(batch, batch.position()) < 1) {
            throw new FeedException("a batch of " + batch.remaining() + " bytes");
        }
        int at = batch.position() + RelayFormat.BATCH_HEADER;
        for (int left = count(batch); left != 0; left--) {
            final int room = batch.limit() - at - RelayFormat.PACKET_HEADER;
            final int caplen = room < 0 ? -1 : batch.getInt(at + 8);
            if (caplen < 0 || caplen > room || batch.getInt(at + 12) < caplen) {
                throw new FeedException("a batch whose packets do not fit");
            }
            at += RelayFormat.PACKET_HEADER + caplen;
        }
        if (at != batch.limit()) {
            throw new FeedException(batch.limit() - at + " bytes too many in a batch");
        }
    }

    /**
     * Hands over the packet that begins at {@code at}, in a batch that {@link #check} found good.
     *
     * @return where the next one begins
     */
    static int handOver(final ByteBuffer batch, final int at, final PacketHandler handler) {
        final int caplen = batch.getInt(at + 8);
        final int bytes = at + RelayFormat.PACKET_HEADER;
        final int origlen = batch.getInt(at + 12);
        final int linktype = batch.getInt(at + 16);
        if ((linktype & RelayFormat.CUT) == 0) {
            handler.onPacket(batch, bytes, caplen, origlen, batch.getLong(at), linktype);
        } else {
            handler.onCut(batch, bytes, caplen, origlen, batch.getLong(at), linktype & ~RelayFormat.CUT);
        }
        return bytes + caplen;
    }
}
