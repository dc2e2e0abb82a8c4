package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * A TCP header in place (RFC 9293 3.1). Accessors check nothing: the caller has compared lengths with what is there.
 * Buffers are big-endian; {@code at} is the absolute index of the header's first byte.
 *
 * <pre>
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |          Source Port          |       Destination Port        |
 * +-------------------------------+-------------------------------+
 * |                        Sequence Number                        |
 * +---------------------------------------------------------------+
 * |                    Acknowledgment Number                      |
 * +-------+-------+---------------+-------------------------------+
 * |  DOff | Rsrvd | Control bits  |            Window             |
 * +-------+-------+---------------+-------------------------------+
 * |           Checksum            |         Urgent Pointer        |
 * +-------------------------------+-------------------------------+
 * </pre>
 */
public final class TcpHeader {
    public static final int SOURCE_PORT_OFFSET = 0;
    public static final int DESTINATION_PORT_OFFSET = 2;
    public static final int SEQ_OFFSET = 4;
    public static final int ACK_OFFSET = 8;

    /** The data offset is the upper half of this byte, in 4-byte words. */
    public static final int DATA_OFFSET_OFFSET = 12;

    public static final int FLAGS_OFFSET = 13;
    public static final int WINDOW_OFFSET = 14;
    public static final int CHECKSUM_OFFSET = 16;
    public static final int URGENT_POINTER_OFFSET = 18;
    public static final int OPTIONS_OFFSET = 20;

    /** Length of a header without options. */
    public static final int MIN_LENGTH = 20;

    /** Length of a header with all 40 bytes of options. */
    public static final int MAX_LENGTH = 60;

    private TcpHeader() {}

    public static int sourcePort(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + SOURCE_PORT_OFFSET) & 0xffff;
    }

    public static int destinationPort(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + DESTINATION_PORT_OFFSET) & 0xffff;
    }

    public static int seq(final ByteBuffer buffer, final int at) {
        return buffer.getInt(at + SEQ_OFFSET);
    }

    public static int ack(final ByteBuffer buffer, final int at) {
        return buffer.getInt(at + ACK_OFFSET);
    }

    /** Header length in bytes, 0 to 60; less than {@link #MIN_LENGTH} is a lie. */
    public static int headerLength(final ByteBuffer buffer, final int at) {
        return (buffer.get(at + DATA_OFFSET_OFFSET) & 0xf0) >>> 2;
    }

    /** The eight control bits, see {@link TcpFlags}. */
    public static int flags(final ByteBuffer buffer, final int at) {
        return buffer.get(at + FLAGS_OFFSET) & 0xff;
    }

    public static int window(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + WINDOW_OFFSET) & 0xffff;
    }

    static int checksum(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + CHECKSUM_OFFSET) & 0xffff;
    }

    public static int urgentPointer(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + URGENT_POINTER_OFFSET) & 0xffff;
    }
}
