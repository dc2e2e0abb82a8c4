package io.tcpreplayj.replay.pkt;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What must hold of the session: a name, a comparison and a value.
 *
 * @param name one of {@link #NAMES}
 * @param comparison {@code ==}, {@code !=}, {@code <=}, {@code >=}, {@code <} or {@code >}
 * @param value a word or a number
 */
record Condition(String name, String comparison, String value) {
    /** What a script can ask about. */
    static final Set<String> NAMES =
            Set.of("outcome", "state", "acked", "received", "retransmits", "retransmitted", "deadline");

    private static final List<String> COMPARISONS = List.of("==", "!=", "<=", ">=", "<", ">");

    /** The rest of {@code %{ acked == 300, state == TIME_WAIT }%}. */
    static List<Condition> parse(final ScriptLine line) {
        final List<Condition> all = new ArrayList<>();
        while (!line.eat("}%")) {
            if (!all.isEmpty()) {
                line.expect(",");
            }
            all.add(one(line));
        }
        return List.copyOf(all);
    }

    private static Condition one(final ScriptLine line) {
        final int at = line.position();
        final String name = line.word();
        if (!NAMES.contains(name)) {
            throw line.errorAt(at, "nothing is called '" + name + "'");
        }
        for (final String comparison : COMPARISONS) {
            if (line.eat(comparison)) {
                return new Condition(name, comparison, line.word());
            }
        }
        throw line.error("expected one of " + COMPARISONS);
    }

    boolean holds(final String actual) {
        return switch (comparison) {
            case "==" -> actual.equals(value);
            case "!=" -> !actual.equals(value);
            case "<=" -> Long.parseLong(actual) <= Long.parseLong(value);
            case ">=" -> Long.parseLong(actual) >= Long.parseLong(value);
            case "<" -> Long.parseLong(actual) < Long.parseLong(value);
            default -> Long.parseLong(actual) > Long.parseLong(value);
        };
    }

    @Override
    public String toString() {
        return name + " " + comparison + " " + value;
    }
}
