package io.tcpreplayj.cli.flags;

/**
 * One option of a verb.
 *
 * @param name the long name, without dashes
 * @param letter the short name, or the NUL character
 * @param argument what its value is called in the help; empty for a switch
 * @param repeats whether it may be given more than once
 * @param help one sentence, with the default
 */
public record Flag(String name, char letter, String argument, boolean repeats, String help) {
    /** No short name. */
    public static final char NO_LETTER = '\0';

    static Flag toggle(final String name, final String help) {
        return new Flag(name, NO_LETTER, "", false, help);
    }

    static Flag toggle(final char letter, final String name, final String help) {
        return new Flag(name, letter, "", false, help);
    }

    static Flag value(final String name, final String argument, final String help) {
        return new Flag(name, NO_LETTER, argument, false, help);
    }

    static Flag value(final char letter, final String name, final String argument, final String help) {
        return new Flag(name, letter, argument, false, help);
    }

    static Flag values(final String name, final String argument, final String help) {
        return new Flag(name, NO_LETTER, argument, true, help);
    }

    Flag repeating() {
        return new Flag(name, letter, argument, true, help);
    }

    public boolean takesValue() {
        return !argument.isEmpty();
    }

    @Override
    public String toString() {
        return "--" + name;
    }
}
