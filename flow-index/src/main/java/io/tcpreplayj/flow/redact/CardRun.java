package io.tcpreplayj.flow.redact;

/**
 * Numbers of payment cards (ISO/IEC 7812-1) in a run of groups of digits: 13 to 19 digits that begin and end with a group,
 * do not begin with 0 and whose last one is the check digit of the others. Between two groups stands one blank, dash or
 * plus (a blank in a form), or {@code %20}.
 */
final class CardRun {
    private static final int LEAST = 13;
    private static final int MOST = 19;
    private static final int SEPARATOR_BYTES = 3;

    /** Bytes of the longest number. */
    static final int MOST_BYTES = MOST + (MOST - 1) * SEPARATOR_BYTES;

    static final int STATE_LONGS = MOST + 2;

    /** What the byte before was: a digit, a separator or anything else, or the first two of an escape (RFC 3986 2.1). */
    private static final int DIGIT = 0;

    private static final int SEPARATOR = 1;
    private static final int PERCENT = 2;
    private static final int PERCENT_AND_HEX = 3;
    private static final int PERCENT_AND_2 = 4;

    /** The latest digits: position << 5 | begins a group << 4 | digit. */
    private final long[] digits = new long[MOST];

    private int size;
    private int last = SEPARATOR;

    /** Whether a number or an escape goes on: then the next byte must be told. */
    boolean isOpen() {
        return size > 0 || last != SEPARATOR;
    }

    void reset() {
        size = 0;
        last = SEPARATOR;
    }

    /** Takes the next byte; returns how many numbers ended before it. */
    int onByte(final int b, final long position, final SecretSink sink) {
        if (last >= PERCENT) {
            if (NameFinder.isHexDigit(b)) {
                onEscaped(b);
                return 0;
            }
            reset();
        }
        if (NameFinder.isDigit(b)) {
            add(b - '0', position);
            return 0;
        }
        final boolean endsGroup = size > 0 && last == DIGIT;
        final int found = endsGroup ? endGroup(sink) : 0;
        if (!endsGroup) {
            size = 0;
        }
        if (b == '%') {
            last = PERCENT;
        } else if (endsGroup && (b == ' ' || b == '-' || b == '+')) {
            last = SEPARATOR;
        } else {
            reset();
        }
        return found;
    }

    /** The digits of an escape are none of a number; that of a blank parts two groups. */
    private void onEscaped(final int hex) {
        if (last == PERCENT) {
            last = hex == '2' ? PERCENT_AND_2 : PERCENT_AND_HEX;
            return;
        }
        size = last == PERCENT_AND_2 && hex == '0' ? size : 0;
        last = SEPARATOR;
    }

    /** The stream ends here. */
    int finish(final SecretSink sink) {
        final int found = size > 0 && last == DIGIT ? endGroup(sink) : 0;
        reset();
        return found;
    }

    private void add(final int digit, final long position) {
        if (size == MOST) {
            System.arraycopy(digits, 1, digits, 0, MOST - 1);
            size--;
        }
        digits[size++] = position << 5 | (last == SEPARATOR ? 1 << 4 : 0) | digit;
        last = DIGIT;
    }

    private int endGroup(final SecretSink sink) {
        for (int first = 0; first <= size - LEAST; first++) {
            final boolean beginsGroup = (digits[first] & 1 << 4) != 0;
            if (beginsGroup && digit(first) != 0 && isSound(first)) {
                tell(first, sink);
                return 1;
            }
        }
        return 0;
    }

    /** The number that begins there; of an escape in it the digits must stay. */
    private void tell(final int first, final SecretSink sink) {
        long from = position(first);
        for (int i = first + 1; i < size; i++) {
            if (position(i) - position(i - 1) > SEPARATOR_BYTES) {
                sink.onSecret(from, position(i - 1) + 1, Substitute.DIGITS);
                from = position(i);
            }
        }
        sink.onSecret(from, position(size - 1) + 1, Substitute.DIGITS);
    }

    private long position(final int index) {
        return digits[index] >> 5;
    }

    private int digit(final int index) {
        return (int) digits[index] & 0xf;
    }

    /** ISO/IEC 7812-1 annex B: every second digit from the right counts twice, digit by digit. */
    private boolean isSound(final int first) {
        int sum = 0;
        for (int i = size - 1; i >= first; i--) {
            final int value = digit(i) << ((size - 1 - i) & 1);
            sum += value > 9 ? value - 9 : value;
        }
        return sum % 10 == 0;
    }

    /** Writes its state to {@link #STATE_LONGS} places from {@code at} on. */
    int save(final long[] to, final int at) {
        System.arraycopy(digits, 0, to, at, MOST);
        to[at + MOST] = size;
        to[at + MOST + 1] = last;
        return at + STATE_LONGS;
    }

    int restore(final long[] from, final int at) {
        System.arraycopy(from, at, digits, 0, MOST);
        size = (int) from[at + MOST];
        last = (int) from[at + MOST + 1];
        return at + STATE_LONGS;
    }
}
