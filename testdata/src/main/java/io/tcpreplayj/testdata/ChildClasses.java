package io.tcpreplayj.testdata;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Where the JVMs that tests start find their classes. Hundreds of them are started, and half of what one takes until it does
 * something is to parse and verify classes; so the first of a test run writes them down, verified, for the others (JEP 350).
 * That works for jars alone, so directories are packed first.
 */
final class ChildClasses {
    /** Runs commands line by line; where it is not on the class path, children are few. */
    private static final String RESIDENT = "io.tcpreplayj.cli.ResidentCli";

    private static final int MOST_SECONDS = 60;

    /** Options of a JVM, {@code -cp} last. */
    static final List<String> OPTIONS = options();

    private ChildClasses() {}

    private static List<String> options() {
        final String classPath = System.getProperty("java.class.path");
        if (ChildClasses.class.getResource("/" + RESIDENT.replace('.', '/') + ".class") == null) {
            return List.of("-cp", classPath);
        }
        try {
            final Path folder = Files.createTempDirectory(
                    Files.createDirectories(Path.of("target").toAbsolutePath()), "children");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            final String jars = jars(classPath, folder);
            final Path archive = folder.resolve("classes.jsa");
            writeArchive(archive, jars, folder);
            final List<String> options = new ArrayList<>();
            // As the launcher: a JVM that cannot use it loads classes as ever, and that is no news for anybody.
            options.add("-XX:SharedArchiveFile=" + archive);
            options.addAll(List.of("-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-cp", jars));
            return List.copyOf(options);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String jars(final String classPath, final Path folder) throws IOException {
        final List<String> jars = new ArrayList<>();
        for (final String entry : classPath.split(File.pathSeparator)) {
            final Path path = Path.of(entry);
            if (Files.isDirectory(path)) {
                final Path jar = folder.resolve(jars.size() + ".jar");
                pack(path, jar);
                jars.add(jar.toString());
            } else {
                jars.add(entry);
            }
        }
        return String.join(File.pathSeparator, jars);
    }

    private static void pack(final Path directory, final Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> tree = Files.walk(directory)) {
            out.setLevel(0);
            for (final Path path :
                    (Iterable<Path>) tree.filter(Files::isRegularFile).sorted()::iterator) {
                out.putNextEntry(new JarEntry(directory.relativize(path).toString()));
                Files.copy(path, out);
            }
        }
    }

    /** What an index and a replay load. */
    private static void writeArchive(final Path archive, final String jars, final Path folder) throws IOException {
        final Path capture = folder.resolve("made.pcap");
        final Path database = folder.resolve("made.tfdb");
        FlowPcap.write(capture, new FlowPcap.Shape(2, 2, 100, 100, 0, 0), 1);
        final Path commands = Files.writeString(
                folder.resolve("commands"),
                String.join("\t", "index", "-q", "--db", database.toString(), capture.toString()) + "\n"
                        + String.join("\t", "replay", "--dry-run", "--target", "127.0.0.1:9", database.toString())
                        + "\n");
        final List<String> line = new ArrayList<>(Commands.jvm());
        line.addAll(List.of("-XX:ArchiveClassesAtExit=" + archive, "-cp", jars, RESIDENT));
        line.addAll(
                List.of(folder.resolve("out").toString(), folder.resolve("err").toString(), "NOTHING"));
        final Process child = new ProcessBuilder(line)
                .redirectInput(commands.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        try {
            if (!child.waitFor(MOST_SECONDS, TimeUnit.SECONDS) || child.exitValue() != 0) {
                throw new IOException("no archive of classes: " + Files.readString(folder.resolve("log")));
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            child.destroyForcibly();
        }
    }

    private static void delete(final Path folder) {
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
