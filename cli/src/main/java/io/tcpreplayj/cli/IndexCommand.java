package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
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
        final IndexOptions options = IndexOptions.of(args, operands.expression());
        final Path file = DatabasePath.of(args, null, console);
        final List<CaptureSource> sources = CaptureSource.of(operands.captures());
        final boolean quiet = args.has(Flags.QUIET);
        final IndexRun run = new IndexRun(options, console, args);
        try (FlowDbWriter writer = DatabasePath.openForWriting(file, args);
                ProgressLines progress = progress(console, quiet)) {
            if (!writer.canTell(options.assembler().kept())) {
                throw new UserException(
                        file + " is of an older version, which cannot say that payload is missing or replaced",
                        "name another database: --db FILE");
            }
            run.index(sources, writer, progress);
        }
        run.summary(file, Files.exists(file) ? Files.size(file) : 0);
        return run.exit();
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
