package io.tcpreplayj.flow.redact;

/**
 * Finds the secrets of one stream, whose bytes come in pieces: the same ones wherever it is cut, for all that is known of the
 * bytes before is a few numbers. What it tells was in the piece at hand, or at most {@link #REACH} bytes before it.
 *
 * <p>It reads bytes, not messages: a name, and behind it a value that ends as such a value does in forms, queries, JSON,
 * multipart bodies and headers. Where that is in doubt, more is secret.
 */
public final class SecretScanner {
    /** So far back a secret may begin that only a later byte makes one. */
    public static final int REACH = CardRun.MOST_BYTES + 1;

    /** Nothing but names and cards. */
    private static final int SEARCH = 0;
    /** Behind the name of a header rule. */
    private static final int HEADER_NAME = 1;
    /** Behind a word, in a name. */
    private static final int FIELD_NAME = 2;
    /** Behind a backslash that ended a name: a quotation mark in a JSON text within another. */
    private static final int ESCAPED_QUOTE = 3;
    /** Behind a name in quotation marks. */
    private static final int QUOTED_NAME = 4;
    /** In the head of a part of a multipart body, whose name was one (RFC 7578 4.2). */
    private static final int PART_HEAD = 5;
    /** Behind the colon of JSON. */
    private static final int COLON = 6;
    /** Behind an equals sign. */
    private static final int EQUALS = 7;

    /** From here on the bytes are a value's. */
    private static final int VALUES = 8;

    private final NameFinder names;
    private final char[] next;
    private final CardRun card = new CardRun();
    private final ValueScanner value = new ValueScanner();
    private int mode = SEARCH;
    private int state;
    /** The byte is the first one behind the word. */
    private boolean first;
    /** The name is all that its line begins with. */
    private boolean headerLine;
    /** Backslashes before a quotation mark; how far an escaped equals sign got; line feeds in a row. */
    private int count;

    private long found;

    public SecretScanner(final SecretRules rules) {
        names = rules.names();
        next = names.next();
        state = names.lineStart();
    }

    /** How many secrets began so far. */
    public long found() {
        return found + value.found();
    }

    /** Nobody knows what stood before the next byte: to the end of its line everything may be a secret's rest. */
    public void onHole(final SecretSink sink) {
        found += card.finish(sink);
        mode = VALUES;
        value.beginUnknown();
    }

    /** The stream ends: what could have become a number of a card is one, or none. */
    public void finish(final SecretSink sink) {
        found += card.finish(sink);
    }

    /**
     * Reads the next bytes of the stream.
     *
     * @param position of the first of them in the stream
     */
    public void scan(
            final byte[] bytes, final int offset, final int length, final long position, final SecretSink sink) {
        final int end = offset + length;
        final long base = position - offset;
        int at = offset;
        while (at < end) {
            if (mode == VALUES) {
                at = value.scan(bytes, at, end, base, sink);
                if (value.isOver()) {
                    afterValue(base + at, sink);
                }
            } else if (mode == SEARCH && !card.isOpen()) {
                at = search(bytes, at, end);
                if (at < end) {
                    step(bytes[at], base + at, sink);
                    at++;
                }
            } else {
                step(bytes[at], base + at, sink);
                at++;
            }
        }
    }

    private void afterValue(final long position, final SecretSink sink) {
        mode = SEARCH;
        state = value.endedLine() ? names.lineStart() : 0;
        card.reset();
        final int unread = value.unread();
        for (int i = 0; i < unread; i++) {
            step(value.unread(i), position - unread + i, sink);
        }
    }

    /** To the next byte that is more than one of many. */
    private int search(final byte[] bytes, final int from, final int end) {
        final char[] table = next;
        int at = from;
        int now = state;
        while (at < end) {
            final int to = table[now << 8 | (bytes[at] & 0xff)];
            if (to >= NameFinder.TELLS) {
                break;
            }
            now = to;
            at++;
        }
        state = now;
        return at;
    }

    private void step(final int b, final long position, final SecretSink sink) {
        final int to = next[state << 8 | (b & 0xff)];
        state = NameFinder.state(to);
        found += card.onByte(b, position, sink);
        if ((to & NameFinder.ENDS_NAME) != 0) {
            mode = names.endsWord(state) ? FIELD_NAME : HEADER_NAME;
            first = true;
            headerLine = NameFinder.isHeaderLine(state);
            count = 0;
            return;
        }
        switch (mode) {
            case HEADER_NAME -> onHeaderName(b);
            case FIELD_NAME -> onFieldName(b);
            case ESCAPED_QUOTE -> onEscapedQuote(b);
            case QUOTED_NAME -> onQuotedName(b);
            case PART_HEAD -> onPartHead(b);
            case COLON -> onColon(b, position, sink);
            case EQUALS -> onEquals(b, position, sink);
            default -> {}
        }
    }

