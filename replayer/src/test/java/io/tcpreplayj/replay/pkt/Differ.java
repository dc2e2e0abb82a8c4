package io.tcpreplayj.replay.pkt;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Compares a segment that was sent with the one that a script wants. */
final class Differ {
    private Differ() {}

    /** The fields that differ, by name; empty when the segment is as wanted. */
    static List<String> differences(final SegmentSpec wanted, final SegmentSpec actual, final Numbers numbers) {
        final List<String> differing = new ArrayList<>();
        compare("flags", wanted.flags(), actual.flags(), differing);
        compare("seq", numbers.seq(wanted.seq()), numbers.seq(actual.seq()), differing);
        compare("length", wanted.length(), actual.length(), differing);
        compare("ack", wanted.ack(), actual.ack(), differing);
        compare("urg", wanted.urgent(), actual.urgent(), differing);
        if (wanted.window() != SegmentSpec.ANY_WINDOW) {
            compare("win", wanted.window(), actual.window(), differing);
        }
        final List<OptionSpec> options = wanted.options();
        if (options != null) {
            compare("options", withoutEnd(options), Objects.requireNonNull(actual.options()), differing);
        }
        return differing;
    }

    /** Padding looks like the end of options. */
    private static List<OptionSpec> withoutEnd(final List<OptionSpec> options) {
        return options.stream()
                .takeWhile(option -> option.kind() != OptionSpec.Kind.END)
                .toList();
    }

    private static void compare(
            final String what, final Object wanted, final Object actual, final List<String> differing) {
        if (!wanted.equals(actual)) {
            differing.add(what);
        }
    }

    /** Both sides, one below the other. */
    static String sideBySide(final String wanted, final String actual) {
        return "  expected  " + wanted + "\n  actual    " + actual;
    }
}
