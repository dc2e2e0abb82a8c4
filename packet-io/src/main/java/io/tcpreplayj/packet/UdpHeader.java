package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * The fixed header of RFC 768; {@code at} is where it begins in the buffer.
 *
 * <pre>
 * 0       2       4       6        8
 * +-------+-------+-------+--------+----------
 * |source |dest.  |length |checksum| payload ...
 * +-------+-------+-------+--------+----------
 * </pre>
 */
final class UdpHeader {
    static final int LENGTH = 8;

    private UdpHeader() {}

    static int sourcePort(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at) & 0xffff;
    }

    static int destinationPort(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + 2) & 0xffff;
    }

    /** Header and payload in bytes; 0 in a jumbogram (RFC 2675 4), whose IP header says it. */
    static int length(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + 4) & 0xffff;
    }

    static int checksum(final ByteBuffer buffer, final int at) {
        return buffer.getShort(at + 6) & 0xffff;
    }
}