    private void onHeaderName(final int b) {
        if (b == ':') {
            mode = VALUES;
            value.beginLine();
        } else if (!isBlank(b)) {
            mode = SEARCH;
        }
    }

    private void onFieldName(final int b) {
        final boolean goesOn = first && b >= 'a' && b <= 'z';
        first = false;
        if (goesOn) {
            // Another word, as tokens.
            mode = SEARCH;
        } else if (b == '=' || isEscapedEquals(b)) {
            mode = EQUALS;
            count = 0;
        } else if (b == ':') {
            if (headerLine) {
                mode = VALUES;
                value.beginLine();
            } else {
                mode = COLON;
                count = 0;
            }
        } else if (b == '"' || b == '\'') {
            mode = QUOTED_NAME;
            count = 0;
        } else if (b == '\\') {
            mode = ESCAPED_QUOTE;
        } else if (!NameFinder.isNameByte(b) && b != '[' && b != ']' && b != '%' && b != '$') {
            mode = SEARCH;
        }
    }

    /** {@code %3D}, in a query within a query. */
    private boolean isEscapedEquals(final int b) {
        if (count == 2 && (b == 'D' || b == 'd')) {
            return true;
        }
        count = b == '%' ? 1 : count == 1 && b == '3' ? 2 : 0;
        return false;
    }

    private void onEscapedQuote(final int b) {
        if (b == '"') {
            mode = QUOTED_NAME;
            count = 0;
        } else if (b != '\\') {
            mode = SEARCH;
        }
    }

    private void onQuotedName(final int b) {
        if (b == ':') {
            headerLine = false;
            mode = COLON;
            count = -1;
        } else if (b == '\n') {
            mode = PART_HEAD;
            count = 1;
        } else if (!isBlank(b) && b != '\r') {
            mode = SEARCH;
        }
    }

    /** The part's value begins behind an empty line, and perhaps behind other headers. */
    private void onPartHead(final int b) {
        if (b == '\n') {
            count++;
            if (count == 2) {
                mode = VALUES;
                value.beginPart();
            }
        } else if (b != '\r') {
            count = 0;
        }
    }

    /** {@link #count} is -1 behind a name in quotation marks, else 0; then the backslashes before the value's, less 1. */
    private void onColon(final int b, final long position, final SecretSink sink) {
        if (b == '"' || b == '\'') {
            mode = VALUES;
            value.beginString(b, Math.max(0, count));
        } else if (b == '\\') {
            count = Math.max(0, count) + 1;
        } else if (NameFinder.isDigit(b) || b == '-') {
            mode = VALUES;
            value.beginNumber(b, position, sink);
        } else if (count < 0 && (b == '[' || b == '{')) {
            mode = VALUES;
            value.beginNested();
        } else if (!isBlank(b) && b != '\r' && b != '\n') {
            mode = SEARCH;
        }
    }

    private void onEquals(final int b, final long position, final SecretSink sink) {
        if (b == '"' || b == '\'') {
            mode = VALUES;
            value.beginString(b, count);
        } else if (b == '\\') {
            count++;
        } else if (ValueScanner.endsForm(b)) {
            mode = SEARCH;
        } else {
            mode = VALUES;
            value.beginForm(position, count > 0, sink);
        }
    }

    private static boolean isBlank(final int b) {
        return b == ' ' || b == '\t';
    }

    /** All that it knows, for {@link #restore}. */
    public long[] save() {
        final long[] saved = new long[CardRun.STATE_LONGS + ValueScanner.STATE_LONGS + 4];
        int at = value.save(saved, card.save(saved, 0));
        saved[at++] = (long) mode << 32 | state;
        saved[at++] = (first ? 1 : 0) | (headerLine ? 2 : 0);
        saved[at++] = count;
        saved[at] = found;
        return saved;
    }

    /** Goes on where a scanner of the same rules was. */
    public void restore(final long[] saved) {
        int at = value.restore(saved, card.restore(saved, 0));
        mode = (int) (saved[at] >> 32);
        state = (int) saved[at++];
        first = (saved[at] & 1) != 0;
        headerLine = (saved[at++] & 2) != 0;
        count = (int) saved[at++];
        found = saved[at];
    }
}
