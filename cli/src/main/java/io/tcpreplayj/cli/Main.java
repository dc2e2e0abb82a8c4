package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.HelpText;
import io.tcpreplayj.cli.flags.HelpTopic;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Nearest;
import io.tcpreplayj.cli.flags.Verb;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;

/** The program: finds the verb, runs it, turns what happens into an exit code. */
public final class Main {
    private Main() {}

    public static void main(final String[] words) {
        System.exit(run(List.of(words), Console.system()));
    }

    /** The whole program without the end of the process. */
    static int run(final List<String> words, final Console console) {
        try {
            final int code = dispatch(words, console);
            console.out().flush();
            return code;
        } catch (final ReportedOutput.Closed e) {
            return ExitCode.OK.code();
        } catch (final UserException e) {
            flushBeforeFailing(console);
            return Failures.user(e, words, console);
        } catch (final Exception | Error e) {
            flushBeforeFailing(console);
            return Failures.other(e, words, console);
        }
    }

    /** What was done before the failure was told on stdout, and stays true. */
    private static void flushBeforeFailing(final Console console) {
        try {
            console.out().flush();
        } catch (final ReportedOutput.Closed | UncheckedIOException e) {
            // The failure at hand is told instead; it may be this one.
            return;
        }
    }

    private static int dispatch(final List<String> words, final Console console) throws IOException {
        if (words.isEmpty()) {
            console.err().print(HelpText.overview());
            return ExitCode.USAGE.code();
        }
        final String first = words.get(0);
        final List<String> rest = words.subList(1, words.size());
        return switch (first) {
            case "--version", "-V", "version" -> print(console, "tcpreplay-j " + version() + "\n");
            case "--help", "-h", "help" -> print(console, rest.isEmpty() ? HelpText.overview() : help(rest.get(0)));
            default -> runVerb(verb(first), rest, console);
        };
    }

    private static int runVerb(final Verb verb, final List<String> rest, final Console console) throws IOException {
        final LowArgs args = ArgumentParser.parse(verb, rest);
        if (args.has(Flags.HELP)) {
            return print(console, HelpText.of(verb));
        }
        return CommandTable.of(verb).run(args, console);
    }

    private static String help(final String topic) {
        return switch (topic) {
            case HelpTopic.FILTER -> HelpTopic.filter();
            case HelpTopic.REDACT -> HelpTopic.redact();
            default -> HelpText.of(verb(topic));
        };
    }

    private static Verb verb(final String name) {
        final Verb verb = Flags.verb(name);
        if (verb != null) {
            return verb;
        }
        final List<String> known = Flags.VERBS.stream().map(Verb::name).toList();
        final String nearest = Nearest.of(name, known);
        throw new UserException(
                (name.startsWith("-") ? "unknown option " : "unknown verb ") + name,
                nearest == null
                        ? "the verbs are " + String.join(", ", known)
                        : "did you mean tcpreplay-j " + nearest + "?");
    }

    private static int print(final Console console, final String text) {
        console.out().print(text);
        return ExitCode.OK.code();
    }

    private static String version() throws IOException {
        final Properties properties = new Properties();
        try (InputStream in = Main.class.getResourceAsStream("version.properties")) {
            if (in == null) {
                throw new IllegalStateException("version.properties is not on the class path");
            }
            properties.load(in);
        }
        return properties.getProperty("version");
    }
}
