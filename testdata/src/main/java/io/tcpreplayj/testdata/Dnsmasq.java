package io.tcpreplayj.testdata;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A real dnsmasq inside a namespace, with a zone of its own and nobody to ask; stopped when closed. */
public final class Dnsmasq implements AutoCloseable {
    /** A zone in which no name exists. */
    public static final String EMPTY_ZONE = "local=/replay.test/\n";

    private static final Duration START_LIMIT = Duration.ofSeconds(20);

    /** {@code Nov 27 18:06:47 dnsmasq[1]: 5 10.92.1.1/46835 query[A] absent.replay.test from 10.92.1.1}. */
    private static final Pattern QUERY = Pattern.compile("/(\\d+) query\\[(\\S+)\\] (\\S+) from ");

    private final Path log;
    private final Process process;

    private Dnsmasq(final Path log, final Process process) {
        this.log = log;
        this.process = process;
    }

    /** Starts the server that {@code testdata/captures/dns*} were recorded with, with its zone. */
    public static Dnsmasq recorded(final Netns netns, final Path runDirectory, final int port) {
        return start(netns, runDirectory, port, template("zone.conf"));
    }

    /** Starts one with another zone, in dnsmasq's own words. */
    public static Dnsmasq start(final Netns netns, final Path runDirectory, final int port, final String zone) {
        try {
            Files.createDirectories(runDirectory);
            final Path configuration = runDirectory.resolve("dnsmasq.conf");
            final String text = template("dnsmasq.conf.in")
                    .replace("@RUN@", runDirectory.toAbsolutePath().toString())
                    .replace("@PORT@", Integer.toString(port));
            Files.writeString(configuration, text + zone);
            final Process process = Exec.start(
                    null,
                    Map.of(),
                    netns.inside("dnsmasq", "--keep-in-foreground", "--conf-file=" + configuration.toAbsolutePath()),
                    runDirectory.resolve("out"),
                    runDirectory.resolve("err"));
            final Dnsmasq dnsmasq = new Dnsmasq(runDirectory.resolve("query.log"), process);
            dnsmasq.awaitStart(runDirectory.resolve("err"));
            return dnsmasq;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its sockets are open when it says that it has started. */
    private void awaitStart(final Path complaints) throws IOException {
        final long endNs = System.nanoTime() + START_LIMIT.toNanos();
        while (!Files.exists(log) || !Files.readString(log).contains("started, version")) {
            if (!process.isAlive() || System.nanoTime() > endNs) {
                close();
                throw new IOException("dnsmasq did not start: " + Files.readString(complaints));
            }
            try {
                Thread.sleep(20);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                close();
                throw new IOException("interrupted", e);
            }
        }
    }

    private static String template(final String name) {
        try (InputStream in = Dnsmasq.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException(name + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Type and name of each query that it took so far, over UDP and TCP, in the order of its log. */
    public List<String> queries() {
        return queries(log);
    }

    /** The same of a log that lies beside a capture. */
    public static List<String> queries(final Path log) {
        final List<String> queries = new ArrayList<>();
        try {
            for (final String line : Files.readAllLines(log)) {
                final Matcher query = QUERY.matcher(line);
                if (query.find()) {
                    queries.add(query.group(2) + " " + query.group(3));
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return queries;
    }

    /** How many queries came from each client's port. */
    public Map<Integer, Integer> queriesByPort() {
        final Map<Integer, Integer> counts = new HashMap<>();
        final Matcher query;
        try {
            query = QUERY.matcher(Files.readString(log));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        while (query.find()) {
            counts.merge(Integer.valueOf(query.group(1)), 1, Integer::sum);
        }
        return counts;
    }

    /** It keeps its sockets and answers nothing more. */
    public void freeze() {
        Exec.run("kill", "-STOP", Long.toString(process.pid())).orThrow();
    }

    /** Returns when its port is free. */
    @Override
    public void close() {
        try {
            // Also a frozen one ends by this.
            process.destroyForcibly().waitFor();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
