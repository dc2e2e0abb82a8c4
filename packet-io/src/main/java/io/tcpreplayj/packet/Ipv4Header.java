package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * An IPv4 header in place (RFC 791 3.1). Accessors check nothing: the caller has compared lengths with what is there.
 * Buffers are big-endian; {@code at} is the absolute index of the header's first byte.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+-------+---------------+-------------------------------+
 * |Version|  IHL  |   DSCP, ECN   |         Total Length          |
 * +-------+-------+---------------+-----+-------------------------+
 * |         Identification        |Flags|     Fragment Offset     |
 * +---------------+---------------+-----+-------------------------+
 * |  Time to Live |    Protocol   |        Header Checksum        |
 * +---------------+---------------+-------------------------------+
 * |                        Source Address                         |
 * +---------------------------------------------------------------+
 * |                      Destination Address                      |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class Ipv4Header {
    public static final int VERSION_IHL_OFFSET = 0;
    public static final int DSCP_ECN_OFFSET = 1;
    public static final int TOTAL_LENGTH_OFFSET = 2;
    public static final int IDENTIFICATION_OFFSET = 4;
    public static final int FLAGS_FRAGMENT_OFFSET = 6;
    public static final int TTL_OFFSET = 8;
    public static final int PROTOCOL_OFFSET = 9;
    public static final int CHECKSUM_OFFSET = 10;
    public static final int SOURCE_OFFSET = 12;
    public static final int DESTINATION_OFFSET = 16;

    /** Length of a header without options. */
    public static final int MIN_LENGTH = 20;

    /** Bits of the 16-bit field at {@link #FLAGS_FRAGMENT_OFFSET}. */
    public static final int DONT_FRAGMENT = 0x4000;

    public static final int MORE_FRAGMENTS = 0x2000;
    public static final int FRAGMENT_MASK = 0x1fff;

    private Ipv4Header() {}

    public static int version(final ByteBuffer buffer, final int at) {
        return (buffer.get(at + VERSION_IHL_OFFSET) & 0xff) >>> 4;
    }

    /** Header length in bytes, 0 to 60; less than {@link #MIN_LENGTH} is a lie. */
    public static int headerLength(final ByteBuffer buffer, final int at) {
        return (buffer.get(at + VERSION_IHL_OFFSET) & 0x0f) << 2;
    }

    /** Header and payload in bytes; 0 where the sender left segmentation to the card (TSO, BIG TCP). */
    public static int totalLength(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + TOTAL_LENGTH_OFFSET) & 0xffff;
    }

    /** Whether this is a piece of a datagram: more follow, or it is not the first. */
    public static boolean isFragment(final ByteBuffer buffer, final int at) {
        return (buffer.getShort(at + FLAGS_FRAGMENT_OFFSET) & (MORE_FRAGMENTS | FRAGMENT_MASK)) != 0;
    }

    /** Where a fragment's payload belongs in its datagram's, in bytes (RFC 791 3.1: the field counts 8). */
    static int fragmentOffset(final ByteBuffer buffer, final int at) {
        return (buffer.getShort(at + FLAGS_FRAGMENT_OFFSET) & FRAGMENT_MASK) << 3;
    }

    static boolean hasMoreFragments(final ByteBuffer buffer, final int at) {
        return (buffer.getShort(at + FLAGS_FRAGMENT_OFFSET) & MORE_FRAGMENTS) != 0;
    }

    static int identification(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + IDENTIFICATION_OFFSET) & 0xffff;
    }

    /** DSCP (RFC 2474 3) and behind it the two bits of ECN (RFC 3168 5). */
    static int trafficClass(final ByteBuffer buffer, final int at) {
        return buffer.get(at + DSCP_ECN_OFFSET) & 0xff;
    }

    static int timeToLive(final ByteBuffer buffer, final int at) {
        return buffer.get(at + TTL_OFFSET) & 0xff;
    }

    public static int protocol(final ByteBuffer buffer, final int at) {
        return buffer.get(at + PROTOCOL_OFFSET) & 0xff;
    }

    public static int source(final ByteBuffer buffer, final int at) {
        return buffer.getInt(at + SOURCE_OFFSET);
    }

    public static int destination(final ByteBuffer buffer, final int at) {
        return buffer.getInt(at + DESTINATION_OFFSET);
    }
}
