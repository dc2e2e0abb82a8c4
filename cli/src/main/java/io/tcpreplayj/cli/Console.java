package io.tcpreplayj.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a command may touch of its surroundings.
 *
 * @param out data; buffered, so it is flushed at the end
 * @param err talk
 * @param errIsTerminal whether a person watches {@code err}
 * @param outIsTerminal whether a person watches {@code out}
 */
public record Console(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Map<String, String> env,
        boolean errIsTerminal,
        boolean outIsTerminal) {

    /** One whose {@code out} nobody watches. */
    public Console(
            final InputStream in,
            final PrintStream out,
            final PrintStream err,
            final Map<String, String> env,
            final boolean errIsTerminal) {
        this(in, out, err, env, errIsTerminal, false);
    }

    /** The real one. */
    static Console system() {
        final PrintStream out = new PrintStream(
                new BufferedOutputStream(new ReportedOutput(new FileOutputStream(FileDescriptor.out)), 1 << 16),
                false,
                StandardCharsets.UTF_8);
        final PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        return new Console(
                System.in, out, err, System.getenv(), isTerminal("/proc/self/fd/2"), isTerminal("/proc/self/fd/1"));
    }

    // System.console() speaks of stdin and stdout together, never of stderr; the link's name tells all three apart.
    private static boolean isTerminal(final String descriptor) {
        try {
            final String file = Files.readSymbolicLink(Path.of(descriptor)).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty") || file.equals("/dev/console");
        } catch (final IOException e) {
            return false;
        }
    }
}
