package io.tcpreplayj.cli;

import io.tcpreplayj.cli.flags.ArgumentParser;
import io.tcpreplayj.cli.flags.Flags;
import io.tcpreplayj.cli.flags.LowArgs;
import io.tcpreplayj.cli.report.Human;
import io.tcpreplayj.flow.db.CorruptFlowDbException;
import io.tcpreplayj.flow.db.FlowDb;
import io.tcpreplayj.flow.db.FlowDbLockedException;
import io.tcpreplayj.flow.db.FlowDbVersionException;
import io.tcpreplayj.flow.db.FlowDbWriter;
import io.tcpreplayj.pcap.CaptureException;
import io.tcpreplayj.pcap.CaptureFiles;
import io.tcpreplayj.replay.UserException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Which database a command means, and opening it with errors that name the cure. */
final class DatabasePath {
    private static final String DEFAULT = "flows.tfdb";

    private DatabasePath() {}

    /**
     * The positional argument, else {@code --db}, else TCPREPLAYJ_DB, else flows.tfdb.
     *
     * @param operand what stands where the database may stand, or null
     * @throws UserException when it is named in two ways
     */
    static Path of(final LowArgs args, final @Nullable String operand, final Console console) {
        final String named = args.value(Flags.DB);
        if (operand != null && named != null) {
            throw ArgumentParser.usage(args.verb(), "two databases: " + operand + " and --db " + named);
        }
        if ("".equals(operand) || "".equals(named)) {
            throw new UserException("a database without a name", "name a flow database, as " + DEFAULT);
        }
        if (operand != null) {
            return Path.of(operand);
        }
        final String fromEnvironment = console.env().getOrDefault("TCPREPLAYJ_DB", "");
        return Path.of(named != null ? named : fromEnvironment.isEmpty() ? DEFAULT : fromEnvironment);
    }

    /** What is done with a database. */
    @FunctionalInterface
    interface Opening<T> {
        T open() throws IOException;
    }

    /** Opens it for reading and says what its reader wants said. */
    static FlowDb open(final Path file, final LowArgs args, final Console console) throws IOException {
        final FlowDb db = opened(file, () -> FlowDb.open(file));
        if (!args.has(Flags.QUIET)) {
            db.warnings().forEach(warning -> console.err().println("tcpreplay-j: warning: " + Human.safe(warning)));
            final String loose = LooseFile.fault(file);
            if (!loose.isEmpty()) {
                console.err().println("tcpreplay-j: warning: " + Human.safe(loose) + " and holds what users sent");
            }
        }
        return db;
    }

    /** Does something with an existing one; what is wrong with it is told with its cure. */
    static <T> T opened(final Path file, final Opening<T> opening) throws IOException {
        if (!Files.exists(file)) {
            throw new UserException(
                    file + ": no such flow database", "make it: tcpreplay-j index --db " + file + " CAPTURE...");
        }
        if (Files.isDirectory(file)) {
            throw new UserException(file + " is a directory", "name a flow database");
        }
        try {
            return opening.open();
        } catch (final CorruptFlowDbException e) {
            throw unusable(e, hint(file));
        } catch (final FlowDbVersionException e) {
            throw unusable(e, "index the captures again with this program, or use the one that wrote it");
        } catch (final FlowDbLockedException e) {
            throw unusable(e, "wait until it is done");
        } catch (final FileSystemException e) {
            throw inaccessible(file, e, "be who owns it, or take a copy to where you may write");
        }
    }

    /** The JDK names the file that it failed on, which may be a lock or a new file beside the one that the user knows. */
    static UserException inaccessible(final Path file, final FileSystemException cause, final String hint) {
        final String text = Failures.text(cause);
        final String why = text.substring(text.lastIndexOf(": ") + 1).strip();
        final String failed = cause.getFile();
        final boolean beside = failed != null && !Path.of(failed).endsWith(file.getFileName());
        final UserException failure =
                new UserException(file + ": " + (beside ? "nothing can be written beside it: " : "") + why, hint);
        failure.initCause(cause);
        return failure;
    }

    private static String hint(final Path file) throws IOException {
        try {
            CaptureFiles.open(file).close();
            return "it is a capture: tcpreplay-j index " + file;
        } catch (final CaptureException e) {
            return "name a flow database; of a damaged one, tcpreplay-j verify --repair " + file
                    + " recovers what is sound";
        }
    }

    /** Opens it for appending, or begins it. */
    static FlowDbWriter openForWriting(final Path file, final LowArgs args) throws IOException {
        if (Files.isDirectory(file)) {
            throw new UserException(file + " is a directory", "name a file: --db " + file.resolve(DEFAULT));
        }
        final Path directory = file.toAbsolutePath().getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            throw new UserException(file + ": there is no directory " + directory, "mkdir -p " + directory);
        }
        final String loose = args.has(Flags.ALLOW_LOOSE_PERMS) ? "" : LooseFile.fault(file);
        try {
            final FlowDbWriter writer = FlowDbWriter.open(file);
            if (!loose.isEmpty()) {
                writer.close();
                throw new UserException(
                        loose + ", and what users sent would go into it",
                        "chmod 600 " + file + ", or --allow-loose-perms");
            }
            return writer;
        } catch (final CorruptFlowDbException | FlowDbVersionException e) {
            throw unusable(
                    e, "name another database with --db, or, if it was one, try tcpreplay-j verify --repair " + file);
        } catch (final FlowDbLockedException e) {
            throw unusable(e, "wait until it is done, or name another database with --db");
        } catch (final FileSystemException e) {
            throw inaccessible(file, e, "name a database with --db where you may write");
        }
    }

    private static UserException unusable(final IOException cause, final String hint) {
        final UserException failure = new UserException(String.valueOf(cause.getMessage()), hint);
        failure.initCause(cause);
        return failure;
    }
}
