package io.tcpreplayj.flow.redact;

/** What stands in for bytes of a secret: as many, and such as the syntax around them allows. */
public enum Substitute {
    /** x for each byte but blanks and line ends. */
    TEXT,
    /** 1 for each digit: a number stays one, also where it must not begin with 0 (RFC 8259 6). */
    DIGITS,
    /** n for each byte: behind a backslash it is an escape, whatever stood there. */
    ESCAPE;

    /** Puts it in place; returns how many bytes it stands in for. */
    public int replace(final byte[] bytes, final int from, final int to) {
        int replaced = 0;
        for (int i = from; i < to; i++) {
            if (concerns(bytes[i])) {
                bytes[i] = (byte) (this == TEXT ? 'x' : this == DIGITS ? '1' : 'n');
                replaced++;
            }
        }
        return replaced;
    }

    private boolean concerns(final byte b) {
        return switch (this) {
            case TEXT -> b != ' ' && b != '\t' && b != '\r' && b != '\n';
            case DIGITS -> b >= '0' && b <= '9';
            case ESCAPE -> true;
        };
    }
}
