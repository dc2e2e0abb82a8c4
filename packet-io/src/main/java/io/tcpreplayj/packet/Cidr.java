package io.tcpreplayj.packet;

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

    /**
     * Parses "10.0.0.0/8" or a bare address.
     *
     * @throws IllegalArgumentException when the text is neither an address nor a network
     */
    public static Cidr parse(final String text) {
        final int slash = text.indexOf('/');
        final IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
        final int bits = address.isV4() ? 32 : 128;
        return new Cidr(address, slash < 0 ? bits : prefix(text.substring(slash + 1), bits));
    }

    private static int prefix(final String digits, final int bits) {
        if (!digits.matches("\\d{1,3}") || Integer.parseInt(digits) > bits) {
            throw new IllegalArgumentException("a prefix length is 0 to " + bits + ", not " + digits);
        }
        return Integer.parseInt(digits);
    }

    /** The same network by its first address. */
    public Cidr canonical() {
        return new Cidr(new IpAddress(address.high() & highMask(), address.low() & lowMask()), prefixLength);
    }

    /** Of the 128 bits that hold an address of either family. */
    private int bits() {
        return address.isV4() ? prefixLength + 96 : prefixLength;
    }

    private long highMask() {
        return bits() == 0 ? 0 : -1L << Math.max(0, 64 - bits());
    }

    private long lowMask() {
        return bits() <= 64 ? 0 : -1L << (128 - bits());
    }

    public boolean contains(final IpAddress other) {
        return contains(other.high(), other.low());
    }

    /** Whether the address of these two halves, as {@link IpAddress} holds them, belongs to it. */
    public boolean contains(final long high, final long low) {
        if (IpAddress.isV4(high, low) != address.isV4()) {
            return false;
        }
        return ((address.high() ^ high) & highMask()) == 0 && ((address.low() ^ low) & lowMask()) == 0;
    }

    @Override
    public String toString() {
        return address + "/" + prefixLength;
    }
}
