package io.tcpreplayj.flow;

import io.tcpreplayj.flow.FilterTokens.Kind;
import io.tcpreplayj.flow.FilterTokens.Token;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One comparison of a {@link FlowFilter}: a field, an operator and a value that suits the field's type. */
final class FilterComparison {
    private static final Set<String> OPERATORS = Set.of("==", "!=", "<", "<=", ">", ">=", "~", "in");
    private static final Set<String> NAMES_TOO = Set.of("==", "!=", "in");
    private static final Pattern ENDPOINT = Pattern.compile("(?:\\[(.+)]|([^:]+)):(\\d{1,5})");

    private FilterComparison() {}

    static Predicate<FlowSummary> parse(final FilterTokens tokens, final List<String> captures) {
        final Token name = tokens.take();
        if (name.kind() != Kind.WORD) {
            throw new FilterException(
                    name.kind() == Kind.END ? "expected a field" : "expected a field before \"" + name.text() + '"',
                    name.column());
        }
        final FlowField field = field(name);
        final Token operator = tokens.peek();
        if (!OPERATORS.contains(operator.text()) || operator.kind() == Kind.QUOTED) {
            return bare(field, operator);
        }
        tokens.take();
        if (operator.text().equals("in")) {
            return list(field, operator, tokens, captures);
        }
        final Token value = value(tokens, operator);
        return compare(meant(field, operator, value, captures), operator, value);
    }

    private static Predicate<FlowSummary> compare(final FlowField field, final Token operator, final Token value) {
        return switch (field.type()) {
            case NUMBER -> number(field, operator, value);
            case FLAG -> flag(field, operator, value);
            case TEXT -> text(field, operator, value);
            case ADDRESS, ENDPOINT -> endpoint(field, operator, value);
        };
    }

    private static Token value(final FilterTokens tokens, final Token before) {
        final Token value = tokens.take();
        if (value.kind() != Kind.WORD && value.kind() != Kind.QUOTED) {
            throw new FilterException("expected a value after \"" + before.text() + '"', value.column());
        }
        return value;
    }

    private static Predicate<FlowSummary> list(
            final FlowField field, final Token operator, final FilterTokens tokens, final List<String> captures) {
        final Token open = tokens.peek();
        final boolean isOpen = tokens.takeIf("(", "(");
        Token before = isOpen ? open : operator;
        final List<Predicate<FlowSummary>> items = new ArrayList<>();
        do {
            final Token item = value(tokens, before);
            items.add(item(meant(field, operator, item, captures), operator, item));
            before = tokens.peek();
        } while (tokens.takeIf(",", ","));
        if (isOpen && !tokens.takeIf(")", ")")) {
            throw new FilterException(
                    "no \")\" for the \"(\" in column " + (open.column() + 1),
                    tokens.peek().column());
        }
        return FilterParser.anyOf(items);
    }

    private static Predicate<FlowSummary> item(final FlowField field, final Token operator, final Token item) {
        return switch (field.type()) {
            case NUMBER -> {
                final LongPredicate numbers = FilterValues.numbers(field, item);
                yield flow -> numbers.test(field.number(flow));
            }
            case TEXT -> equal(field, item);
            case ADDRESS, ENDPOINT -> {
                if (item.text().indexOf('-') < 0) {
                    yield endpoint(field, item);
                }
                final Predicate<IpAddress> range = FilterValues.addresses(item);
                yield flow -> range.test(field.endpoint(flow).address());
            }
            case FLAG -> throw unsuitable(field, operator);
        };
    }

    /** Captures have numbers and names: {@code capture == 0}, {@code capture ~ shop}, {@code capture in 0-3,"shop.pcap"}. */
    private static FlowField meant(
            final FlowField field, final Token operator, final Token value, final List<String> captures) {
        final boolean isByName =
                operator.is("~") || (NAMES_TOO.contains(operator.text()) && !FilterValues.isNumeric(value));
        return field.name().equals("capture") && isByName
                ? FlowField.text(
                        field.name(),
                        flow -> flow.captureId() < captures.size() ? captures.get(flow.captureId()) : null)
                : field;
    }

