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

    /** Opens it for reading and says what its reader wants said. */
    static FlowDb open(final Path file, final LowArgs args, final Console console) throws IOException {
        if (!Files.exists(file)) {
            throw new UserException(
                    file + ": no such flow database", "make it: tcpreplay-j index --db " + file + " CAPTURE...");
        }
        if (Files.isDirectory(file)) {
            throw new UserException(file + " is a directory", "name a flow database");
        }
        final FlowDb db;
        try {
            db = FlowDb.open(file);
        } catch (final CorruptFlowDbException e) {
            throw unusable(e, hint(file));
        } catch (final FlowDbVersionException e) {
            throw unusable(e, "index the captures again with this program, or use the one that wrote it");
        }
        if (!args.has(Flags.QUIET)) {
            db.warnings().forEach(warning -> console.err().println("tcpreplay-j: warning: " + Human.safe(warning)));
        }
        return db;
    }

    private static String hint(final Path file) throws IOException {
        try {
            CaptureFiles.open(file).close();
            return "it is a capture: tcpreplay-j index " + file;
        } catch (final CaptureException e) {
            return "name a flow database; a damaged one is made again by indexing its captures into a new file";
        }
    }

    /** Opens it for appending, or begins it. */
    static FlowDbWriter openForWriting(final Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new UserException(file + " is a directory", "name a file: --db " + file.resolve(DEFAULT));
        }
        final Path directory = file.toAbsolutePath().getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            throw new UserException(file + ": there is no directory " + directory, "mkdir -p " + directory);
        }
        try {
            return FlowDbWriter.open(file);
        } catch (final CorruptFlowDbException | FlowDbVersionException e) {
            throw unusable(e, "name another database with --db, or move that file away");
        } catch (final FlowDbLockedException e) {
            throw unusable(e, "wait until it is done, or name another database with --db");
        }
    }

    private static UserException unusable(final IOException cause, final String hint) {
        final UserException failure = new UserException(String.valueOf(cause.getMessage()), hint);
        failure.initCause(cause);
        return failure;
    }
}
