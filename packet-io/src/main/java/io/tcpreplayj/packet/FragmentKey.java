package io.tcpreplayj.packet;

/**
 * What fragments of one datagram have in common: addresses and identification (RFC 8200 4.5), in IPv4 also the protocol
 * (RFC 791 3.2), and the tunnel. One instance is reused; stored keys are rows of an array of longs.
 */
final class FragmentKey {
    static final int WORDS = 6;

    private static final int VERSION_SHIFT = 40;
    private static final int PROTOCOL_SHIFT = 32;
    /** In place of the first word: equal to no key. */
    private static final long NO_KEY = -1;

    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private long datagram;
    private long tunnel;

    void set(final PacketView view) {
        sourceHigh = view.sourceHigh;
        sourceLow = view.sourceLow;
        destinationHigh = view.destinationHigh;
        destinationLow = view.destinationLow;
        final long protocol = view.ipVersion == 4 ? view.fragmentProtocol : 0;
        datagram =
                (long) view.ipVersion << VERSION_SHIFT | protocol << PROTOCOL_SHIFT | (view.fragmentId & 0xffff_ffffL);
        tunnel = view.tunnel;
    }

    void store(final long[] rows, final int row) {
        final int at = row * WORDS;
        rows[at] = datagram;
        rows[at + 1] = sourceHigh;
        rows[at + 2] = sourceLow;
        rows[at + 3] = destinationHigh;
        rows[at + 4] = destinationLow;
        rows[at + 5] = tunnel;
    }

    /** From now on the row is equal to no key. */
    static void clear(final long[] rows, final int row) {
        rows[row * WORDS] = NO_KEY;
    }

    static boolean isIpv4(final long[] rows, final int row) {
        return rows[row * WORDS] >>> VERSION_SHIFT == 4;
    }

    boolean equals(final long[] rows, final int row) {
        final int at = row * WORDS;
        return rows[at] == datagram
                && rows[at + 1] == sourceHigh
                && rows[at + 2] == sourceLow
                && rows[at + 3] == destinationHigh
                && rows[at + 4] == destinationLow
                && rows[at + 5] == tunnel;
    }
}
