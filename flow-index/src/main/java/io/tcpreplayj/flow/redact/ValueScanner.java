package io.tcpreplayj.flow.redact;

/** Finds where the value ends that is being read, and tells which of its bytes are secret. */
final class ValueScanner {
    static final int STATE_LONGS = ChunkEdge.STATE_LONGS + 8;

    /** Of a header: to the end of the line, and of the lines that continue it (RFC 9112 5.2). */
    private static final int LINE = 0;
    /** Behind an equals sign. */
    private static final int FORM = 1;
    /** In quotation marks. */
    private static final int STRING = 2;
    /** A number of JSON. */
    private static final int NUMBER = 3;
    /** An array or an object of JSON, outside its strings. */
    private static final int NESTED = 4;
    /** A part of a multipart body, to the next line that begins with two dashes (RFC 2046 5.1.1). */
    private static final int PART = 5;
    /** Between two chunks of any of them. */
    private static final int EDGE = 6;

    /** Within {@link #PART} and {@link #LINE}: behind a line feed; in a part also behind a dash behind one. */
    private static final int BEHIND_LINE_FEED = 1;

    private static final int BEHIND_DASH = 2;

    private static final int MOST_DEPTH = 1 << 20;

    private final ChunkEdge edge = new ChunkEdge();
    private int kind;
    private int resume;
    private int quote;
    /** Backslashes before the quotation mark that ends the string: 0, or 1, 3, 7 in JSON within JSON. */
    private int level;
    /** Backslashes just before, modulo how many stand for none. */
    private int run;

    private int depth;
    private int behind;
    private boolean begun;
    private boolean over;
    private boolean endedLine;
    /** Bytes that {@link #edge} holds and that turned out not to be the value's. */
    private int unread;

    private long found;

    private void begin(final int as) {
        kind = as;
        level = 0;
        run = 0;
        depth = 0;
        behind = 0;
        begun = false;
        over = false;
        endedLine = false;
        unread = 0;
    }

    void beginLine() {
        begin(LINE);
    }

    /** Perhaps a value, of which the name was not seen. */
    void beginUnknown() {
        begin(LINE);
    }

    void beginPart() {
        begin(PART);
    }

    /** The byte at {@code position}, which was read already, is the first one. */
    void beginForm(final long position, final boolean escaped, final SecretSink sink) {
        begin(FORM);
        tell(position, position + 1, escaped ? Substitute.ESCAPE : Substitute.TEXT, sink);
    }

    /** @param backslashes before the quotation mark */
    void beginString(final int mark, final int backslashes) {
        begin(STRING);
        quote = mark;
        level = Math.min(backslashes, MOST_DEPTH);
    }

    /** The same for a number. */
    void beginNumber(final int b, final long position, final SecretSink sink) {
        begin(NUMBER);
        if (b != '-') {
            tell(position, position + 1, Substitute.DIGITS, sink);
        }
    }

    void beginNested() {
        begin(NESTED);
        depth = 1;
    }

    long found() {
        return found;
    }

    boolean isOver() {
        return over;
    }

    /** What came last was a line feed. */
    boolean endedLine() {
        return endedLine;
    }

    /** How many bytes before the one where the value ended were looked at and are none of it. */
    int unread() {
        return unread;
    }

    byte unread(final int index) {
        return edge.at(index);
    }

    /** Returns where it stopped: at the end of the bytes, or behind the value. */
    int scan(final byte[] bytes, final int from, final int end, final long base, final SecretSink sink) {
        int at = from;
        while (at < end && !over) {
            at = switch (kind) {
                case LINE -> line(bytes, at, end, base, sink);
                case FORM -> form(bytes, at, end, base, sink);
                case STRING -> string(bytes, at, end, base, sink);
                case NUMBER -> number(bytes, at, end, base, sink);
                case NESTED -> nested(bytes, at, end, base, sink);
                case PART -> part(bytes, at, end, base, sink);
                default -> edge(bytes, at, base, sink);
            };
        }
        return at;
    }

    private void tell(final long from, final long to, final Substitute substitute, final SecretSink sink) {
        if (from < to) {
            found += begun ? 0 : 1;
            begun = true;
            sink.onSecret(from, to, substitute);
        }
    }

    private int line(final byte[] bytes, final int from, final int end, final long base, final SecretSink sink) {
        if (behind == BEHIND_LINE_FEED) {
            behind = 0;
            if (!isBlank(bytes[from])) {
                over = true;
                endedLine = true;
                return from;
            }
        }
        int at = from;
        while (at < end && !begun && (isBlank(bytes[at]) || bytes[at] == '\r')) {
            at++;
        }
        final int first = at;
        while (at < end && bytes[at] != '\n') {
            at++;
        }
        tell(base + first, base + at, Substitute.TEXT, sink);
        if (at < end) {
            behind = BEHIND_LINE_FEED;
            at++;
        }
        return at;
    }

    /** Whether a value in a form or a query ends before that byte. */
    static boolean endsForm(final int b) {
        // Bytes from 0x80 on are negative, and letters of some alphabet.
        return b == '&' || b == '"' || (b >= 0 && b <= ' ');
    }

    private int form(final byte[] bytes, final int from, final int end, final long base, final SecretSink sink) {
        int text = from;
        int at = from;
        while (at < end) {
            final byte b = bytes[at];
            if (endsForm(b)) {
                tell(base + text, base + at, Substitute.TEXT, sink);
                if (b == '\r') {
                    return beginEdge(at);
                }
                over = true;
                return at;
            }
            if (b == '\\') {
                tell(base + text, base + at, Substitute.TEXT, sink);
                text = at + 1;
                run = 1;
            } else if (run > 0) {
                tell(base + at, base + at + 1, Substitute.ESCAPE, sink);
                text = at + 1;
                run = 0;
            }
            at++;
        }
        tell(base + text, base + at, Substitute.TEXT, sink);
        return at;
    }

