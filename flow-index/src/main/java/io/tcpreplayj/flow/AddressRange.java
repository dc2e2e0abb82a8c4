package io.tcpreplayj.flow;

import io.tcpreplayj.packet.IpAddress;

/**
 * An address, or all that share its first bits ("10.0.0.0/8").
 *
 * @param prefixLength bits of the 128 that count; an IPv4 address is held as ::ffff:a.b.c.d
 */
record AddressRange(IpAddress address, int prefixLength) {
    private static final int V4_BITS = 32;
    private static final int V6_BITS = 128;

    /** @throws IllegalArgumentException when the text is neither an address nor a network */
    static AddressRange parse(final String text) {
        final int slash = text.indexOf('/');
        final IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        final int bits = address.isV4() ? V4_BITS : V6_BITS;
        final int length = slash < 0 ? bits : prefix(text.substring(slash + 1), bits);
        return new AddressRange(address, length + V6_BITS - bits);
    }

    private static int prefix(final String digits, final int bits) {
        if (!digits.matches("\\d{1,3}") || Integer.parseInt(digits) > bits) {
            throw new IllegalArgumentException("a prefix length is 0 to " + bits + ", not " + digits);
        }
        return Integer.parseInt(digits);
    }

    boolean contains(final IpAddress other) {
        if (other.isV4() != address.isV4()) {
            return false;
        }
        final long highMask = prefixLength == 0 ? 0 : -1L << Math.max(0, 64 - prefixLength);
        final long lowMask = prefixLength <= 64 ? 0 : -1L << (V6_BITS - prefixLength);
        return ((address.high() ^ other.high()) & highMask) == 0 && ((address.low() ^ other.low()) & lowMask) == 0;
    }
}
