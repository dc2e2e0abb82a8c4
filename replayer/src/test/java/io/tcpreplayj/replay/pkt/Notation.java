package io.tcpreplayj.replay.pkt;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Segments as scripts write them. */
final class Notation {
    private static final double NS_PER_SECOND = 1e9;

    private Notation() {}

    static String of(final SegmentSpec s) {
        final StringBuilder text = new StringBuilder();
        text.append(s.flags() == 0 ? "-" : SegmentParser.letters(s.flags())).append(' ');
        text.append(s.seq()).append(':').append(s.seq().absolute() ? "=" : "");
        text.append(s.seq().value() + s.length()).append('(').append(s.length()).append(')');
        if (SegmentParser.hasAck(s.flags())) {
            text.append(" ack ").append(s.ack());
        }
        if (s.window() != SegmentSpec.ANY_WINDOW) {
            text.append(" win ").append(s.window());
        }
        if (s.urgent() != 0) {
            text.append(" urg ").append(s.urgent());
        }
        final String options = options(s.options());
        return options.isEmpty() ? text.toString() : text + " " + options;
    }

    private static String options(final @Nullable List<OptionSpec> options) {
        if (options == null) {
            return "<...>";
        }
        return options.isEmpty()
                ? ""
                : options.stream().map(OptionSpec::toString).collect(Collectors.joining(",", "<", ">"));
    }

    static String seconds(final long ns) {
        return String.format(Locale.ROOT, "%.6f", ns / NS_PER_SECOND);
    }
}
