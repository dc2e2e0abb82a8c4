package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A real nginx, inside a namespace or on this host's loopback; stopped, with its own workers only, when closed. */
public final class Nginx implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(20);

    private final Path runDirectory;
    private final int port;
    private final GrowingLog log;

    private Nginx(final Path runDirectory, final int port) {
        this.runDirectory = runDirectory;
        this.port = port;
        this.log = new GrowingLog(runDirectory.resolve("access.log"));
    }

    /**
     * Starts the server that the shared captures were recorded with: same configuration, same content.
     *
     * @param servers the folder {@code servers} beside those captures
     */
    public static Nginx shared(
            final Path servers, final @Nullable Netns netns, final Path runDirectory, final int port) {
        final List<String> line = netns == null ? new ArrayList<>() : new ArrayList<>(netns.prefix());
        line.add(servers.resolve("nginx/start.sh").toString());
        line.add(runDirectory.toString());
        Exec.run(null, Map.of("P_HTTP", Integer.toString(port)), START_LIMIT, line)
                .orThrow();
        return new Nginx(runDirectory, port);
    }

    /** Starts a server of our own: {@code /page1.html} to {@code /page20.html}, {@code /post/…}, {@code /close/…}. */
    public static Nginx small(final @Nullable Netns netns, final Path runDirectory, final int port) {
        try {
            final Path www = Files.createDirectories(runDirectory.resolve("www"));
            Files.createDirectories(runDirectory.resolve("tmp"));
            for (int page = 1; page <= 20; page++) {
                Files.writeString(www.resolve("page" + page + ".html"), text(30 * page * page, page));
            }
            final Path configuration = runDirectory.resolve("nginx.conf");
            Files.writeString(
                    configuration,
                    template()
                            .replace("@RUN@", runDirectory.toAbsolutePath().toString())
                            .replace("@PORT@", Integer.toString(port)));
            final List<String> line = netns == null ? new ArrayList<>() : new ArrayList<>(netns.prefix());
            line.addAll(List.of("nginx", "-p", runDirectory.toString()));
            line.addAll(List.of("-e", runDirectory.resolve("error.log").toString()));
            // nginx returns once the sockets listen: connections wait until there are workers. "user root": the run
            // directory may be root's alone.
            line.addAll(List.of(
                    "-g", "user root;", "-c", configuration.toAbsolutePath().toString()));
            Exec.run(null, Map.of(), START_LIMIT, line).orThrow();
            awaitWorkers(runDirectory.resolve("nginx.pid"));
            return new Nginx(runDirectory, port);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Who stops the server's processes must find all of them. */
    private static void awaitWorkers(final Path pidFile) throws IOException {
        final long end = System.nanoTime() + START_LIMIT.toNanos();
        while (!hasWorkers(pidFile)) {
            if (System.nanoTime() > end || Thread.currentThread().isInterrupted()) {
                throw new IOException("no worker of nginx, by " + pidFile);
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private static boolean hasWorkers(final Path pidFile) throws IOException {
        final String pid = Files.exists(pidFile) ? Files.readString(pidFile).strip() : "";
        return !pid.isEmpty()
                && ProcessHandle.of(Long.parseLong(pid))
                        .map(master -> master.children().findAny().isPresent())
                        .orElse(false);
    }

    private static String text(final int length, final int seed) {
        final Random random = new Random(seed);
        final StringBuilder text = new StringBuilder(length + 1);
        while (text.length() < length) {
            text.append((char) ('a' + random.nextInt(26)));
        }
        return text.append('\n').toString();
    }

    private static String template() throws IOException {
        try (InputStream in = Nginx.class.getResourceAsStream("nginx.conf.in")) {
            if (in == null) {
                throw new IOException("nginx.conf.in is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    public int port() {
        return port;
    }

    /** Every request that the server has finished so far, in the order of its log. */
    public List<AccessLog.Entry> requests() {
        return log.read();
    }

    /** The server's own complaints. */
    public String errors() throws IOException {
        return Files.readString(runDirectory.resolve("error.log"));
    }

    /** Lets open requests end (SIGQUIT), five seconds at most. */
    @Override
    public void close() {
        try {
            final Path pidFile = runDirectory.resolve("nginx.pid");
            if (!Files.exists(pidFile)) {
                return;
            }
            final long pid = Long.parseLong(Files.readString(pidFile).strip());
            final ProcessHandle master = ProcessHandle.of(pid).orElse(null);
            if (master == null) {
                return;
            }
            Exec.run("kill", "-QUIT", Long.toString(pid));
            if (!goneWithin(master, Duration.ofSeconds(5))) {
                Exec.run("kill", "-TERM", Long.toString(pid));
                goneWithin(master, Duration.ofSeconds(5));
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean goneWithin(final ProcessHandle process, final Duration limit) {
        final long end = System.nanoTime() + limit.toNanos();
        // nginx is no child of ours (it daemonised), so there is no exit to wait for; in a container without an init
        // that
        // reaps, it stays as a zombie, and isAlive() is true for ever: the limit ends that.
        while (process.isAlive() && System.nanoTime() < end) {
            try {
                Thread.sleep(20);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return !process.isAlive();
    }
}
