package io.tcpreplayj.cli.flags;

import io.tcpreplayj.replay.UserException;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Human units to numbers: {@code 2x}, {@code 20k}, {@code 30s}, {@code 5%}. */
public final class Units {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)\\s*([a-zA-Z%]*)");

    private static final Pattern RATE = Pattern.compile("(\\d{1,18}(?:\\.\\d{1,9})?)\\s*([kKmMgG]?)(B|[bB]it)?(?:/s)?");

    private Units() {}

    /** "2x", "0.5", "max" (infinity). */
    public static double speed(final Flag flag, final String text) {
        if (text.equalsIgnoreCase("max")) {
            return Double.POSITIVE_INFINITY;
        }
        final Matcher matcher = match(flag, text, "2x, 0.5x or max");
        final double speed = Double.parseDouble(matcher.group(1));
        if (!matcher.group(2).matches("[xX]?") || speed <= 0) {
            throw bad(flag, text, "2x, 0.5x or max");
        }
        return speed;
    }

    /** "20000", "20k", "1.5m", from {@code least} to {@code most}. */
    public static long count(final Flag flag, final String text, final long least, final long most) {
        final String form =
                "a number from " + least + (most == Long.MAX_VALUE ? " on" : " to " + most) + ", as 500 or 20k";
        final Matcher matcher = match(flag, text, form);
        final long factor = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "" -> 1;
            case "k" -> 1_000;
            case "m" -> 1_000_000;
            case "g" -> 1_000_000_000;
            default -> throw bad(flag, text, form);
        };
        return scaled(flag, text, form, matcher.group(1), factor, least, most);
    }

    /**
     * Bits a second: "100M" and "100Mbit" are bits, as iperf3 takes them, "12.5MB" are bytes; with "/s" or without; k, m and g
     * are thousands. "bps" is refused: it is bytes to tc, and bits to others.
     */
    public static long bitsPerSecond(final Flag flag, final String text) {
        final String form = "bits a second, as 100M or 100Mbit, or bytes, as 12.5MB; from 1k to 1000g";
        final Matcher matcher = RATE.matcher(text);
        if (!matcher.matches()) {
            throw bad(flag, text, form);
        }
        final long prefix = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 1_000;
            case "m" -> 1_000_000;
            case "g" -> 1_000_000_000;
            default -> 1;
        };
        final long factor = "B".equals(matcher.group(3)) ? 8 * prefix : prefix;
        return scaled(flag, text, form, matcher.group(1), factor, 1_000, 1_000_000_000_000L);
    }

    /** "30s", "10m", "250ms", to nanoseconds; more than 0, at most 365 days. */
    public static long durationNs(final Flag flag, final String text) {
        final String form = "a time, as 250ms, 30s, 10m or 2h";
        final Matcher matcher = match(flag, text, form);
        final long factor = switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
            case "us" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s", "" -> 1_000_000_000L;
            case "m", "min" -> 60_000_000_000L;
            case "h" -> 3_600_000_000_000L;
            case "d" -> 86_400_000_000_000L;
            default -> throw bad(flag, text, form);
        };
        return scaled(flag, text, form, matcher.group(1), factor, 1, 365 * 86_400_000_000_000L);
    }

    /** "5%" to 0.05; above 0, at most 100 %. */
    public static double percent(final Flag flag, final String text) {
        final String form = "a percentage above 0 and up to 100, as 5%";
        final Matcher matcher = match(flag, text, form);
        final double percent = Double.parseDouble(matcher.group(1));
        if (!matcher.group(2).matches("%?") || percent <= 0 || percent > 100) {
            throw bad(flag, text, form);
        }
        return percent / 100;
    }

    /** A whole number that may be negative. */
    public static long integer(final Flag flag, final String text) {
        try {
            return Long.parseLong(text);
        } catch (final NumberFormatException e) {
            throw bad(flag, text, "a whole number");
        }
    }

    static UserException bad(final Flag flag, final String text, final String form) {
        return new UserException(flag + ": \"" + text + "\" is not valid", "give " + form);
    }

    private static Matcher match(final Flag flag, final String text, final String form) {
        final Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            throw bad(flag, text, form);
        }
        return matcher;
    }

    private static long scaled(
            final Flag flag,
            final String text,
            final String form,
            final String number,
            final long factor,
            final long least,
            final long most) {
        final BigDecimal value = new BigDecimal(number).multiply(BigDecimal.valueOf(factor));
        if (value.compareTo(BigDecimal.valueOf(least)) < 0
                || value.compareTo(BigDecimal.valueOf(most)) > 0
                || value.stripTrailingZeros().scale() > 0) {
            throw bad(flag, text, form);
        }
        return value.longValueExact();
    }
}
