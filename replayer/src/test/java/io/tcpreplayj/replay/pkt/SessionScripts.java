package io.tcpreplayj.replay.pkt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The scripts in testdata/sessions. */
final class SessionScripts {
    private static final String SUFFIX = ".pkt";

    private SessionScripts() {}

    /** The folder, from wherever inside the project the tests run. */
    static Path folder() {
        return root().resolve("testdata").resolve("sessions");
    }

    /** The project's folder. */
    static Path root() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve("testdata").resolve("sessions"))) {
                return at;
            }
        }
        throw new AssertionError("testdata/sessions is neither here nor above");
    }

    /** The files, by name. */
    static List<Path> files() {
        try (var entries = Files.list(folder())) {
            return entries.filter(file -> file.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String name(final Path file) {
        final String name = String.valueOf(file.getFileName());
        return name.substring(0, name.length() - SUFFIX.length());
    }

    /**
     * Reads one.
     *
     * @throws ScriptException with the place of the first error
     */
    static Script read(final Path file) {
        try {
            return ScriptParser.parse(name(file), Files.readString(file));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
