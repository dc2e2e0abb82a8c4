package io.tcpreplayj.flow;

/**
 * What the server of a UDP conversation sent, datagram by datagram, in the order of the capture. Columns, as in
 * {@link ClientEvents}.
 */
public final class ServerDatagrams {
    /** The most that an IP packet without RFC 2675 can carry, and a little. */
    public static final int MAX_LENGTH = 0xffff;

    private final int[] lengths;
    private final long[] timesNs;
    private final long[] digests;
    private final byte[][] heads;

    /**
     * The arrays are taken over, not copied; all have the same length.
     *
     * @param lengths payload bytes as the headers claim them
     * @param timesNs capture times, ns since the flow's start
     * @param digests CRC-32C of each payload, -1 when it is not whole or must not be told
     * @param heads the first bytes of each, as many as were asked for
     */
    public ServerDatagrams(final int[] lengths, final long[] timesNs, final long[] digests, final byte[][] heads) {
        this.lengths = lengths;
        this.timesNs = timesNs;
        this.digests = digests;
        this.heads = heads;
    }

    public int size() {
        return lengths.length;
    }

    public int length(final int datagram) {
        return lengths[datagram];
    }

    /** Capture time, ns since the flow's start. */
    public long timeNs(final int datagram) {
        return timesNs[datagram];
    }

    /** CRC-32C, or -1. */
    public long digest(final int datagram) {
        return digests[datagram];
    }

    /** Borrowed: must not be written to. */
    public byte[] head(final int datagram) {
        return heads[datagram];
    }
}
