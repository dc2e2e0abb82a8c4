package io.tcpreplayj.flow.redact;

/**
 * Where one chunk of an HTTP/1.1 body ends and the next one begins (RFC 9112 7.1), within a value: CR LF, the size in
 * hexadecimal, CR LF. The value goes on behind it, and a size must not be replaced.
 */
final class ChunkEdge {
    static final int STATE_LONGS = 3;

    private static final int MOST_HEX = 8;
    private static final int MOST_BYTES = MOST_HEX + 3;

    /** What became of an edge with the byte told last. */
    enum Progress {
        /** It may be one. */
        OPEN,
        /** It was one, with this byte. */
        PASSED,
        /** It was that of the last chunk, with this byte. */
        LAST,
        /** It was none; this byte does not belong to it. */
        NONE
    }

    /** Bytes behind the first CR. */
    private final byte[] bytes = new byte[MOST_BYTES];

    private int length;

    void begin() {
        length = 0;
    }

    /** Bytes since {@link #begin}: of what turned out to be no edge, or the last one. */
    int length() {
        return length;
    }

    byte at(final int index) {
        return bytes[index];
    }

    Progress onByte(final byte b) {
        final byte before = length == 0 ? (byte) '\r' : bytes[length - 1];
        final boolean fits = before == '\r'
                ? b == '\n'
                : (length <= MOST_HEX && NameFinder.isHexDigit(b)) || (length > 1 && b == '\r');
        if (!fits) {
            return Progress.NONE;
        }
        bytes[length++] = b;
        if (b != '\n' || length == 1) {
            return Progress.OPEN;
        }
        return isZero() ? Progress.LAST : Progress.PASSED;
    }

    private boolean isZero() {
        for (int i = 1; i < length - 2; i++) {
            if (bytes[i] != '0') {
                return false;
            }
        }
        return true;
    }

    int save(final long[] to, final int at) {
        to[at] = length;
        to[at + 1] = 0;
        to[at + 2] = 0;
        for (int i = 0; i < length; i++) {
            to[at + 1 + i / Long.BYTES] |= (bytes[i] & 0xffL) << (8 * (i % Long.BYTES));
        }
        return at + STATE_LONGS;
    }

    int restore(final long[] from, final int at) {
        length = (int) from[at];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (from[at + 1 + i / Long.BYTES] >> (8 * (i % Long.BYTES)));
        }
        return at + STATE_LONGS;
    }
}
