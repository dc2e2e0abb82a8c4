package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/** Takes one captured packet. The buffer is borrowed: it is valid during the call only. */
@FunctionalInterface
public interface PacketHandler {
    /**
     * One packet as it was captured.
     *
     * @param buffer holds the packet; absolute access only, byte order is big-endian
     * @param offset where the link-layer header begins in {@code buffer}
     * @param caplen bytes of the packet present in {@code buffer} (0 to 256 KiB)
     * @param origlen length of the packet on the wire, in bytes
     * @param captureTimeNs nanoseconds since the Unix epoch (UTC)
     * @param linktype LINKTYPE_ value, see {@link Linktype}
     */
    void onPacket(ByteBuffer buffer, int offset, int caplen, int origlen, long captureTimeNs, int linktype);

    /**
     * The packets that follow come from another one of several captures that are read as one.
     *
     * @param source counted from 0, which the first packet comes from when nothing else was said
     */
    default void onSource(final int source) {}

    /**
     * A packet that is not to be taken in: whoever captured it gave up its flow, which was open, with this one. What comes of it
     * is its headers; the rest is as in {@link #onPacket}.
     */
    default void onCut(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {}
}
