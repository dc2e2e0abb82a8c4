package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.AccessLog;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.Captures;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Nginx;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The recorded HTTP captures against the very server they were recorded with, in namespaces: every request of every
 * replayable flow must stand in the server's access log, in order within its connection, by every transport, at every
 * speed, over both families. What the recorded server logged is the expectation; {@code replay-exceptions.tsv} lists the
 * connections of which less can arrive, each with its reason.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
@Order(1)
final class ReplayCapturesIT {
    private static final int PORT = 8080;
    private static final Duration LOG_PATIENCE = Duration.ofSeconds(5);
    private static final List<String> SPEEDS = List.of("1x", "2x", "max");
    /** Rounds: one in an ordinary run, ten in a soak. */
    private static final int ROUNDS = Integer.getInteger("tcpreplayj.rounds", 1);

    private Path directory = Path.of("");
    private Path captures = Path.of("");
    private Lab lab;
    private Nginx nginx;
    private ResidentCli onServer;
    private ResidentCli onClient;
    private final Map<String, Recording> recordings = new LinkedHashMap<>();
    private Map<String, List<String>> exceptions = Map.of();

    /** One line of the matrix's first column: a capture and the server's account of it. */
    private record Recording(Path database, List<Flow> flows, Map<String, Deque<List<String>>> requestsByClient) {}

