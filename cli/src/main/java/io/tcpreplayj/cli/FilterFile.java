package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code --filter-file}: a tcpdump expression over any number of lines, and comments; read again at SIGHUP. The kernel changes
 * from one filter to the other between two packets. An expression that is none leaves the filter as it was.
 */
final class FilterFile {
    private final LowArgs args;
    private final Path file;
    private final List<Endpoint> targets;
    private final boolean isOfTags;

    private FilterFile(final LowArgs args, final Path file, final List<Endpoint> targets) throws IOException {
        isOfTags = !LiveFilter.of(args, read(file)).left().isEmpty();
        this.args = args;
        this.file = file;
        this.targets = targets;
    }

    /**
     * The file, where one is given.
     *
     * @param targets see {@link LiveFilter#without}
     */
    static @Nullable FilterFile of(final LowArgs args, final List<Endpoint> targets) throws IOException {
        final String name = args.value(Flags.FILTER_FILE);
        return name == null ? null : new FilterFile(args, Path.of(name), targets);
    }

    /** The expression to begin with: from the file, or of the command line. */
    static String expression(final LowArgs args) throws IOException {
        final String name = args.value(Flags.FILTER_FILE);
        if (name == null) {
            return String.join(" ", args.operands());
        }
        if (!args.operands().isEmpty()) {
            throw new UserException(
                    "there is a filter expression in " + name + ", and another one on the command line",
                    "leave one of the two out");
        }
        return read(Path.of(name));
    }

    /** What is in it, in one line; what a {@code #} begins is a comment up to the end of its line. */
    private static String read(final Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw new UserException(
                    "cannot read the filter " + file, "--filter-file takes a file with a tcpdump expression");
        }
        return Files.readAllLines(file).stream()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining(" "));
    }

    /** At SIGHUP: has {@code reader} capture by what is in the file now, where there is one. Returns what to say of that. */
    static String reload(final @Nullable FilterFile file, final LiveReader reader) {
        if (file == null) {
            return "nothing to reload: there is no --filter-file";
        }
        try {
            return file.reload(reader);
        } catch (final IOException e) {
            return "the filter stays as it was: " + e.getMessage();
        }
    }

    private String reload(final LiveReader reader) throws IOException {
        try {
            final String expression = read(file);
            final LiveFilter filter = LiveFilter.of(args, expression).without(targets);
            if (isOfTags || !filter.left().isEmpty()) {
                return refused("one that asks for VLAN tags is not the kernel's: start live anew");
            }
            reader.filter(filter);
            return "captures from now on: " + (expression.isEmpty() ? "everything" : expression);
        } catch (final UserException e) {
            return refused(String.valueOf(e.getMessage()).lines().findFirst().orElse("it is none"));
        }
    }

    private String refused(final String why) {
        return "the filter stays as it was, for that in " + file + " is refused: " + why;
    }
}
