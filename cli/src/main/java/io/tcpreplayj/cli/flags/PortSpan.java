package io.tcpreplayj.cli.flags;

import io.tcpreplayj.replay.UserException;
import java.util.ArrayList;
import java.util.List;

/**
 * Server ports from {@code first} to {@code last}, both included.
 *
 * @param first 1 to 65535
 * @param last not below {@code first}
 */
public record PortSpan(int first, int last) {
    /** "80", "8000-8099" or "80,443,8000-8099". */
    public static List<PortSpan> parseAll(final Flag flag, final String text) {
        final List<PortSpan> ranges = new ArrayList<>();
        for (final String part : text.split(",", -1)) {
            ranges.add(parse(flag, part));
        }
        return ranges;
    }

    /**
     * "80" or "8000-8099".
     *
     * @throws UserException when it is neither
     */
    public static PortSpan parse(final Flag flag, final String text) {
        final int dash = text.indexOf('-');
        final int first = port(flag, text, dash < 0 ? text : text.substring(0, dash));
        final int last = dash < 0 ? first : port(flag, text, text.substring(dash + 1));
        if (last < first) {
            throw Units.bad(flag, text, "the lower port first");
        }
        return new PortSpan(first, last);
    }

    public boolean contains(final int port) {
        return first <= port && port <= last;
    }

    private static int port(final Flag flag, final String text, final String digits) {
        if (!digits.matches("\\d{1,5}") || Integer.parseInt(digits) > 65535 || Integer.parseInt(digits) == 0) {
            throw Units.bad(flag, text, "a port from 1 to 65535, as 80, or a range, as 8000-8099");
        }
        return Integer.parseInt(digits);
    }
}
