package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/**
 * One direction of a flow, counted.
 *
 * @param packets every frame of this direction, copies included
 * @param duplicatePackets how many of them were copies: they took sequence numbers and brought none that was new, or equal
 *     the frame before in sequence number, acknowledgement, flags and window
 * @param bytes payload bytes of the stream: each sequence number once, as the IP headers claim them
 * @param gapBytes holes inside what was sent: after the SYN, between segments, before the FIN
 * @param unseenBytes bytes beyond the last payload seen that the other side acknowledged
 * @param capturedBytes as {@code bytes}, counting only what is in the capture; less when the snaplen cut packets
 * @param conflictBytes bytes that were sent again with other content; the first copy wins. Of the server's bytes, which
 *     are not kept, only those that came again before the client had acknowledged them
 * @param digest CRC-32C of the stream, or -1 when it is not whole
 * @param sha256 SHA-256 of the stream in lower-case hex when asked for and when it is whole, else null
 */
public record StreamSummary(
        long packets,
        long duplicatePackets,
        long bytes,
        long gapBytes,
        long unseenBytes,
        long capturedBytes,
        long conflictBytes,
        long digest,
        @Nullable String sha256) {

    /** Not a hole and not a cut anywhere: the digests mean something. */
    public boolean whole() {
        return gapBytes == 0 && bytes == capturedBytes;
    }
}
