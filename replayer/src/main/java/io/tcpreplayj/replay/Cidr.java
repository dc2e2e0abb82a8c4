package io.tcpreplayj.replay;

import io.tcpreplayj.packet.IpAddress;

/**
 * A network: every address that shares the first {@code prefixLength} bits.
 *
 * @param address any address of the network
 * @param prefixLength 0 to 32 for IPv4, 0 to 128 for IPv6
 */
public record Cidr(IpAddress address, int prefixLength) {
    public Cidr {
        if (prefixLength < 0 || prefixLength > (address.isV4() ? 32 : 128)) {
            throw new IllegalArgumentException("prefix length " + prefixLength + " does not fit " + address);
        }
    }

    /** Parses "10.0.0.0/8" or a bare address. */
    public static Cidr parse(final String text) {
        final int slash = text.indexOf('/');
        final IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        final int all = address.isV4() ? 32 : 128;
        try {
            return new Cidr(address, slash < 0 ? all : Integer.parseInt(text.substring(slash + 1)));
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException("not a network: " + text, e);
        }
    }

    public boolean contains(final IpAddress other) {
        if (other.isV4() != address.isV4()) {
            return false;
        }
        final int bits = address.isV4() ? prefixLength + 96 : prefixLength;
        final long highMask = bits == 0 ? 0 : -1L << Math.max(0, 64 - bits);
        final long lowMask = bits <= 64 ? 0 : -1L << (128 - bits);
        return ((address.high() ^ other.high()) & highMask) == 0 && ((address.low() ^ other.low()) & lowMask) == 0;
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