    private int string(final byte[] bytes, final int from, final int end, final long base, final SecretSink sink) {
        final int period = 2 * (level + 1);
        int text = from;
        int at = from;
        while (at < end) {
            final byte b = bytes[at];
            if (b == quote && run <= level) {
                tell(base + text, base + at, Substitute.TEXT, sink);
                endString();
                return at + 1;
            }
            if (b == '\r') {
                tell(base + text, base + at, Substitute.TEXT, sink);
                return beginEdge(at);
            }
            // In JSON within JSON the backslashes belong to the text around it, and must stay.
            if (level > 0 && (b == '\\' || run > 0)) {
                tell(base + text, base + at, Substitute.TEXT, sink);
                text = at + 1;
                if (b != '\\' && b != quote) {
                    tell(base + at, base + at + 1, Substitute.ESCAPE, sink);
                }
            }
            run = b == '\\' ? (run + 1) % period : 0;
            at++;
        }
        tell(base + text, base + at, Substitute.TEXT, sink);
        return at;
    }

    private void endString() {
        run = 0;
        if (depth > 0) {
            kind = NESTED;
        } else {
            over = true;
        }
    }

    private int number(final byte[] bytes, final int from, final int end, final long base, final SecretSink sink) {
        int at = from;
        while (at < end && isNumberByte(bytes[at])) {
            at++;
        }
        tell(base + from, base + at, Substitute.DIGITS, sink);
        over = at < end;
        return at;
    }

    private static boolean isNumberByte(final byte b) {
        return NameFinder.isDigit(b) || b == '.' || b == 'e' || b == 'E' || b == '+' || b == '-';
    }

    private int nested(final byte[] bytes, final int from, final int end, final long base, final SecretSink sink) {
        for (int at = from; at < end; at++) {
            final byte b = bytes[at];
            if (b == '"') {
                kind = STRING;
                quote = b;
                level = run;
                run = 0;
                return at + 1;
            }
            run = b == '\\' ? Math.min(run + 1, MOST_DEPTH) : 0;
            if (b == '[' || b == '{') {
                depth = Math.min(depth + 1, MOST_DEPTH);
            } else if (b == ']' || b == '}') {
                depth--;
                if (depth == 0) {
                    over = true;
                    return at + 1;
                }
            } else if (NameFinder.isDigit(b)) {
                tell(base + at, base + at + 1, Substitute.DIGITS, sink);
            } else if (b == '\r') {
                return beginEdge(at);
            }
        }
        return end;
    }

    private int part(final byte[] bytes, final int from, final int end, final long base, final SecretSink sink) {
        int text = from;
        int at = from;
        while (at < end) {
            final byte b = bytes[at];
            if (behind == BEHIND_DASH) {
                if (b == '-') {
                    over = true;
                    return at;
                }
                tell(base + at - 1, base + at, Substitute.TEXT, sink);
            }
            if (behind == BEHIND_LINE_FEED && b == '-') {
                tell(base + text, base + at, Substitute.TEXT, sink);
                text = at + 1;
                behind = BEHIND_DASH;
            } else {
                behind = b == '\n' ? BEHIND_LINE_FEED : 0;
            }
            if (b == '\r') {
                tell(base + text, base + at, Substitute.TEXT, sink);
                return beginEdge(at);
            }
            at++;
        }
        tell(base + text, base + at, Substitute.TEXT, sink);
        return at;
    }

    private int beginEdge(final int at) {
        resume = kind;
        kind = EDGE;
        run = 0;
        edge.begin();
        return at + 1;
    }

    private int edge(final byte[] bytes, final int at, final long base, final SecretSink sink) {
        return switch (edge.onByte(bytes[at])) {
            case OPEN -> at + 1;
            case PASSED -> {
                kind = resume;
                behind = 0;
                yield at + 1;
            }
            case LAST -> {
                endAtEdge();
                yield at + 1;
            }
            case NONE -> {
                noEdge(base + at, sink);
                yield at;
            }
        };
    }

    /** The bytes up to {@code position} were the value's, or it ended before them. */
    private void noEdge(final long position, final SecretSink sink) {
        if (resume == FORM) {
            endAtEdge();
            return;
        }
        kind = resume;
        final int behindLineFeed = edge.length() - 1;
        behind = behindLineFeed == 0 ? BEHIND_LINE_FEED : 0;
        if (behindLineFeed > 0) {
            tell(position - behindLineFeed, position, kind == NESTED ? Substitute.DIGITS : Substitute.TEXT, sink);
        }
    }

    private void endAtEdge() {
        over = true;
        unread = edge.length();
    }

    private static boolean isBlank(final byte b) {
        return b == ' ' || b == '\t';
    }

    int save(final long[] to, final int from) {
        int at = edge.save(to, from);
        to[at++] = (long) kind << 32 | resume;
        to[at++] = quote;
        to[at++] = level;
        to[at++] = run;
        to[at++] = depth;
        to[at++] = behind;
        to[at++] = begun ? 1 : 0;
        to[at++] = found;
        return at;
    }

    int restore(final long[] saved, final int from) {
        int at = edge.restore(saved, from);
        begin((int) (saved[at] >> 32));
        resume = (int) saved[at++];
        quote = (int) saved[at++];
        level = (int) saved[at++];
        run = (int) saved[at++];
        depth = (int) saved[at++];
        behind = (int) saved[at++];
        begun = saved[at++] != 0;
        found = saved[at++];
        return at;
    }
}
