package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * An IPv6 header in place (RFC 8200 3), and the walk over its extension headers. Accessors check nothing: the caller
 * has compared lengths with what is there. Buffers are big-endian; {@code at} is the absolute index of the header's
 * first byte.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------+---------------+---------------------------------------+
 * |Version| Traffic Class |              Flow Label               |
 * +-------+---------------+-------+---------------+---------------+
 * |         Payload Length        |  Next Header  |   Hop Limit   |
 * +-------------------------------+---------------+---------------+
 * |                   Source Address (16 bytes)                   |
 * +---------------------------------------------------------------+
 * |                Destination Address (16 bytes)                 |
 * +---------------------------------------------------------------+
 * </pre>
 */
public final class Ipv6Header {
    public static final int VERSION_CLASS_FLOW_OFFSET = 0;
    public static final int PAYLOAD_LENGTH_OFFSET = 4;
    public static final int NEXT_HEADER_OFFSET = 6;
    public static final int HOP_LIMIT_OFFSET = 7;
    public static final int SOURCE_OFFSET = 8;
    public static final int DESTINATION_OFFSET = 24;

    /** Length of the fixed header. */
    public static final int LENGTH = 40;

    /** {@link #findUpperLayer}: an extension header runs past the packet, or there are too many. */
    static final int BAD_CHAIN = -1;

    /** More extension headers than this are an attack, not a packet. */
    private static final int MAX_EXTENSION_HEADERS = 8;

    static final int FRAGMENT_HEADER_LENGTH = 8;
    private static final int FRAGMENT_OFFSET_FIELD = 2;
    private static final int FRAGMENT_ID_FIELD = 4;

    /** Fragment Offset and the M flag of the Fragment header; both zero is an atomic fragment (RFC 6946). */
    private static final int FRAGMENT_OFFSET_AND_MORE = 0xfff9;

    private static final int FRAGMENT_OFFSET_MASK = 0xfff8;

    private Ipv6Header() {}

    public static int version(final ByteBuffer buffer, final int at) {
        return (buffer.get(at + VERSION_CLASS_FLOW_OFFSET) & 0xff) >>> 4;
    }

    /** Bytes after the fixed header; 0 in a jumbogram (RFC 2675), which is how Linux shows BIG TCP. */
    public static int payloadLength(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + PAYLOAD_LENGTH_OFFSET) & 0xffff;
    }

    /** DSCP (RFC 2474 3) and behind it the two bits of ECN (RFC 3168 5). */
    static int trafficClass(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + VERSION_CLASS_FLOW_OFFSET) >> 4 & 0xff;
    }

    static int hopLimit(final ByteBuffer buffer, final int at) {
        return buffer.get(at + HOP_LIMIT_OFFSET) & 0xff;
    }

    public static int nextHeader(final ByteBuffer buffer, final int at) {
        return buffer.get(at + NEXT_HEADER_OFFSET) & 0xff;
    }

    public static long sourceHigh(final ByteBuffer buffer, final int at) {
        return buffer.getLong(at + SOURCE_OFFSET);
    }

    public static long sourceLow(final ByteBuffer buffer, final int at) {
        return buffer.getLong(at + SOURCE_OFFSET + 8);
    }

    public static long destinationHigh(final ByteBuffer buffer, final int at) {
        return buffer.getLong(at + DESTINATION_OFFSET);
    }

    public static long destinationLow(final ByteBuffer buffer, final int at) {
        return buffer.getLong(at + DESTINATION_OFFSET + 8);
    }

    /**
     * Steps over the extension headers (RFC 8200 4).
     *
     * @param available bytes of the packet from {@code at} on that are both claimed and captured, at least
     *     {@link #LENGTH}
     * @return {@code headersLength << 8 | protocol} where {@code headersLength} counts from {@code at} and
     *     {@code protocol} is the first that is no extension header, or {@link IpProtocol#FRAGMENT} for the Fragment
     *     header of a piece of a larger datagram; or {@link #BAD_CHAIN}
     */
    static int findUpperLayer(final ByteBuffer buffer, final int at, final int available) {
        return findUpperLayer(buffer, at, LENGTH, nextHeader(buffer, at), available);
    }

    /**
     * The same from within a packet.
     *
     * @param from length of the headers before the first one that is looked at
     * @param first its protocol
     */
    static int findUpperLayer(
            final ByteBuffer buffer, final int at, final int from, final int first, final int available) {
        int protocol = first;
        int length = from;
        for (int i = 0; isExtension(protocol); i++) {
            if (i == MAX_EXTENSION_HEADERS || available - length < FRAGMENT_HEADER_LENGTH) {
                return BAD_CHAIN;
            }
            final int header = at + length;
            if (protocol == IpProtocol.FRAGMENT
                    && (buffer.getShort(header + FRAGMENT_OFFSET_FIELD) & FRAGMENT_OFFSET_AND_MORE) != 0) {
                break;
            }
            final int extensionLength = extensionLength(protocol, buffer.get(header + 1) & 0xff);
            protocol = buffer.get(header) & 0xff;
            length += extensionLength;
            if (length > available) {
                return BAD_CHAIN;
            }
        }
        return length << 8 | protocol;
    }

    /** Of a Fragment header: where its payload belongs in the datagram's, in bytes. */
    static int fragmentOffset(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + FRAGMENT_OFFSET_FIELD) & FRAGMENT_OFFSET_MASK;
    }

    static boolean hasMoreFragments(final ByteBuffer buffer, final int at) {
        return (buffer.getShort(at + FRAGMENT_OFFSET_FIELD) & 1) != 0;
    }

    static int fragmentId(final ByteBuffer buffer, final int at) {
        return buffer.getInt(at + FRAGMENT_ID_FIELD);
    }

    private static boolean isExtension(final int protocol) {
        return switch (protocol) {
            case IpProtocol.HOP_BY_HOP,
                    IpProtocol.ROUTING,
                    IpProtocol.FRAGMENT,
                    IpProtocol.AUTHENTICATION,
                    IpProtocol.DESTINATION_OPTIONS,
                    IpProtocol.MOBILITY -> true;
            default -> false;
        };
    }

    private static int extensionLength(final int protocol, final int lengthField) {
        return switch (protocol) {
            case IpProtocol.FRAGMENT -> FRAGMENT_HEADER_LENGTH;
            // RFC 4302 2.2: in 4-byte words, minus 2; every other header counts 8-byte words, minus 1.
            case IpProtocol.AUTHENTICATION -> (lengthField + 2) << 2;
            default -> (lengthField + 1) << 3;
        };
    }
}
