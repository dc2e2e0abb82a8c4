package io.tcpreplayj.flow;

/**
 * CRC-32C of joined streams from those of their parts, without the bytes: arithmetic modulo the Castagnoli polynomial over
 * GF(2), bits reflected as RFC 3720 appendix B.4 has them.
 *
 * <p>With {@code n} bytes behind A, {@code crc(AB) = crc(A) * x^(8n) + crc(B)}.
 */
public final class Crc32cMath {
    /** x^32 + … + 1 without its highest term, reflected. */
    private static final int POLYNOMIAL = 0x82f6_3b78;

    /** The reflected 1: the highest bit is x^0. */
    private static final int ONE = 1 << 31;

    /** {@code SQUARES[k]} is x^(2^k). */
    private static final int[] SQUARES = squares();

    private static final int NIBBLE_VALUES = 16;
    private static final int NIBBLES = 8;

    /** Numbers in a table for {@link #fill}. */
    static final int TABLE_LENGTH = NIBBLES * NIBBLE_VALUES;

    private Crc32cMath() {}

    /** The CRC of A followed by B. */
    static long join(final long crcA, final long crcB, final long lengthB) {
        return (shift((int) crcA, lengthB) ^ (int) crcB) & 0xffff_ffffL;
    }

    /** The same by a table that was {@link #fill}ed for the length of B. */
    static long join(final long crcA, final long crcB, final int[] tables, final int at) {
        int crc = (int) crcA;
        int shifted = (int) crcB;
        for (int row = at; crc != 0; row += NIBBLE_VALUES, crc >>>= 4) {
            shifted ^= tables[row + (crc & 15)];
        }
        return shifted & 0xffff_ffffL;
    }

    /** What becomes of a difference of two CRCs when so many bytes follow that are the same in both. */
    public static long shift(final long crc, final long bytes) {
        return shift((int) crc, bytes) & 0xffff_ffffL;
    }

    /** Makes a table of the products of {@code x^(8 * bytes)} with all values of each four bits of a CRC. */
    static void fill(final int[] tables, final int at, final long bytes) {
        int product = shift(ONE, bytes);
        for (int bit = Integer.SIZE - 1; bit >= 0; bit--) {
            tables[at + bit / 4 * NIBBLE_VALUES + (1 << (bit % 4))] = product;
            product = product >>> 1 ^ (product & 1) * POLYNOMIAL;
        }
        for (int i = 0; i < TABLE_LENGTH; i++) {
            final int value = i % NIBBLE_VALUES;
            final int low = Integer.lowestOneBit(value);
            if (low != value || value == 0) {
                tables[at + i] = value == 0 ? 0 : tables[at + i - low] ^ tables[at + i - value + low];
            }
        }
    }

    /** {@code crc * x^(8 * bytes)}. */
    private static int shift(final int crc, final long bytes) {
        if (crc == 0) {
            return 0;
        }
        int result = crc;
        long bits = bytes << 3;
        for (int k = 0; bits != 0; k++, bits >>>= 1) {
            if ((bits & 1) != 0) {
                // The order of x modulo this polynomial divides 2^31 - 1, so the squares repeat after 31.
                result = multiply(SQUARES[k % 31], result);
            }
        }
        return result;
    }

    private static int multiply(final int a, final int b) {
        int product = 0;
        int factor = b;
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= factor;
            }
            factor = factor >>> 1 ^ (factor & 1) * POLYNOMIAL;
        }
        return product;
    }

    private static int[] squares() {
        final int[] squares = new int[31];
        squares[0] = ONE >>> 1;
        for (int k = 1; k < squares.length; k++) {
            squares[k] = multiply(squares[k - 1], squares[k - 1]);
        }
        return squares;
    }
}
