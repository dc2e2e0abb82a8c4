package io.tcpreplayj.flow;

import java.util.ArrayList;
import java.util.List;

/** A filter's text, cut into words, quoted strings and operators. */
final class FilterTokens {
    /** Longest first. */
    private static final List<String> OPERATORS =
            List.of("==", "!=", "<=", ">=", "&&", "||", "<", ">", "~", "!", "(", ")", ",", "=", "&", "|");

    private static final String FIRST_OF_OPERATORS = "=!<>&|~(),";

    enum Kind {
        WORD,
        QUOTED,
        OPERATOR,
        END
    }

    /** @param column index of its first character in the filter */
    record Token(Kind kind, String text, int column) {
        boolean is(final String operatorOrWord) {
            return kind != Kind.QUOTED && text.equals(operatorOrWord);
        }
    }

    private final List<Token> tokens = new ArrayList<>();
    private int next;

    FilterTokens(final String filter) {
        int at = 0;
        while (at < filter.length()) {
            at = Character.isWhitespace(filter.charAt(at)) ? at + 1 : token(filter, at);
        }
        tokens.add(new Token(Kind.END, "", filter.length()));
    }

    private int token(final String filter, final int start) {
        final char first = filter.charAt(start);
        if (first == '"' || first == '\'') {
            final int end = filter.indexOf(first, start + 1);
            if (end < 0) {
                throw new FilterException("the quote is not closed", start);
            }
            tokens.add(new Token(Kind.QUOTED, filter.substring(start + 1, end), start));
            return end + 1;
        }
        final String operator = operatorAt(filter, start);
        if (!operator.isEmpty()) {
            tokens.add(new Token(Kind.OPERATOR, operator, start));
            return start + operator.length();
        }
        int end = start;
        while (end < filter.length() && isWord(filter, end)) {
            end++;
        }
        tokens.add(new Token(Kind.WORD, filter.substring(start, end), start));
        return end;
    }

    private static boolean isWord(final String filter, final int at) {
        final char c = filter.charAt(at);
        return !Character.isWhitespace(c)
                && c != '"'
                && c != '\''
                && operatorAt(filter, at).isEmpty();
    }

    private static String operatorAt(final String filter, final int at) {
        if (FIRST_OF_OPERATORS.indexOf(filter.charAt(at)) < 0) {
            return "";
        }
        for (final String operator : OPERATORS) {
            if (filter.startsWith(operator, at)) {
                return operator;
            }
        }
        return "";
    }

    Token peek() {
        return tokens.get(next);
    }

    Token take() {
        final Token token = tokens.get(next);
        next = Math.min(next + 1, tokens.size() - 1);
        return token;
    }

    /** Takes the next token if it is one of these. */
    boolean takeIf(final String operator, final String word) {
        if (peek().is(operator) || peek().is(word)) {
            take();
            return true;
        }
        return false;
    }
}
