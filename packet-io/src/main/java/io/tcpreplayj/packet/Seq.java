package io.tcpreplayj.packet;

/** Serial arithmetic on 32-bit sequence numbers (RFC 9293 3.4): everything is modulo 2^32. */
public final class Seq {
    private Seq() {}

    /** Signed distance from {@code from} to {@code to}; right while the two are less than 2^31 apart. */
    public static int distance(final int from, final int to) {
        return to - from;
    }

    public static int plus(final int seq, final long bytes) {
        return (int) (seq + bytes);
    }

    public static boolean lt(final int a, final int b) {
        return a - b < 0;
    }

    public static boolean leq(final int a, final int b) {
        return a - b <= 0;
    }

    public static boolean gt(final int a, final int b) {
        return a - b > 0;
    }

    public static boolean geq(final int a, final int b) {
        return a - b >= 0;
    }

    /** Whether {@code first <= seq < first + size}. */
    public static boolean inWindow(final int seq, final int first, final int size) {
        return Integer.compareUnsigned(seq - first, size) < 0;
    }

    /**
     * The stream position nearest to {@code near} whose low 32 bits equal {@code seq - base}: how a sequence number
     * becomes a 64-bit offset in a stream longer than 4 GiB.
     */
    public static long unwrap(final int seq, final int base, final long near) {
        return near + (seq - base - (int) near);
    }
}
