package io.tcpreplayj.flow;

import io.tcpreplayj.flow.FilterTokens.Kind;
import io.tcpreplayj.flow.FilterTokens.Token;
import java.util.function.Predicate;

/**
 * Which flows: the language of {@code --where}.
 *
 * <pre>
 * or         = and (("||" | "or") and)*
 * and        = not (("&amp;&amp;" | "and") not)*
 * not        = ("!" | "not") not | "(" or ")" | comparison
 * comparison = FIELD [("==" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;=" | "~" | "in") VALUE]
 * </pre>
 *
 * A field without an operator must be a flag ({@code replayable}). Numbers take k, M and G (powers of ten), those of
 * fields that end in {@code Ns} also us, ms and s. {@code ~} is "contains"; words compare without regard to case. A field
 * that a flow does not have ({@code reason} of a replayable one) is equal to nothing and contains nothing.
 */
public final class FlowFilter implements Predicate<FlowRecord> {
    /** Deeper nesting is no one's wish, and each level is a frame of our stack. */
    private static final int MAX_DEPTH = 200;

    private final String text;
    private final Predicate<FlowRecord> predicate;

    private FlowFilter(final String text, final Predicate<FlowRecord> predicate) {
        this.text = text;
        this.predicate = predicate;
    }

    /** @throws FilterException when the text is no filter; names the column */
    public static FlowFilter parse(final String text) {
        final FilterTokens tokens = new FilterTokens(text);
        final Predicate<FlowRecord> predicate = or(tokens, 0);
        final Token rest = tokens.peek();
        if (rest.kind() != Kind.END) {
            throw new FilterException(
                    rest.is(")") ? "no \"(\" for this" : "expected \"&&\" or \"||\" before \"" + rest.text() + '"',
                    rest.column());
        }
        return new FlowFilter(text, predicate);
    }

    @Override
    public boolean test(final FlowRecord flow) {
        return predicate.test(flow);
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }

    private static Predicate<FlowRecord> or(final FilterTokens tokens, final int depth) {
        Predicate<FlowRecord> all = and(tokens, depth);
        while (tokens.takeIf("||", "or")) {
            all = all.or(and(tokens, depth));
        }
        return all;
    }

    private static Predicate<FlowRecord> and(final FilterTokens tokens, final int depth) {
        Predicate<FlowRecord> all = not(tokens, depth);
        while (tokens.takeIf("&&", "and")) {
            all = all.and(not(tokens, depth));
        }
        return all;
    }

    private static Predicate<FlowRecord> not(final FilterTokens tokens, final int depth) {
        if (depth > MAX_DEPTH) {
            throw new FilterException(
                    "nested deeper than " + MAX_DEPTH, tokens.peek().column());
        }
        if (tokens.takeIf("!", "not")) {
            return not(tokens, depth + 1).negate();
        }
        final Token open = tokens.peek();
        if (!tokens.takeIf("(", "(")) {
            return FilterComparison.parse(tokens);
        }
        final Predicate<FlowRecord> inner = or(tokens, depth + 1);
        if (!tokens.takeIf(")", ")")) {
            throw new FilterException(
                    "no \")\" for the \"(\" in column " + (open.column() + 1),
                    tokens.peek().column());
        }
        return inner;
    }
}
