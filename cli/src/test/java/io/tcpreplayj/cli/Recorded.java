package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.Nginx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A capture of {@code testdata/captures}, indexed, with what its server logged of each flow: the expectation for a replay
 * to {@link Nginx#small}, which is the server that it was recorded with.
 */
final class Recorded {
    /** The captured server port of all of them. */
    static final int PORT = 8080;

    private final Path database;
    private final Map<Long, List<String>> requestsByFlow;

    private Recorded(final Path database, final Map<Long, List<String>> requestsByFlow) {
        this.database = database;
        this.requestsByFlow = requestsByFlow;
    }

    static Path file(final String capture) {
        return ProjectTree.root().resolve("testdata/captures").resolve(capture);
    }

    /** Indexes it into {@code directory}. No client port occurs twice in these captures, so ports tell flows apart. */
    static Recorded index(final String capture, final Path directory) throws IOException {
        final Path database = directory.resolve(capture + ".tfdb");
        final Run indexed = new Run().main("index", "-q", "--db", database, file(capture));
        assertThat(indexed.exit()).as(indexed.err()).isZero();
        // The compressed twin is the same recording, with one log for both.
        final List<AccessLog.Entry> log = AccessLog.read(file(capture.replace(".zst", "") + ".access.log"));
        final Map<String, List<String>> byClient = byClient(log);
        final Map<Long, List<String>> requestsByFlow = new HashMap<>();
        for (final String line :
                new Run().main("flows", database, "--json").out().lines().toList()) {
            final Map<String, Object> flow = JSON.std.mapFrom(line);
            final List<String> requests = byClient.remove(Session.endpoint(flow, "client"));
            assertThat(requests).as("logged requests of " + line).isNotEmpty();
            requestsByFlow.put(((Number) flow.get("id")).longValue(), requests);
        }
        assertThat(byClient).as("logged, but no flow of the capture").isEmpty();
        return new Recorded(database, requestsByFlow);
    }

    String database() {
        return database.toString();
    }

    int flows() {
        return requestsByFlow.size();
    }

    int requests() {
        return requestsByFlow.values().stream().mapToInt(List::size).sum();
    }

    /** What the server has logged since its log had {@code before} entries, once there are as many as there should be. */
    static List<AccessLog.Entry> arrived(final Nginx nginx, final int before, final int expected)
            throws IOException, InterruptedException {
        // nginx logs a request after its answer has left, so the replayer may be done a moment before the log.
        Eventually.holds(Duration.ofSeconds(3), () -> nginx.requests().size() >= before + expected);
        final List<AccessLog.Entry> all = nginx.requests();
        return all.subList(before, all.size());
    }

    /** One line for each session whose connection did not bring exactly the recorded requests in their order. */
    List<String> differences(final List<Session> sessions, final List<AccessLog.Entry> arrived) {
        final Map<String, List<String>> byClient = byClient(arrived);
        final List<String> differences = new ArrayList<>();
        for (final Session session : sessions) {
            final List<String> wanted = requestsByFlow.getOrDefault(session.flow(), List.of());
            final List<String> got = byClient.getOrDefault(session.client(), List.of());
            if (!got.equals(wanted)) {
                differences.add(session + ": wanted " + wanted + ", arrived " + got);
            }
            byClient.remove(session.client());
        }
        byClient.forEach((client, requests) -> differences.add("nobody's: " + client + " " + requests));
        return differences;
    }

    private static Map<String, List<String>> byClient(final List<AccessLog.Entry> log) {
        final List<AccessLog.Entry> sorted = new ArrayList<>(log);
        sorted.sort(Comparator.comparingLong(AccessLog.Entry::connection).thenComparingInt(AccessLog.Entry::index));
        final Map<String, List<String>> byClient = new HashMap<>();
        for (final AccessLog.Entry entry : sorted) {
            byClient.computeIfAbsent(entry.clientAddress() + ":" + entry.clientPort(), client -> new ArrayList<>())
                    .add(entry.request());
        }
        return byClient;
    }
}
