package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A real server inside a namespace, run by the user that its package made, in a directory of that user's own; ended when
 * closed.
 */
public final class RealServer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(30);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final long LOOK_MS = 20;
    private static final Path POSTGRES = Path.of("/usr/lib/postgresql");

    private final Path home;
    private final Process process;

    private RealServer(final Path home, final Process process) {
        this.home = home;
        this.process = process;
    }

    /** A redis that keeps everything in memory only. */
    public static RealServer redis(final Netns host, final int port) {
        final Path home = home("redis");
        final List<String> words = new ArrayList<>(List.of("redis-server", "--port", Integer.toString(port)));
        words.addAll(List.of("--bind", "0.0.0.0", "::", "--protected-mode", "no"));
        words.addAll(List.of("--save", "", "--appendonly", "no", "--dir", home.toString()));
        return start(host, "redis", port, home, words);
    }

    /** A PostgreSQL that trusts everybody, with an empty database {@code postgres} of a user of that name. */
    public static RealServer postgres(final Netns host, final int port) {
        final Path home = home("postgres");
        final Path programs = postgresPrograms();
        final String data = home.resolve("data").toString();
        final List<String> make =
                as("postgres", List.of(programs.resolve("initdb").toString(), "-D", data));
        make.addAll(List.of("-A", "trust", "-U", "postgres", "--no-sync", "--locale=C", "-E", "UTF8"));
        Exec.run(home, Map.of(), START_LIMIT, make).orThrow();
        try {
            Files.writeString(home.resolve("hba"), "local all all trust\nhost all all all trust\n");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        final List<String> words = new ArrayList<>();
        words.addAll(List.of(programs.resolve("postgres").toString(), "-D", data, "-p", Integer.toString(port)));
        words.addAll(List.of("-k", home.toString(), "-c", "hba_file=" + home.resolve("hba")));
        words.addAll(List.of("-c", "listen_addresses=*", "-c", "fsync=off", "-c", "ssl=off"));
        return start(host, "postgres", port, home, words);
    }

    /** Whether {@link #postgres} can be started here: Debian keeps its programs off the path. */
    public static boolean hasPostgres() {
        return Files.isDirectory(POSTGRES)
                && Files.isExecutable(postgresPrograms().resolve("initdb"));
    }

    /** Of the newest version that is installed. */
    private static Path postgresPrograms() {
        try (Stream<Path> versions = Files.list(POSTGRES)) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(programs -> Files.isExecutable(programs.resolve("initdb")))
                    .max(Comparator.naturalOrder())
                    .orElse(POSTGRES);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Below /tmp, not in the test's own directory, which may be root's alone. */
    private static Path home(final String user) {
        try {
            final Path home = Files.createTempDirectory("tj-" + user);
            Exec.run("chown", user, home.toString()).orThrow();
            return home;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> as(final String user, final List<String> words) {
        final List<String> line = new ArrayList<>(
                List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--no-new-privs", "--"));
        line.addAll(words);
        return line;
    }

    private static RealServer start(
            final Netns host, final String user, final int port, final Path home, final List<String> words) {
        try {
            final Path talk = home.resolve("said");
            final Process process = new ProcessBuilder(
                            host.inside(as(user, words).toArray(String[]::new)))
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(talk.toFile())
                    .start();
            final RealServer server = new RealServer(home, process);
            final long deadlineNs = System.nanoTime() + START_LIMIT.toNanos();
            while (!listens(host, port)) {
                if (!process.isAlive() || System.nanoTime() > deadlineNs) {
                    final String said = Files.readString(talk);
                    server.close();
                    throw new IllegalStateException(String.join(" ", words) + ": " + said);
                }
                Thread.sleep(LOOK_MS);
            }
            return server;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in " + words, e);
        }
    }

    /** Over both families: the second one may come a moment later. */
    private static boolean listens(final Netns host, final int port) {
        return host.exec("ss", "-Hltn", "sport = :" + port).stdout().lines().count() >= 2;
    }

    /** Where it lives, and its UNIX socket, if it has one. */
    public Path home() {
        return home;
    }

    /** Ends it at once (SIGINT is PostgreSQL's "fast", redis knows it, too) and removes its directory. */
    @Override
    public void close() {
        Exec.run("kill", "-INT", Long.toString(process.pid()));
        try {
            if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Exec.run("rm", "-rf", home.toString());
    }
}
