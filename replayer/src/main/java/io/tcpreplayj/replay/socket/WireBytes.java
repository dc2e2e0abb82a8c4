package io.tcpreplayj.replay.socket;

import io.tcpreplayj.replay.ByteLimit;

/**
 * What the kernel makes of a stream, as far as that can be known here: segments as Ethernet takes them, each with the headers
 * and timestamps that Linux sends, and an ACK for every second segment that comes. What it sends again is not known.
 */
final class WireBytes {
    private static final int IPV4_HEADERS = 52;
    private static final int IPV6_HEADERS = 72;
    private static final int SEGMENT_BYTES = 1448;
    /** So much of a second at the limit's rate is handed to the kernel at once, or one segment. */
    private static final int QUANTA_A_SECOND = 1_000;

    private static final int MOST_AT_ONCE = 64 * 1024;

    private WireBytes() {}

    /** Without payload. */
    static long ofPackets(final long count, final boolean v4) {
        return count * ByteLimit.packet(headers(v4));
    }

    static long ofPayload(final int bytes, final boolean v4) {
        final long whole = bytes / SEGMENT_BYTES * (long) (SEGMENT_BYTES + headers(v4));
        final int rest = bytes % SEGMENT_BYTES;
        return whole + (rest == 0 ? 0 : ByteLimit.packet(rest + headers(v4)));
    }

    /** What acknowledges so many bytes. */
    static long ofAcks(final int bytes, final boolean v4) {
        return ofPackets((segments(bytes) + 1) / 2, v4);
    }

    private static int headers(final boolean v4) {
        return v4 ? IPV4_HEADERS : IPV6_HEADERS;
    }

    private static long segments(final int bytes) {
        return (bytes + (long) SEGMENT_BYTES - 1) / SEGMENT_BYTES;
    }

    /** How many bytes of a stream may be written before the limit is asked again. */
    static long atOnce(final ByteLimit limit) {
        if (limit.isNone()) {
            return Integer.MAX_VALUE;
        }
        final long segments = limit.bitsPerSecond() / 8 / QUANTA_A_SECOND / SEGMENT_BYTES;
        return Math.max(1, Math.min(segments, MOST_AT_ONCE / SEGMENT_BYTES)) * SEGMENT_BYTES;
    }
}
