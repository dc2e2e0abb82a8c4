package io.tcpreplayj.cli.report;

import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Numbers as people read them. */
public final class Human {
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private Human() {}

    /** "0 s", "417 ns", "12.3 µs", "1.25 ms", "3.10 s", "12m05s", "3h07m": three digits that matter. */
    public static String duration(final long ns) {
        if (ns < 0) {
            return "-" + duration(ns == Long.MIN_VALUE ? Long.MAX_VALUE : -ns);
        }
        if (ns == 0) {
            return "0 s";
        }
        if (ns < 1_000) {
            return ns + " ns";
        }
        if (ns < 1_000_000) {
            return digits(ns / 1e3) + " µs";
        }
        if (ns < 1_000_000_000) {
            return digits(ns / 1e6) + " ms";
        }
        final long seconds = ns / 1_000_000_000;
        if (seconds < 60) {
            return digits(ns / 1e9) + " s";
        }
        return seconds < 3600
                ? String.format(Locale.ROOT, "%dm%02ds", seconds / 60, seconds % 60)
                : String.format(Locale.ROOT, "%dh%02dm", seconds / 3600, seconds / 60 % 60);
    }

    /** "0 B", "999 B", "1.50 kB", "12.3 MB": powers of 1000. */
    public static String bytes(final long bytes) {
        if (bytes < 1_000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.5 && unit < 4) {
            value /= 1_000;
            unit++;
        }
        return digits(value) + " " + "kMGTP".charAt(unit) + "B";
    }

    /** "950", "12.3 k", "1.20 M": for rates. */
    public static String rate(final double perSecond) {
        double value = perSecond;
        int unit = -1;
        while (value >= 999.5 && unit < 2) {
            value /= 1_000;
            unit++;
        }
        return unit < 0 ? String.format(Locale.ROOT, "%.0f", value) : digits(value) + " " + "kMG".charAt(unit);
    }

    /** RFC 3339, UTC, microseconds. By hand: a million rows want it, and a DateTimeFormatter takes 20 ms to load. */
    public static String time(final long sinceEpochNs) {
        final int ns = (int) Math.floorMod(sinceEpochNs, NS_PER_SECOND);
        final LocalDateTime time =
                LocalDateTime.ofEpochSecond(Math.floorDiv(sinceEpochNs, NS_PER_SECOND), ns, ZoneOffset.UTC);
        final StringBuilder text = new StringBuilder(27);
        padded(text, time.getYear(), 4).append('-');
        padded(text, time.getMonthValue(), 2).append('-');
        padded(text, time.getDayOfMonth(), 2).append('T');
        padded(text, time.getHour(), 2).append(':');
        padded(text, time.getMinute(), 2).append(':');
        padded(text, time.getSecond(), 2).append('.');
        return padded(text, ns / 1_000, 6).append('Z').toString();
    }

    private static StringBuilder padded(final StringBuilder text, final int value, final int digits) {
        final String number = Integer.toString(value);
        return text.append("0".repeat(Math.max(0, digits - number.length()))).append(number);
    }

    /** "2x", "0.5x", "max". */
    public static String speed(final double speed) {
        if (Double.isInfinite(speed)) {
            return "max";
        }
        return (speed == Math.rint(speed) ? Long.toString((long) speed) : Double.toString(speed)) + "x";
    }

    /** "1 flow", "2 flows". */
    public static String count(final long count, final String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    /** "tls 5, midstream 3". */
    public static String reasons(final Map<String, Long> reasons) {
        return reasons.entrySet().stream()
                .map(reason -> reason.getKey() + " " + reason.getValue())
                .collect(Collectors.joining(", "));
    }

    /** Bytes from a capture, safe for a terminal: what is not printable ASCII becomes an escape. */
    public static String escaped(final byte value) {
        return switch (value) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\\' -> "\\\\";
            default ->
                value >= 0x20 && value < 0x7f
                        ? String.valueOf((char) value)
                        : String.format(Locale.ROOT, "\\x%02x", value & 0xff);
        };
    }

    /**
     * A name from a file, a command line or a directory, safe for a terminal: control characters (C0, DEL, C1 of ECMA-48),
     * line breaks among them, become escapes. Letters of any script stay.
     */
    public static String safe(final String text) {
        if (text.chars().noneMatch(Character::isISOControl)) {
            return text;
        }
        final StringBuilder safe = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            safe.append(Character.isISOControl(c) ? escaped((byte) c) : String.valueOf(c));
        }
        return safe.toString();
    }

    /** As {@link #safe}, of a text that is several lines on purpose. */
    public static String safeLines(final String text) {
        return text.lines().map(Human::safe).collect(Collectors.joining("\n"));
    }

    /** Three digits that matter, rounded half up, of a number from 0.995 to 9999: "1.25", "12.3", "417". */
    private static String digits(final double value) {
        final int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
        final int scale = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
        final long scaled = Math.round(value * scale);
        final StringBuilder text = new StringBuilder(8).append(scaled / scale);
        if (decimals > 0) {
            padded(text.append('.'), (int) (scaled % scale), decimals);
        }
        return text.toString();
    }
}
