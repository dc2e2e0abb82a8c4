package io.tcpreplayj.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The project's files as tests see them. */
final class ProjectTree {
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

    private ProjectTree() {}

    /** The directory of the parent POM. */
    static Path root() {
        for (Path dir = Path.of("").toAbsolutePath(); dir != null; dir = dir.getParent()) {
            if (Files.isRegularFile(dir.resolve("tcpreplay-j"))) {
                return dir;
            }
        }
        throw new IllegalStateException("not inside the project: " + Path.of("").toAbsolutePath());
    }

    /** The modules that the parent POM lists. */
    static List<Path> modules() {
        final Path root = root();
        return MODULE.matcher(read(root.resolve("pom.xml")))
                .results()
                .map(match -> root.resolve(match.group(1)))
                .toList();
    }

    /** The packages of a module's main code, if it has any: directories that hold a Java file. */
    static Set<String> packages(final Path module) throws IOException {
        final Path sources = module.resolve("src/main/java");
        if (!Files.isDirectory(sources)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.walk(sources)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(file -> sources.relativize(file.getParent()).toString().replace('/', '.'))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
