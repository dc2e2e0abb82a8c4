package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * The Internet checksum (RFC 1071) over big-endian buffers. Sums are kept unfolded in a long, so parts of a packet can be
 * added in any order and folded once; a part of odd length must come last.
 */
public final class Checksums {
    private Checksums() {}

    /** Adds {@code length} bytes from {@code offset} to {@code sum}; an odd last byte counts as if a zero followed. */
    public static long add(final long sum, final ByteBuffer buffer, final int offset, final int length) {
        long total = sum;
        int at = offset;
        int left = length;
        // 2^16 = 1 modulo 2^16-1, so 32-bit words sum to the same as their halves; 2^31 of them fit a long.
        for (; left >= 4; left -= 4, at += 4) {
            total += buffer.getInt(at) & 0xffff_ffffL;
        }
        if (left >= 2) {
            total += buffer.getShort(at) & 0xffff;
            left -= 2;
            at += 2;
        }
        return left == 0 ? total : total + ((buffer.get(at) & 0xff) << 8);
    }

    /**
     * The sum of a pseudo header (RFC 9293 3.1, RFC 8200 8.1), IPv4 when both addresses are IPv4-mapped.
     *
     * @param length of the TCP header and payload, bytes
     */
    public static long pseudoHeader(
            final IpAddress source, final IpAddress destination, final int protocol, final int length) {
        return address(source.high(), source.low())
                + address(destination.high(), destination.low())
                + protocol
                + length;
    }

    /**
     * Whether the TCP checksum of {@code view} is right. Of a segment that the snaplen cut nothing can be said: it counts as
     * right.
     */
    public static boolean isRight(final PacketView view) {
        if (view.payloadCaplen < view.payloadLength) {
            return true;
        }
        final int length = TcpHeader.MIN_LENGTH + view.optionsLength + view.payloadLength;
        final long pseudo = address(view.sourceHigh, view.sourceLow)
                + address(view.destinationHigh, view.destinationLow)
                + IpProtocol.TCP
                + length;
        return finish(add(pseudo, view.buffer, view.optionsOffset - TcpHeader.MIN_LENGTH, length)) == 0;
    }

    /** The checksum field for {@code sum}: folded and complemented, 0 to 65535. */
    public static int finish(final long sum) {
        long folded = (sum & 0xffff_ffffL) + (sum >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (int) ~folded & 0xffff;
    }

    private static long address(final long high, final long low) {
        if (IpAddress.isV4(high, low)) {
            return low & 0xffff_ffffL;
        }
        return (high >>> 32) + (high & 0xffff_ffffL) + (low >>> 32) + (low & 0xffff_ffffL);
    }
}
