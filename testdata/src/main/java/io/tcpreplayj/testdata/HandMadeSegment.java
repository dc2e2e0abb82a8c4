package io.tcpreplayj.testdata;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * A TCP segment written and read by hand, so that tests of the packet paths need none of the code under test.
 *
 * @param flags as in the header's 14th byte
 */
public record HandMadeSegment(
        InetAddress source,
        int sourcePort,
        InetAddress destination,
        int destinationPort,
        int sequence,
        int acknowledgment,
        int flags,
        byte[] payload) {
    public static final int SYN = 2;
    public static final int RST = 4;
    public static final int ACK = 16;
    private static final int TCP = 6;
    private static final int TCP_HEADER = 20;
    private static final int IP4_HEADER = 20;
    private static final int IP6_HEADER = 40;

    /** A SYN without options. */
    public static HandMadeSegment syn(
            final InetAddress source, final int sourcePort, final InetAddress destination, final int destinationPort) {
        return new HandMadeSegment(source, sourcePort, destination, destinationPort, 1000, 0, SYN, new byte[0]);
    }

    /** Writes IP and TCP headers with right checksums at {@code offset}; returns the packet's length. */
    public int write(final ByteBuffer buffer, final int offset) {
        final boolean v4 = source.getAddress().length == 4;
        final int tcpLength = TCP_HEADER + payload.length;
        final int tcp = offset + (v4 ? IP4_HEADER : IP6_HEADER);
        if (v4) {
            buffer.putShort(offset, (short) 0x4500).putShort(offset + 2, (short) (IP4_HEADER + tcpLength));
            buffer.putInt(offset + 4, 0x4000).put(offset + 8, (byte) 64).put(offset + 9, (byte) TCP);
            buffer.putShort(offset + 10, (short) 0);
            buffer.put(offset + 12, source.getAddress()).put(offset + 16, destination.getAddress());
            buffer.putShort(offset + 10, (short) ~fold(sum(buffer, offset, IP4_HEADER)));
        } else {
            buffer.putInt(offset, 0x6000_0000).putShort(offset + 4, (short) tcpLength);
            buffer.put(offset + 6, (byte) TCP).put(offset + 7, (byte) 64);
            buffer.put(offset + 8, source.getAddress()).put(offset + 24, destination.getAddress());
        }
        buffer.putShort(tcp, (short) sourcePort).putShort(tcp + 2, (short) destinationPort);
        buffer.putInt(tcp + 4, sequence).putInt(tcp + 8, acknowledgment);
        buffer.put(tcp + 12, (byte) 0x50).put(tcp + 13, (byte) flags).putShort(tcp + 14, (short) 65535);
        buffer.putInt(tcp + 16, 0);
        buffer.put(tcp + TCP_HEADER, payload);
        buffer.putShort(tcp + 16, (short) ~fold(tcpSum(buffer, offset, tcp, tcpLength)));
        return tcp - offset + tcpLength;
    }

    /** Whether an IP packet of {@code length} bytes at {@code offset} carries TCP (headers without IP options only). */
    public static boolean isTcp(final ByteBuffer buffer, final int offset, final int length) {
        if (length < IP4_HEADER + TCP_HEADER) {
            return false;
        }
        final boolean v4 = (buffer.get(offset) & 0xff) == 0x45;
        return v4
                ? buffer.get(offset + 9) == TCP
                : buffer.get(offset) >> 4 == 6 && buffer.get(offset + 6) == TCP && length >= IP6_HEADER + TCP_HEADER;
    }

    /** Reads what {@link #isTcp} accepted. */
    public static HandMadeSegment read(final ByteBuffer buffer, final int offset) {
        final boolean v4 = buffer.get(offset) == 0x45;
        final int tcp = offset + (v4 ? IP4_HEADER : IP6_HEADER);
        final int end = offset
                + (v4
                        ? Short.toUnsignedInt(buffer.getShort(offset + 2))
                        : IP6_HEADER + Short.toUnsignedInt(buffer.getShort(offset + 4)));
        final int payloadAt = tcp + (buffer.get(tcp + 12) >> 4 & 0xf) * 4;
        final byte[] payload = new byte[end - payloadAt];
        buffer.get(payloadAt, payload);
        return new HandMadeSegment(
                address(buffer, offset + (v4 ? 12 : 8), v4),
                Short.toUnsignedInt(buffer.getShort(tcp)),
                address(buffer, offset + (v4 ? 16 : 24), v4),
                Short.toUnsignedInt(buffer.getShort(tcp + 2)),
                buffer.getInt(tcp + 4),
                buffer.getInt(tcp + 8),
                buffer.get(tcp + 13) & 0xff,
                payload);
    }

    /** Whether both checksums of the packet at {@code offset} are right. */
    public static boolean checksumsAreRight(final ByteBuffer buffer, final int offset) {
        final boolean v4 = buffer.get(offset) == 0x45;
        final int tcp = offset + (v4 ? IP4_HEADER : IP6_HEADER);
        final int tcpLength = v4
                ? Short.toUnsignedInt(buffer.getShort(offset + 2)) - IP4_HEADER
                : Short.toUnsignedInt(buffer.getShort(offset + 4));
        final boolean header = !v4 || fold(sum(buffer, offset, IP4_HEADER)) == 0xffff;
        return header && fold(tcpSum(buffer, offset, tcp, tcpLength)) == 0xffff;
    }

    private static long tcpSum(final ByteBuffer buffer, final int ip, final int tcp, final int tcpLength) {
        final int addresses = tcp - ip == IP4_HEADER ? 8 : 32;
        return sum(buffer, tcp - addresses, addresses) + TCP + tcpLength + sum(buffer, tcp, tcpLength);
    }

    private static long sum(final ByteBuffer buffer, final int from, final int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            final int b = buffer.get(from + i) & 0xff;
            sum += (i & 1) == 0 ? b << 8 : b;
        }
        return sum;
    }

    private static int fold(final long sum) {
        long folded = sum;
        while (folded >> 16 != 0) {
            folded = (folded & 0xffff) + (folded >> 16);
        }
        return (int) folded;
    }

    private static InetAddress address(final ByteBuffer buffer, final int at, final boolean v4) {
        final byte[] bytes = new byte[v4 ? 4 : 16];
        buffer.get(at, bytes);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (final UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
