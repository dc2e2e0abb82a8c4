package io.tcpreplayj.testdata;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Optional;

/** Where the recorded captures with independent ground truth are; they are too large for this repository. */
public final class Captures {
    /** Environment variable, and system property, that names the folder. */
    public static final String VARIABLE = "TCPREPLAYJ_CAPTURES";

    private Captures() {}

    /**
     * The folder with {@code rec/}, {@code repo/} and {@code hostile/}: the system property or environment variable
     * {@value #VARIABLE}, else {@code ../shared/captures} seen from the working directory or one of its parents.
     */
    public static Optional<Path> shared() {
        final String property = System.getProperty(VARIABLE);
        final String named = property != null ? property : System.getenv(VARIABLE);
        if (named != null && !named.isEmpty()) {
            final Path folder = Paths.get(named);
            if (!Files.isDirectory(folder)) {
                throw new IllegalStateException(VARIABLE + " names no folder: " + named);
            }
            return Optional.of(folder);
        }
        Path here = Paths.get(System.getProperty("user.dir")).toAbsolutePath();
        while (here != null) {
            final Path folder = here.resolveSibling("shared").resolve("captures");
            if (Files.isDirectory(folder)) {
                return Optional.of(folder);
            }
            here = here.getParent();
        }
        return Optional.empty();
    }
}
