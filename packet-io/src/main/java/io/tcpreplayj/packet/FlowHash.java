package io.tcpreplayj.packet;

/**
 * A hash of a flow's addresses and ports, the same for both directions, and so plain that a classic BPF program can reckon it:
 * multiply and shift, with secret odd factors, so that no client can choose where it falls.
 *
 * <pre>
 * sum = (xor of all words of both addresses) * addressFactor + (xor of the ports) * portFactor
 * hash = ((sum ^ sum >>> 15) * mixFactor) >>> 16
 * </pre>
 *
 * @param addressFactor odd, as the others
 */
public record FlowHash(int addressFactor, int portFactor, int mixFactor) {
    /** Hashes are below it, and spread evenly. */
    public static final int RANGE = 1 << 16;

    /** By how much the sum's upper bits are brought down to its lower ones. */
    public static final int MIX_SHIFT = 15;

    /** What of the product is the hash: its upper bits, on which all lower ones have worked. */
    public static final int LAST_SHIFT = 16;

    /** One whose factors are taken from a secret. */
    public static FlowHash keyed(final long secret, final int more) {
        return new FlowHash((int) secret | 1, (int) (secret >>> 32) | 1, more | 1);
    }

    /**
     * The hash, 0 to {@link #RANGE} - 1.
     *
     * @param addresses both halves of both addresses of {@link PacketView}, xored: what IPv4 addresses have in front vanishes
     * @param ports both, xored
     */
    public int of(final long addresses, final int ports) {
        final int sum = (int) (addresses ^ addresses >>> 32) * addressFactor + ports * portFactor;
        return ((sum ^ sum >>> MIX_SHIFT) * mixFactor) >>> LAST_SHIFT;
    }
}
