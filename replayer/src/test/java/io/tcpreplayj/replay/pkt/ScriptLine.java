package io.tcpreplayj.replay.pkt;

import java.math.BigDecimal;

/** One line of a script and how far it is read. All blanks between words are alike. */
final class ScriptLine {
    private static final BigDecimal NS_PER_SECOND = BigDecimal.valueOf(1_000_000_000L);

    private final String file;
    private final int number;
    private final String text;
    private int at;

    ScriptLine(final String file, final int number, final String text) {
        this.file = file;
        this.number = number;
        this.text = text;
    }

    int number() {
        return number;
    }

    /** The line as it is written. */
    String text() {
        return text.strip();
    }

    int position() {
        skipBlanks();
        return at;
    }

    boolean atEnd() {
        skipBlanks();
        return at == text.length();
    }

    /** Takes {@code what} when it is next. */
    boolean eat(final String what) {
        skipBlanks();
        if (!text.startsWith(what, at)) {
            return false;
        }
        at += what.length();
        return true;
    }

    /** Takes the whole word {@code what} when it is next. */
    boolean eatWord(final String what) {
        skipBlanks();
        final int end = at + what.length();
        if (!text.startsWith(what, at) || (end < text.length() && isWordPart(text.charAt(end)))) {
            return false;
        }
        at = end;
        return true;
    }

    void expect(final String what) {
        if (!eat(what)) {
            throw error("expected '" + what + "'");
        }
    }

    void expectEnd() {
        if (!atEnd()) {
            throw error("nothing more is expected here");
        }
    }

    /** Letters, digits, '_', '-', and a point inside: a name. */
    String word() {
        skipBlanks();
        final int from = at;
        while (at < text.length() && isWordPart(text.charAt(at))) {
            at++;
        }
        if (from == at) {
            throw error("expected a word");
        }
        return text.substring(from, at);
    }

    /** What stands before the next blank. */
    String untilBlank() {
        skipBlanks();
        final int from = at;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return text.substring(from, at);
    }

    boolean digitIsNext() {
        skipBlanks();
        return at < text.length() && Character.isDigit(text.charAt(at));
    }

    boolean wordIsNext() {
        skipBlanks();
        return at < text.length() && isWordPart(text.charAt(at));
    }

    /** A number of at most 10 digits, negative with a minus. */
    long number(final String what) {
        skipBlanks();
        final int from = at;
        if (at < text.length() && text.charAt(at) == '-') {
            at++;
        }
        final int digits = at;
        while (at < text.length() && Character.isDigit(text.charAt(at))) {
            at++;
        }
        if (digits == at || at - digits > 10) {
            at = from;
            throw error("expected " + what);
        }
        return Long.parseLong(text.substring(from, at));
    }

    /** Seconds, as in 1, 0.5 or .01; in ns. */
    long seconds() {
        skipBlanks();
        final int from = at;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
        try {
            return new BigDecimal(text.substring(from, at))
                    .multiply(NS_PER_SECOND)
                    .longValueExact();
        } catch (final ArithmeticException | NumberFormatException e) {
            at = from;
            throw error("expected seconds, as in .25");
        }
    }

    ScriptException error(final String cause) {
        return errorAt(at, cause);
    }

    ScriptException errorAt(final int column, final String cause) {
        return new ScriptException(file + ":" + number + ":" + (column + 1) + ": " + cause + "\n" + text + "\n"
                + " ".repeat(column) + "^");
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isWordPart(final char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-';
    }
}
