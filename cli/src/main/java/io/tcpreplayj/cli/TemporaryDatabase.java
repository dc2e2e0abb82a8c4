package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ExitCode;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.ProgressLines;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.flow.db.FlowDbWriter;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The database of {@code replay CAPTURE}. It is written in a directory that only we can read; once it is open for reading
 * its name is taken away, so that it dies with this process, also by {@code kill -9}.
 */
final class TemporaryDatabase implements AutoCloseable {
    private final Path directory;
    private final Path file;
    private @Nullable FlowDb db;
    private int exit;

    private TemporaryDatabase(final Path directory) {
        this.directory = directory;
        file = directory.resolve("capture.tfdb");
    }

    /**
     * Indexes a capture into a new one and says so.
     *
     * @throws Ended when a signal came: signals are held until there is no file left that they could leave behind
     */
    static TemporaryDatabase of(final CaptureSource source, final LowArgs args, final Console console)
            throws IOException {
        final AtomicInteger signal = new AtomicInteger();
        final TemporaryDatabase database = Signals.during(signal::set, () -> make(source, args, console));
        if (signal.get() != 0) {
            database.close();
            throw new Ended(ExitCode.ofSignal(signal.get()));
        }
        return database;
    }

    private static TemporaryDatabase make(final CaptureSource source, final LowArgs args, final Console console)
            throws IOException {
        final TemporaryDatabase database = new TemporaryDatabase(Files.createTempDirectory("tcpreplay-j"));
        try {
            database.index(source, args, console);
            database.db = DatabasePath.open(database.file, args, console);
            return database;
        } catch (final Throwable failure) {
            database.close();
            throw failure;
        } finally {
            database.unlink();
        }
    }

    FlowDb db() {
        return Objects.requireNonNull(db);
    }

    /** Where it was; only its name is left, for messages. */
    Path file() {
        return file;
    }

    /** What indexing it came to: 8 when the capture was damaged. */
    int exit() {
        return exit;
    }

    private void index(final CaptureSource source, final LowArgs args, final Console console) throws IOException {
        final boolean quiet = args.has(Flags.QUIET);
        if (!quiet) {
            console.err().println("tcpreplay-j: " + source.name() + " is a capture: indexing it first");
        }
        // The ledger of the index is talk here: stdout is for the replay's report.
        final PrintStream ledger =
                quiet ? new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8) : console.err();
        final Console talk = new Console(console.in(), ledger, console.err(), console.env(), console.errIsTerminal());
        final IndexRun run = new IndexRun(
                IndexOptions.all().withAcks(args.has(Flags.ACK_POLICY) || args.has(Flags.WINDOW_POLICY)), talk, args);
        try (FlowDbWriter writer = FlowDbWriter.open(file);
                ProgressLines progress = IndexCommand.progress(console, quiet)) {
            run.index(List.of(source), writer, progress);
        }
        exit = run.exit();
        if (exit != ExitCode.OK.code() && exit != ExitCode.INCOMPLETE.code()) {
            throw exit == ExitCode.BUG.code()
                    ? new IllegalStateException(run.total().fault())
                    : new Ended(exit);
        }
        if (run.total().flows() == 0) {
            throw new UserException(source.name() + ": no TCP flow in it", "give a capture of TCP traffic");
        }
    }

    private void unlink() throws IOException {
        try (var left = Files.newDirectoryStream(directory)) {
            for (final Path path : left) {
                Files.delete(path);
            }
        }
        Files.delete(directory);
    }

    @Override
    public void close() throws IOException {
        if (db != null) {
            db.close();
        }
    }

    /** A signal came, or the capture could not be read, and it has been told already. */
    static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final int exit;

        Ended(final int exit) {
            super("ended with " + exit);
            this.exit = exit;
        }

        int exit() {
            return exit;
        }
    }
}