    private record Flow(long id, String client, boolean replayable) {}

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "nginx", "nft", "ethtool", "python3");
        captures = Captures.shared().orElseGet(() -> {
            System.err.println("SKIPPED: ReplayCapturesIT needs the recorded captures (" + Captures.VARIABLE + ")");
            return Assumptions.abort("the recorded captures are absent");
        });
        exceptions = ReplayExceptions.read();
        lab = Lab.pair();
        nginx = Nginx.shared(captures.resolve("servers"), lab.server(), directory.resolve("nginx"), PORT);
        onServer = ResidentCli.in(lab.server(), directory);
        onClient = ResidentCli.in(lab.client(), directory);
    }

    @AfterAll
    void stop() throws IOException {
        for (final AutoCloseable each : new AutoCloseable[] {onClient, onServer, nginx, lab}) {
            if (each != null) {
                try {
                    each.close();
                } catch (final IOException e) {
                    throw e;
                } catch (final Exception e) {
                    throw new IOException(e);
                }
            }
        }
    }

    static List<Object[]> matrix() {
        final List<Object[]> rows = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (final String capture : HttpCaptures.ALL) {
                for (final String transport : List.of("tun", "packet", "socket")) {
                    for (final String speed : SPEEDS) {
                        rows.add(new Object[] {capture, transport, speed, 4});
                    }
                    rows.add(new Object[] {capture, transport, "max", 6});
                }
            }
        }
        return rows;
    }

    @ParameterizedTest(name = "{0} over {1} at {2}, IPv{3}")
    @MethodSource("matrix")
    void everyRequestArrives_inOrder(final String capture, final String transport, final String speed, final int family)
            throws Exception {
        final Recording recording = recordings.computeIfAbsent(capture, this::record);
        final Path sessions = directory.resolve("sessions.json");
        final int before = nginx.requests().size();
        final String target = family == 4 ? lab.serverV4() + ":" + PORT : "[" + lab.serverV6() + "]:" + PORT;
        final ResidentCli cli = transport.equals("tun") ? onServer : onClient;
        final ResidentCli.Result result = cli.run(
                "replay",
                recording.database().toString(),
                "--target",
                target,
                "--port",
                Integer.toString(HttpCaptures.port(capture)),
                "--transport",
                transport,
                "--speed",
                speed,
                "--sessions",
                sessions.toString(),
                "--json",
                "-q");
        if (recording.flows().stream().noneMatch(Flow::replayable)) {
            assertThat(result.exit()).as(result.stderr()).isEqualTo(2);
            return;
        }
        assertThat(result.exit()).as(result.stderr() + result.stdout()).isIn(0, 8);
        // A request that its client did not wait for is logged when nginx comes to it, which may be after the replay.
        Eventually.holds(
                LOG_PATIENCE,
                () -> differences(capture, recording, sessions, before).isEmpty());
        assertThat(differences(capture, recording, sessions, before)).isEmpty();
    }

    private List<String> differences(
            final String capture, final Recording recording, final Path sessions, final int before) throws IOException {
        final List<AccessLog.Entry> log = nginx.requests();
        return differences(capture, recording, sessions, connections(log.subList(before, log.size())));
    }

    /** One line for each connection whose requests did not arrive as the recorded server had them. */
    private List<String> differences(
            final String capture,
            final Recording recording,
            final Path sessions,
            final Map<String, Deque<List<String>>> arrived)
            throws IOException {
        final Map<Long, String> liveClients = liveClients(sessions);
        final Map<String, Deque<List<String>>> expected = new HashMap<>();
        recording.requestsByClient().forEach((client, lists) -> expected.put(client, new ArrayDeque<>(lists)));
        final List<String> differences = new ArrayList<>();
        for (final Flow flow : recording.flows()) {
            final Deque<List<String>> lists = expected.getOrDefault(flow.client(), new ArrayDeque<>());
            final List<String> logged = lists.isEmpty() ? List.of() : lists.removeFirst();
            if (!flow.replayable()) {
                continue;
            }
            final List<String> wanted = exceptions.getOrDefault(capture + " " + flow.client(), logged);
            // The kernel gives a port of its own twice when the first connection is gone.
            final Deque<List<String>> live = arrived.getOrDefault(liveClients.get(flow.id()), new ArrayDeque<>());
            final List<String> got = live.isEmpty() || wanted.isEmpty() ? List.of() : live.removeFirst();
            if (!got.equals(wanted)) {
                differences.add("flow " + flow.id() + " of " + flow.client() + ": wanted " + wanted.size() + " "
                        + wanted.stream().limit(3).toList() + ", arrived " + got.size() + " "
                        + got.stream().limit(3).toList());
            }
        }
        return differences;
    }

    private Recording record(final String capture) {
        try {
            final Path file = captures.resolve("rec").resolve(capture);
            final Path database = directory.resolve(file.getFileName() + ".tfdb");
            final ResidentCli.Result indexed =
                    onServer.run("index", "-q", "--db", database.toString(), file.toString());
            assertThat(indexed.exit()).as(indexed.stderr()).isZero();
            final String port = Integer.toString(HttpCaptures.port(capture));
            final ResidentCli.Result listed = onServer.run("flows", database.toString(), "--port", port, "--json");
            assertThat(listed.exit()).as(listed.stderr()).isZero();
            final List<Flow> flows = new ArrayList<>();
            for (final String line : listed.stdout().lines().toList()) {
                final Map<String, Object> flow = JSON.std.mapFrom(line);
                flows.add(new Flow(((Number) flow.get("id")).longValue(), client(flow.get("client")), (Boolean)
                        flow.get("replayable")));
            }
            flows.sort(Comparator.comparingLong(Flow::id));
            final List<AccessLog.Entry> log = AccessLog.read(file.resolveSibling("server-truth/access.log")).stream()
                    .filter(entry -> entry.serverPort() == HttpCaptures.port(capture))
                    .toList();
            return new Recording(database, flows, connections(log));
        } catch (final IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The request lists of each client endpoint, one list a connection, in the order in which the server took them. */
    private static Map<String, Deque<List<String>>> connections(final List<AccessLog.Entry> log) {
        final Map<Long, List<AccessLog.Entry>> byConnection = new java.util.TreeMap<>();
        for (final AccessLog.Entry entry : log) {
            byConnection
                    .computeIfAbsent(entry.connection(), c -> new ArrayList<>())
                    .add(entry);
        }
        final Map<String, Deque<List<String>>> byClient = new HashMap<>();
        for (final List<AccessLog.Entry> entries : byConnection.values()) {
            final AccessLog.Entry first = entries.get(0);
            byClient.computeIfAbsent(first.clientAddress() + ":" + first.clientPort(), c -> new ArrayDeque<>())
                    .add(ordered(entries));
        }
        return byClient;
    }

    private static List<String> ordered(final List<AccessLog.Entry> entries) {
        return entries.stream()
                .sorted(Comparator.comparingLong(AccessLog.Entry::connection).thenComparingInt(AccessLog.Entry::index))
                .map(AccessLog.Entry::request)
                .toList();
    }

    private static Map<Long, String> liveClients(final Path sessions) throws IOException {
        final Map<Long, String> clients = new HashMap<>();
        for (final String line : Files.readAllLines(sessions)) {
            final Map<String, Object> session = JSON.std.mapFrom(line);
            if (session.get("client") != null) {
                clients.put(((Number) session.get("flow")).longValue(), client(session.get("client")));
            }
        }
        return clients;
    }

    private static String client(final Object endpoint) {
        final Map<?, ?> fields = (Map<?, ?>) endpoint;
        return fields.get("address") + ":" + fields.get("port");
    }
}
