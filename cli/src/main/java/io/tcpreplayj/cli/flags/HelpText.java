package io.tcpreplayj.cli.flags;

/** The help of the program and of each verb, from the table. */
public final class HelpText {
    private static final String PROGRAM = "tcpreplay-j";

    private HelpText() {}

    /** What {@code --help} without a verb prints. */
    public static String overview() {
        final StringBuilder text = new StringBuilder(1024);
        text.append(PROGRAM).append(" makes captured TCP traffic happen again, against another server.\n\n");
        text.append("  ").append(PROGRAM).append(" index capture.pcap\n");
        text.append("  ").append(PROGRAM).append(" replay --speed 2x --target localhost:8080\n\n");
        text.append("Verbs (").append(PROGRAM).append(" help VERB tells more):\n");
        for (final Verb verb : Flags.VERBS) {
            row(text, verb.name() + " " + verb.operands(), verb.summary(), 26);
        }
        row(text, "help " + HelpTopic.FILTER, "the language of --where, and the fields of a flow", 26);
        row(text, "help " + HelpTopic.REDACT, "the secrets that index --redact replaces", 26);
        row(text, "--version", "print the version", 26);
        row(text, "VERB --json", Flags.JSON.help() + ", for machines", 26);
        text.append('\n');
        exitCodes(text);
        return text.toString();
    }

    /** What {@code help VERB} prints: three examples first. */
    public static String of(final Verb verb) {
        final StringBuilder text = new StringBuilder(2048);
        text.append("Examples:\n");
        for (final Verb.Example example : verb.examples()) {
            text.append("  ")
                    .append(PROGRAM)
                    .append(' ')
                    .append(example.command())
                    .append('\n');
            text.append("      ").append(example.meaning()).append('\n');
        }
        text.append("\nUsage: ").append(usage(verb)).append('\n');
        text.append("  ").append(verb.summary()).append("\n\nOptions:\n");
        for (final Flag flag : verb.flags()) {
            row(text, spelling(flag), flag.help() + (flag.repeats() && flag.takesValue() ? "; may repeat" : ""), 28);
        }
        text.append('\n');
        exitCodes(text);
        return text.toString();
    }

    /** "tcpreplay-j flows [options] [DB]". */
    public static String usage(final Verb verb) {
        return PROGRAM + " " + verb.name() + " [options] " + verb.operands();
    }

    private static String spelling(final Flag flag) {
        final String letter = flag.letter() == Flag.NO_LETTER ? "    " : "-" + flag.letter() + ", ";
        return letter + "--" + flag.name() + (flag.takesValue() ? " " + flag.argument() : "");
    }

    private static void exitCodes(final StringBuilder text) {
        text.append("Exit codes:\n");
        for (final ExitCode code : ExitCode.values()) {
            row(text, String.valueOf(code.code()), code.meaning(), 4);
        }
    }

    private static void row(final StringBuilder text, final String left, final String right, final int width) {
        text.append("  ").append(left);
        if (left.length() < width) {
            text.append(" ".repeat(width - left.length())).append(right).append('\n');
        } else {
            text.append('\n').append(" ".repeat(width + 2)).append(right).append('\n');
        }
    }
}
