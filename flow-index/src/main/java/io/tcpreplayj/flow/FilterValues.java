package io.tcpreplayj.flow;

import io.tcpreplayj.flow.FilterTokens.Kind;
import io.tcpreplayj.flow.FilterTokens.Token;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values in a {@link FlowFilter}: numbers with units, addresses, networks, and ranges of both. */
final class FilterValues {
    private static final String NUMBER_TEXT = "(-?\\d{1,19}(?:\\.\\d{1,9})?)([a-zA-Z]*)";
    private static final Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-.*");
    private static final Pattern NUMBER = Pattern.compile(NUMBER_TEXT);
    private static final Pattern NUMBER_RANGE = Pattern.compile("(" + NUMBER_TEXT + ")-(" + NUMBER_TEXT + ")");

    private FilterValues() {}

    /** One number, with the unit that the field allows, or a time of RFC 3339. */
    static long number(final FlowField field, final Token value) {
        final boolean isTime = field.name().equals("startNs") || field.name().equals("endNs");
        return isTime && TIME.matcher(value.text()).matches() ? time(value) : number(field, value, value.text());
    }

    private static long time(final Token value) {
        try {
            final Instant time = Instant.parse(value.text());
            return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
        } catch (final DateTimeException | ArithmeticException e) {
            throw because(e, "\"" + value.text() + "\" is no time such as 2026-11-26T14:00:00Z", value);
        }
    }

    /** Whether it is written as a number or a range of numbers, not in quotes. */
    static boolean isNumeric(final Token value) {
        return value.kind() == Kind.WORD
                && (NUMBER.matcher(value.text()).matches()
                        || NUMBER_RANGE.matcher(value.text()).matches());
    }

    /** "80" or "8000-8099", both ends included. */
    static LongPredicate numbers(final FlowField field, final Token item) {
        final Matcher range = NUMBER_RANGE.matcher(item.text());
        if (!range.matches()) {
            final long wanted = number(field, item);
            return found -> found == wanted;
        }
        final long first = number(field, item, range.group(1));
        final long last = number(field, item, range.group(4));
        if (last < first) {
            throw new FilterException("the lower number first", item.column());
        }
        return found -> found >= first && found <= last;
    }

    private static long number(final FlowField field, final Token value, final String text) {
        final Matcher matcher = NUMBER.matcher(text);
        if (!matcher.matches()) {
            throw new FilterException(field.name() + " is a number, \"" + text + "\" is none", value.column());
        }
        try {
            return new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(factor(field, matcher.group(2), value)))
                    .longValueExact();
        } catch (final ArithmeticException e) {
            throw because(e, "\"" + text + "\" is no integer of 64 bits", value);
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

    /** "10.0.0.0/8" or an address. */
    static Cidr network(final Token value) {
        return network(value, value.text());
    }

    static Cidr network(final Token value, final String text) {
        try {
            return Cidr.parse(text);
        } catch (final IllegalArgumentException e) {
            throw because(e, "expected an address or a network such as 10.0.0.0/8: " + e.getMessage(), value);
        }
    }

    /** An address, a network, or "10.0.0.1-10.0.0.9", both ends included. */
    static Predicate<IpAddress> addresses(final Token item) {
        final int dash = item.text().indexOf('-');
        if (dash < 0) {
            return network(item)::contains;
        }
        final IpAddress first = network(item, item.text().substring(0, dash)).address();
        final IpAddress last = network(item, item.text().substring(dash + 1)).address();
        if (first.compareTo(last) > 0 || first.isV4() != last.isV4()) {
            throw new FilterException("the lower address first, both of one family", item.column());
        }
        return found -> found.compareTo(first) >= 0 && found.compareTo(last) <= 0;
    }

    private static FilterException because(final RuntimeException cause, final String message, final Token value) {
        final FilterException why = new FilterException(message, value.column());
        why.initCause(cause);
        return why;
    }
}
