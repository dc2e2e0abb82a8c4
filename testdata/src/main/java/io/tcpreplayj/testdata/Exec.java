package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Child processes with their whole output. */
public final class Exec {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private Exec() {}

    /**
     * What a child process said and how it ended.
     *
     * @param exit 128 + signal when it was killed
     */
    public record Result(List<String> command, int exit, String stdout, String stderr) {
        /** Itself, when the child succeeded; otherwise an exception with all that it said. */
        public Result orThrow() {
            if (exit != 0) {
                throw new IllegalStateException(String.join(" ", command) + ": exit " + exit + "\n" + stdout + stderr);
            }
            return this;
        }
    }

    /** Runs and waits, at most two minutes. */
    public static Result run(final String... command) {
        return run(null, Map.of(), LIMIT, List.of(command));
    }

    /**
     * Runs and waits; a child that exceeds the limit is killed and an exception says so.
     *
     * @param directory null: this process's own
     */
    public static Result run(
            final @Nullable Path directory,
            final Map<String, String> environment,
            final Duration limit,
            final List<String> command) {
        try {
            final Path stdout = Files.createTempFile("exec", ".out");
            final Path stderr = Files.createTempFile("exec", ".err");
            try {
                // Files rather than pipes: a child that says much never waits for a reader.
                // Appended to: what comes into an emptied file, ext4 writes at once (auto_da_alloc of ext4(5)).
                final Process child = builder(directory, environment, command)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(stdout.toFile()))
                        .redirectError(ProcessBuilder.Redirect.appendTo(stderr.toFile()))
                        .start();
                if (!child.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    child.destroyForcibly().waitFor();
                    throw new IllegalStateException(String.join(" ", command) + ": not done after " + limit + "\n"
                            + Files.readString(stdout) + Files.readString(stderr));
                }
                return new Result(command, child.exitValue(), Files.readString(stdout), Files.readString(stderr));
            } finally {
                Files.deleteIfExists(stdout);
                Files.deleteIfExists(stderr);
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + command, e);
        }
    }

    /** Starts and does not wait; the child's output goes to the two files. */
    public static Process start(
            final @Nullable Path directory,
            final Map<String, String> environment,
            final List<String> command,
            final Path stdout,
            final Path stderr)
            throws IOException {
        return builder(directory, environment, command)
                .redirectOutput(stdout.toFile())
                .redirectError(stderr.toFile())
                .start();
    }

    private static ProcessBuilder builder(
            final @Nullable Path directory, final Map<String, String> environment, final List<String> command) {
        final ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        builder.environment().putAll(environment);
        return builder;
    }
}
