package io.tcpreplayj.flow;

import io.tcpreplayj.flow.FilterTokens.Kind;
import io.tcpreplayj.flow.FilterTokens.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The grammar of {@link FlowFilter}, by recursive descent. */
final class FilterParser {
    /** Deeper nesting is no one's wish, and each level is a frame of our stack. */
    private static final int MAX_DEPTH = 200;

    private final FilterTokens tokens;
    private final FilterTerms terms;
    private final List<String> captures;

    /** @param captures names of the captures, by their numbers */
    FilterParser(final String text, final List<String> captures) {
        this.captures = captures;
        tokens = new FilterTokens(text);
        terms = new FilterTerms(tokens);
    }

    Predicate<FlowSummary> parse() {
        final Predicate<FlowSummary> predicate = or(0);
        final Token rest = tokens.peek();
        if (rest.kind() != Kind.END) {
            throw new FilterException(
                    rest.is(")") ? "no \"(\" for this" : "expected \"&&\" or \"||\" before \"" + rest.text() + '"',
                    rest.column());
        }
        return predicate;
    }

    private Predicate<FlowSummary> or(final int depth) {
        final List<Predicate<FlowSummary>> parts = new ArrayList<>();
        do {
            parts.add(and(depth));
        } while (tokens.takeIf("||", "or"));
        return anyOf(parts);
    }

    private Predicate<FlowSummary> and(final int depth) {
        final List<Predicate<FlowSummary>> parts = new ArrayList<>();
        do {
            parts.add(not(depth));
        } while (tokens.takeIf("&&", "and"));
        return parts.size() == 1
                ? parts.get(0)
                : flow -> {
                    for (final Predicate<FlowSummary> part : parts) {
                        if (!part.test(flow)) {
                            return false;
                        }
                    }
                    return true;
                };
    }

    /** A loop, not a chain of {@link Predicate#or}: of that each part would be a frame of the stack. */
    static Predicate<FlowSummary> anyOf(final List<Predicate<FlowSummary>> parts) {
        return parts.size() == 1
                ? parts.get(0)
                : flow -> {
                    for (final Predicate<FlowSummary> part : parts) {
                        if (part.test(flow)) {
                            return true;
                        }
                    }
                    return false;
                };
    }

    private Predicate<FlowSummary> not(final int depth) {
        if (depth > MAX_DEPTH) {
            throw new FilterException(
                    "nested deeper than " + MAX_DEPTH, tokens.peek().column());
        }
        if (tokens.takeIf("!", "not")) {
            return not(depth + 1).negate();
        }
        final Token open = tokens.peek();
        if (!tokens.takeIf("(", "(")) {
            return terms.isNext() ? terms.parse() : FilterComparison.parse(tokens, captures);
        }
        final Predicate<FlowSummary> inner = or(depth + 1);
        if (!tokens.takeIf(")", ")")) {
            throw new FilterException(
                    "no \")\" for the \"(\" in column " + (open.column() + 1),
                    tokens.peek().column());
        }
        return inner;
    }
}
