package io.tcpreplayj.packet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv4 or IPv6 address as two longs in network order. An IPv4 address a.b.c.d is held as ::ffff:a.b.c.d (RFC 4291
 * 2.5.5.2), so one pair of longs serves both families.
 *
 * @param high the first 8 bytes
 * @param low the last 8 bytes
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    /** The upper half of {@link #low} of every IPv4-mapped address. */
    public static final long V4_PREFIX = 0x0000_ffff_0000_0000L;

    public static IpAddress v4(final int address) {
        return new IpAddress(0, mapV4(address));
    }

    /** The {@link #low} half for an IPv4 address; the high half is 0. */
    public static long mapV4(final int address) {
        return V4_PREFIX | (address & 0xffff_ffffL);
    }

    public static boolean isV4(final long high, final long low) {
        return high == 0 && (low & 0xffff_ffff_0000_0000L) == V4_PREFIX;
    }

    public boolean isV4() {
        return isV4(high, low);
    }

    /** The IPv4 address in network order; meaningless unless {@link #isV4()}. */
    public int v4() {
        return (int) low;
    }

    /** Whether the IP header of this address's family that begins at {@code offset} names it as the destination. */
    public boolean isDestinationOf(final ByteBuffer packet, final int offset) {
        return isV4()
                ? packet.getInt(offset + 16) == v4()
                : packet.getLong(offset + 24) == high && packet.getLong(offset + 32) == low;
    }

    /**
     * Parses a literal address; never asks a name server.
     *
     * @throws IllegalArgumentException when {@code text} is not an address literal
     */
    public static IpAddress parse(final String text) {
        final boolean looksV6 = text.indexOf(':') >= 0;
        if (!looksV6 && !text.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            throw new IllegalArgumentException("not an IP address: " + text);
        }
        try {
            // A literal is parsed without a look-up (InetAddress.getByName).
            return of(InetAddress.getByName(text));
        } catch (final UnknownHostException e) {
            throw new IllegalArgumentException("not an IP address: " + text, e);
        }
    }

    public static IpAddress of(final InetAddress address) {
        return of(address.getAddress());
    }

    /** From 4 or 16 bytes in network order. */
    public static IpAddress of(final byte[] bytes) {
        if (bytes.length == 4) {
            return v4((int) big(bytes, 0, 4));
        }
        if (bytes.length == 16) {
            return new IpAddress(big(bytes, 0, 8), big(bytes, 8, 8));
        }
        throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
    }

    /** 4 bytes for IPv4, 16 for IPv6, in network order. */
    public byte[] toBytes() {
        final int length = isV4() ? 4 : 16;
        final byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            final int fromEnd = length - 1 - i;
            bytes[i] = (byte) (fromEnd < 8 ? low >>> (8 * fromEnd) : high >>> (8 * (fromEnd - 8)));
        }
        return bytes;
    }

    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(toBytes());
        } catch (final UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are always an address", e);
        }
    }

    private static long big(final byte[] bytes, final int from, final int count) {
        long value = 0;
        for (int i = from; i < from + count; i++) {
            value = value << 8 | (bytes[i] & 0xff);
        }
        return value;
    }

    @Override
    public int compareTo(final IpAddress other) {
        final int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** Dotted quad, or RFC 5952 text: lower case, the longest run of zero groups as "::". */
    @Override
    public String toString() {
        if (isV4()) {
            final int a = v4();
            return (a >>> 24) + "." + ((a >>> 16) & 0xff) + "." + ((a >>> 8) & 0xff) + "." + (a & 0xff);
        }
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int length = 0;
            while (i + length < 8 && group(i + length) == 0) {
                length++;
            }
            if (length > bestLength) {
                bestStart = i;
                bestLength = length;
            }
        }
        final StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (i > 0 && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            text.append(Integer.toHexString(group(i)));
        }
        return text.toString();
    }

    private int group(final int i) {
        final long half = i < 4 ? high : low;
        return (int) (half >>> (48 - 16 * (i & 3))) & 0xffff;
    }
}
