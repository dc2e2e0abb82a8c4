package io.tcpreplayj.flow;

import io.tcpreplayj.flow.FilterTokens.Kind;
import io.tcpreplayj.flow.FilterTokens.Token;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One comparison of a {@link FlowFilter}: a field, an operator and a value that suits the field's type. */
final class FilterComparison {
    private static final Set<String> OPERATORS = Set.of("==", "!=", "<", "<=", ">", ">=", "~", "in");
    private static final Pattern NUMBER = Pattern.compile("(-?\\d{1,19}(?:\\.\\d{1,9})?)([a-zA-Z]*)");
    private static final Pattern ENDPOINT = Pattern.compile("(?:\\[(.+)]|([^:]+)):(\\d{1,5})");

    private FilterComparison() {}

    static Predicate<FlowRecord> parse(final FilterTokens tokens) {
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
        final Token value = tokens.take();
        if (value.kind() != Kind.WORD && value.kind() != Kind.QUOTED) {
            throw new FilterException("expected a value after \"" + operator.text() + '"', value.column());
        }
        return switch (field.type()) {
            case NUMBER -> number(field, operator, value);
            case FLAG -> flag(field, operator, value);
            case TEXT -> text(field, operator, value);
            case ADDRESS, ENDPOINT -> endpoint(field, operator, value);
        };
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

    private static Predicate<FlowRecord> bare(final FlowField field, final Token next) {
        if (next.is("=")) {
            throw new FilterException("\"=\" is written \"==\"", next.column());
        }
        if (field.type() != FlowField.Type.FLAG) {
            throw new FilterException("expected an operator after \"" + field.name() + '"', next.column());
        }
        return field::flag;
    }

    private static Predicate<FlowRecord> number(final FlowField field, final Token operator, final Token value) {
        final long wanted = numberOf(field, value);
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

    private static long numberOf(final FlowField field, final Token value) {
        final Matcher matcher = NUMBER.matcher(value.text());
        if (!matcher.matches()) {
            throw new FilterException(field.name() + " is a number, \"" + value.text() + "\" is none", value.column());
        }
        try {
            return new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(factor(field, matcher.group(2), value)))
                    .longValueExact();
        } catch (final ArithmeticException e) {
            final FilterException why =
                    new FilterException("\"" + value.text() + "\" is no integer of 64 bits", value.column());
            why.initCause(e);
            throw why;
        }
    }

    private static long factor(final FlowField field, final String unit, final Token value) {
        final boolean time = field.name().endsWith("Ns");
        return switch (unit) {
            case "" -> 1;
            case "k" -> 1_000;
            case "M" -> 1_000_000;
            case "G" -> 1_000_000_000;
            case "ns", "us", "ms", "s" -> {
                if (!time) {
                    throw new FilterException(field.name() + " is no time: \"" + unit + '"', value.column());
                }
                yield unit.equals("ns") ? 1 : unit.equals("us") ? 1_000 : unit.equals("ms") ? 1_000_000 : 1_000_000_000;
            }
            default ->
                throw new FilterException(
                        "unknown unit \"" + unit + "\"; there are k, M, G" + (time ? ", us, ms, s" : ""),
                        value.column());
        };
    }

    private static Predicate<FlowRecord> flag(final FlowField field, final Token operator, final Token value) {
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

    private static Predicate<FlowRecord> text(final FlowField field, final Token operator, final Token value) {
        final String wanted = value.text().toLowerCase(Locale.ROOT);
        final Predicate<FlowRecord> equal = flow -> {
            final String found = field.text(flow);
            return found != null && found.equalsIgnoreCase(wanted);
        };
        return switch (operator.text()) {
            case "==" -> equal;
            case "!=" -> equal.negate();
            case "~" -> contains(field, wanted);
            default -> throw unsuitable(field, operator);
        };
    }

    private static Predicate<FlowRecord> contains(final FlowField field, final String wanted) {
        return flow -> {
            final String found = field.text(flow);
            return found != null && found.toLowerCase(Locale.ROOT).contains(wanted);
        };
    }

    private static Predicate<FlowRecord> endpoint(final FlowField field, final Token operator, final Token value) {
        return switch (operator.text()) {
            case "==" -> endpoint(field, value);
            case "!=" -> endpoint(field, value).negate();
            case "in" -> {
                final Cidr range = range(value, value.text());
                yield flow -> range.contains(field.endpoint(flow).address());
            }
            case "~" -> contains(field, value.text().toLowerCase(Locale.ROOT));
            default -> throw unsuitable(field, operator);
        };
    }

    private static Predicate<FlowRecord> endpoint(final FlowField field, final Token value) {
        final Matcher matcher = ENDPOINT.matcher(value.text());
        if (field.type() == FlowField.Type.ENDPOINT && matcher.matches()) {
            final String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
            final IpAddress address = range(value, host).address();
            final int port = Integer.parseInt(matcher.group(3));
            return flow -> field.endpoint(flow).port() == port
                    && field.endpoint(flow).address().equals(address);
        }
        final Cidr range = range(value, value.text());
        return flow -> range.contains(field.endpoint(flow).address());
    }

    private static Cidr range(final Token value, final String text) {
        try {
            return Cidr.parse(text);
        } catch (final IllegalArgumentException e) {
            final FilterException why = new FilterException(
                    "expected an address or a network such as 10.0.0.0/8: " + e.getMessage(), value.column());
            why.initCause(e);
            throw why;
        }
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
