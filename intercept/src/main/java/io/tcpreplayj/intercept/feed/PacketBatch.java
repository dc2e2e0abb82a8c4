package io.tcpreplayj.intercept.feed;

import java.nio.ByteBuffer;

/** Packets that travel together, as the payload of {@link FrameType#PACKETS}. One thread; allocates nothing. */
final class PacketBatch {
    /** Takes a batch's packets one by one; what is borrowed is borrowed until it returns. */
    @FunctionalInterface
    interface Handler {
        /** An IP packet of {@code origlen} bytes, of which {@code caplen} are there. */
        void onPacket(
                ByteBuffer buffer, int offset, int caplen, int origlen, long captureTimeNs, boolean checksumKnown);
    }

    private static final int COUNT_OFFSET = 8;

    private final ByteBuffer payload = ByteBuffer.allocate(FeedFormat.MAX_PAYLOAD);
    private int count;

    PacketBatch() {
        clear();
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Whether a packet of which {@code caplen} bytes are kept still fits. */
    boolean hasRoom(final int caplen) {
        return count < FeedFormat.MAX_BATCH && payload.remaining() >= FeedFormat.PACKET_HEADER + caplen;
    }

    /** Adds a packet that {@link #hasRoom}. */
    void add(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final boolean checksumKnown) {
        payload.putLong(captureTimeNs)
                .putShort((short) caplen)
                .putShort((short) (checksumKnown ? FeedFormat.CHECKSUM_KNOWN : 0))
                .putInt(origlen);
        payload.put(payload.position(), buffer, offset, caplen).position(payload.position() + caplen);
        count++;
    }

    /** Closes the batch with its number; the payload stands from 0 to the position. */
    ByteBuffer seal(final long number) {
        return payload.putLong(0, number).putShort(COUNT_OFFSET, (short) count);
    }

    void clear() {
        payload.clear().position(FeedFormat.BATCH_HEADER);
        count = 0;
    }

    /** The number of a batch that has been {@link #check}ed or sealed. */
    static long number(final ByteBuffer batch, final int offset) {
        return batch.getLong(offset);
    }

    /** How many packets it has. */
    static int count(final ByteBuffer batch, final int offset) {
        return batch.getShort(offset + COUNT_OFFSET) & 0xffff;
    }

    /**
     * Looks at all lengths of a batch that came from outside, from position to limit.
     *
     * @throws FeedException when they do not fill it exactly
     */
    static void check(final ByteBuffer batch) throws FeedException {
        if (batch.remaining() < FeedFormat.BATCH_HEADER) {
            throw new FeedException("batch of " + batch.remaining() + " bytes");
        }
        final int packets = count(batch, batch.position());
        if (packets == 0 || packets > FeedFormat.MAX_BATCH || number(batch, batch.position()) < 1) {
            throw new FeedException("batch of " + packets + " packets");
        }
        int at = batch.position() + FeedFormat.BATCH_HEADER;
        for (int i = 0; i < packets; i++) {
            if (batch.limit() - at < FeedFormat.PACKET_HEADER) {
                throw new FeedException("a batch ends early");
            }
            final int caplen = caplen(batch, at);
            if (origlen(batch, at) < caplen || origlen(batch, at) > FeedFormat.MAX_PAYLOAD) {
                throw new FeedException("packet of " + origlen(batch, at) + " bytes, " + caplen + " of them there");
            }
            at += FeedFormat.PACKET_HEADER + caplen;
            if (at > batch.limit()) {
                throw new FeedException("a batch ends early");
            }
        }
        if (at != batch.limit()) {
            throw new FeedException(batch.limit() - at + " bytes too many in a batch");
        }
    }

    /** Hands over the packets of a checked batch that stands at {@code offset}. */
    static int forEach(final ByteBuffer batch, final int offset, final Handler handler) {
        final int packets = count(batch, offset);
        int at = offset + FeedFormat.BATCH_HEADER;
        for (int i = 0; i < packets; i++) {
            final int caplen = caplen(batch, at);
            final boolean checksumKnown = (batch.getShort(at + 10) & FeedFormat.CHECKSUM_KNOWN) != 0;
            handler.onPacket(
                    batch, at + FeedFormat.PACKET_HEADER, caplen, origlen(batch, at), batch.getLong(at), checksumKnown);
            at += FeedFormat.PACKET_HEADER + caplen;
        }
        return packets;
    }

    private static int caplen(final ByteBuffer batch, final int at) {
        return batch.getShort(at + 8) & 0xffff;
    }

    private static int origlen(final ByteBuffer batch, final int at) {
        return batch.getInt(at + 12);
    }
}
