package io.tcpreplayj.cli.flags;

import io.tcpreplayj.replay.UserException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/** Words to {@link LowArgs}; the one class that knows Commons CLI. */
public final class ArgumentParser {
    private ArgumentParser() {}

    /**
     * Parses what follows the verb.
     *
     * @throws UserException for an unknown option, a missing value, a flag given twice, too many or too few operands
     */
    public static LowArgs parse(final Verb verb, final List<String> words) {
        final CommandLine line;
        try {
            line = DefaultParser.builder()
                    .setAllowPartialMatching(false)
                    .setStripLeadingAndTrailingQuotes(false)
                    .get()
                    .parse(options(verb), joined(verb, words).toArray(String[]::new));
        } catch (final UnrecognizedOptionException e) {
            throw unknownOption(verb, e.getOption());
        } catch (final MissingArgumentException e) {
            throw usage(
                    verb,
                    "--" + e.getOption().getLongOpt() + " wants a value: "
                            + e.getOption().getArgName());
        } catch (final ParseException e) {
            throw usage(verb, String.valueOf(e.getMessage()));
        }
        final LowArgs args = new LowArgs(verb, values(verb, line), line.getArgList());
        final int operands = args.operands().size();
        if (!args.has(Flags.HELP) && (operands < verb.minOperands() || operands > verb.maxOperands())) {
            throw usage(
                    verb,
                    operands < verb.minOperands()
                            ? verb.name() + " wants " + verb.operands()
                            : "unexpected \"" + args.operands().get(verb.maxOperands()) + "\"");
        }
        return args;
    }

    /**
     * Makes one word of {@code --sort -startNs}: for the parser what begins with a dash and a letter that is a flag is that
     * flag, and no value.
     */
    private static List<String> joined(final Verb verb, final List<String> words) {
        final List<String> joined = new ArrayList<>(words.size());
        for (final String word : words) {
            final String before = joined.isEmpty() ? "" : joined.get(joined.size() - 1);
            // In this order: to compare two records for the first time takes some 20 ms.
            if (before.equals(Flags.SORT.toString())
                    && word.matches("-\\w.*")
                    && verb.flags().contains(Flags.SORT)) {
                joined.set(joined.size() - 1, before + "=" + word);
            } else {
                joined.add(word);
            }
        }
        return joined;
    }

    /** A usage error whose hint is the verb's usage line. */
    public static UserException usage(final Verb verb, final String message) {
        return new UserException(message, HelpText.usage(verb) + "; see tcpreplay-j help " + verb.name());
    }

    private static Options options(final Verb verb) {
        final Options options = new Options();
        for (final Flag flag : verb.flags()) {
            options.addOption(Option.builder(flag.letter() == Flag.NO_LETTER ? null : String.valueOf(flag.letter()))
                    .longOpt(flag.name())
                    .hasArg(flag.takesValue())
                    .argName(flag.argument())
                    .get());
        }
        return options;
    }

    private static Map<String, List<String>> values(final Verb verb, final CommandLine line) {
        final Map<String, List<String>> values = new HashMap<>();
        for (final Option option : line.getOptions()) {
            final List<String> given = values.computeIfAbsent(option.getLongOpt(), name -> new ArrayList<>());
            final String value = option.getValue();
            given.add(value == null ? "" : value);
        }
        for (final Flag flag : verb.flags()) {
            final List<String> given = values.getOrDefault(flag.name(), List.of());
            // The last one could silently win, but then a long command line would not do what its reader sees first.
            if (flag.takesValue() && !flag.repeats() && given.size() > 1) {
                throw usage(verb, flag + " is given twice: " + given.get(0) + " and " + given.get(1));
            }
        }
        return values;
    }

    private static UserException unknownOption(final Verb verb, final String typed) {
        final int equals = typed.indexOf('=');
        final String name = equals < 0 ? typed : typed.substring(0, equals);
        final List<String> known = verb.flags().stream().map(Flag::toString).toList();
        final String nearest = Nearest.of(name, known);
        final String message = "unknown option " + name + " of " + verb.name();
        return nearest == null ? usage(verb, message) : new UserException(message, "did you mean " + nearest + "?");
    }
}
