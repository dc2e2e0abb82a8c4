package io.tcpreplayj.cli.flags;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was typed after a verb, as strings: known flags, unchecked values. */
public final class LowArgs {
    private final Verb verb;
    private final Map<String, List<String>> values;
    private final List<String> operands;

    /** @param values by the flag's name; one element an occurrence, empty strings for switches */
    LowArgs(final Verb verb, final Map<String, List<String>> values, final List<String> operands) {
        this.verb = verb;
        this.values = Map.copyOf(values);
        this.operands = List.copyOf(operands);
    }

    public Verb verb() {
        return verb;
    }

    public List<String> operands() {
        return operands;
    }

    public boolean has(final Flag flag) {
        return values.containsKey(flag.name());
    }

    /** How often it was given. */
    public int count(final Flag flag) {
        return all(flag).size();
    }

    /** Its value, or null when it was not given. */
    public @Nullable String value(final Flag flag) {
        final List<String> given = all(flag);
        return given.isEmpty() ? null : given.get(0);
    }

    /** Its values, in the order given. */
    public List<String> all(final Flag flag) {
        return values.getOrDefault(flag.name(), List.of());
    }
}
