package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.flags.Units;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.flow.db.FlowDbWriter;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code index}: captures into the flow database. */
final class IndexCommand implements Command {
    @Override
    public int run(final LowArgs args, final Console console) throws IOException {
        final Operands operands = Operands.of(args.operands());
        if (args.has(Flags.DURATION) && !args.has(Flags.FOLLOW)) {
            throw new UserException("--duration without --follow", "a capture that is not followed is read to its end");
        }
        final IndexOptions options = IndexOptions.of(args, operands.expression());
        final Path file = DatabasePath.of(args, null, console);
        final boolean follow = args.has(Flags.FOLLOW);
        final long durationNs = follow ? following(operands.captures(), args) : 0;
        final List<CaptureSource> sources = follow ? List.of() : CaptureSource.of(operands.captures());
        final boolean quiet = args.has(Flags.QUIET);
        final IndexRun run = new IndexRun(options, console, args);
        try (FlowDbWriter writer = DatabasePath.openForWriting(file, args);
                ProgressLines progress = progress(console, quiet)) {
            if (!writer.canTell(options.assembler().kept())) {
                throw new UserException(
                        file + " is of an older version, which cannot say that payload is missing or replaced",
                        "name another database: --db FILE");
            }
            if (follow) {
                run.follow(operands.captures(), durationNs, writer, progress);
            } else {
                run.index(sources, writer, progress);
            }
        }
        run.summary(file, Files.exists(file) ? Files.size(file) : 0);
        return run.exit();
    }

    /** Checks what is to be followed; returns for how long. */
    private static long following(final List<String> captures, final LowArgs args) throws IOException {
        for (final CaptureSource source : CaptureSource.of(captures)) {
            if (source.isStream()) {
                throw new UserException(
                        source.name() + ": --follow reads files",
                        "a pipe needs no --follow: it is read until its writer closes it");
            }
        }
        for (final String capture : captures) {
            // What a pattern means may come later.
            if (!CaptureSource.isPattern(capture) && Files.notExists(Path.of(capture))) {
                throw new UserException(
                        capture + ": no such file or directory", "name a directory or a file that is written to");
            }
        }
        final String duration = args.value(Flags.DURATION);
        return duration == null ? Long.MAX_VALUE : Units.durationNs(Flags.DURATION, duration);
    }

    static ProgressLines progress(final Console console, final boolean quiet) {
        final ProgressLines.Style style = ProgressLines.style(
                quiet,
                console.errIsTerminal(),
                !console.env().getOrDefault("NO_COLOR", "").isEmpty(),
                console.env().getOrDefault("TERM", ""));
        return new ProgressLines(console.err(), style, System::nanoTime);
    }
}