    private static FlowField field(final Token name) {
        final FlowField field = FlowFields.find(name.text());
        if (field == null) {
            final String nearest = FlowFields.nearest(name.text());
            throw new FilterException(
                    "no field \"" + name.text() + '"' + (nearest == null ? "" : "; did you mean \"" + nearest + "\"?"),
                    name.column());
        }
        return field;
    }

    private static Predicate<FlowSummary> bare(final FlowField field, final Token next) {
        if (next.is("=")) {
            throw new FilterException("\"=\" is written \"==\"", next.column());
        }
        if (field.type() != FlowField.Type.FLAG) {
            throw new FilterException("expected an operator after \"" + field.name() + '"', next.column());
        }
        return field::flag;
    }

    private static Predicate<FlowSummary> number(final FlowField field, final Token operator, final Token value) {
        final long wanted = FilterValues.number(field, value);
        final LongPredicate compares = switch (operator.text()) {
            case "==" -> found -> found == wanted;
            case "!=" -> found -> found != wanted;
            case "<" -> found -> found < wanted;
            case "<=" -> found -> found <= wanted;
            case ">" -> found -> found > wanted;
            case ">=" -> found -> found >= wanted;
            default -> throw unsuitable(field, operator);
        };
        return flow -> compares.test(field.number(flow));
    }

    private static Predicate<FlowSummary> flag(final FlowField field, final Token operator, final Token value) {
        if (!value.text().equals("true") && !value.text().equals("false")) {
            throw new FilterException(field.name() + " is true or false", value.column());
        }
        final boolean wanted = value.text().equals("true");
        return switch (operator.text()) {
            case "==" -> flow -> field.flag(flow) == wanted;
            case "!=" -> flow -> field.flag(flow) != wanted;
            default -> throw unsuitable(field, operator);
        };
    }

    private static Predicate<FlowSummary> text(final FlowField field, final Token operator, final Token value) {
        return switch (operator.text()) {
            case "==" -> equal(field, value);
            case "!=" -> equal(field, value).negate();
            case "~" -> contains(field, value.text().toLowerCase(Locale.ROOT));
            default -> throw unsuitable(field, operator);
        };
    }

    private static Predicate<FlowSummary> equal(final FlowField field, final Token value) {
        final String wanted = value.text();
        return flow -> {
            final String found = field.text(flow);
            return found != null && found.equalsIgnoreCase(wanted);
        };
    }

    private static Predicate<FlowSummary> contains(final FlowField field, final String wanted) {
        return flow -> {
            final String found = field.text(flow);
            return found != null && found.toLowerCase(Locale.ROOT).contains(wanted);
        };
    }

    private static Predicate<FlowSummary> endpoint(final FlowField field, final Token operator, final Token value) {
        return switch (operator.text()) {
            case "==" -> endpoint(field, value);
            case "!=" -> endpoint(field, value).negate();
            case "~" -> contains(field, value.text().toLowerCase(Locale.ROOT));
            default -> throw unsuitable(field, operator);
        };
    }

    private static Predicate<FlowSummary> endpoint(final FlowField field, final Token value) {
        final Matcher matcher = ENDPOINT.matcher(value.text());
        if (field.type() == FlowField.Type.ENDPOINT && matcher.matches()) {
            final String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
            final IpAddress address = FilterValues.network(value, host).address();
            final int port = Integer.parseInt(matcher.group(3));
            return flow -> field.endpoint(flow).port() == port
                    && field.endpoint(flow).address().equals(address);
        }
        final Cidr range = FilterValues.network(value);
        return flow -> range.contains(field.endpoint(flow).address());
    }

    private static FilterException unsuitable(final FlowField field, final Token operator) {
        return new FilterException(
                "\"" + operator.text() + "\" does not go with " + field.name() + ", which is "
                        + switch (field.type()) {
                            case NUMBER -> "a number";
                            case FLAG -> "true or false";
                            case TEXT -> "a word";
                            case ADDRESS, ENDPOINT -> "an address";
                        },
                operator.column());
    }
}
