package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * TF-28, TF-41 against a kernel: the target is killed and started again in the middle of a replay, twice, and what the
 * policies promise is what happens, for every flow and to the request.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
@Order(3)
final class ServerRestartsIT {
    private static final int PORT = 7000;
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(20, 10, 600, 900, 400_000, 5_000);
    private static final int REQUESTS = SHAPE.flows() * SHAPE.exchanges();

    private Path directory;
    private Lab lab;
    private Path database;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "ss", "ethtool", "nft");
        lab = Lab.pair();
        database = directory.resolve("flows.tfdb");
        FlowPcap.write(directory.resolve("made.pcap"), SHAPE, 7);
        final Run indexed = new Run().main("index", "-q", "--db", database, directory.resolve("made.pcap"));
        assertThat(indexed.exit()).as(indexed.err()).isZero();
    }

    @AfterAll
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tun, continue, reconnect",
        "packet, continue, reconnect",
        "socket, continue, reconnect",
        "packet, reconnect, reconnect",
        "socket, reconnect, reconnect",
        "tun, continue, skip-request",
        "socket, continue, skip-request"
    })
    void everyRequestIsAnsweredOrAbandonedByRule(final String transport, final String onEarlyFin, final String onReset)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        final String name = transport + "-" + onEarlyFin + "-" + onReset;
        final Netns netns = transport.equals("tun") ? lab.server() : lab.client();
        final Path sessions = directory.resolve(name + ".json");
        Process server = serve(name, 0);
        try (ResidentCli cli = ResidentCli.in(netns, directory)) {
            final List<String> words = List.of(
                    "replay",
                    database.toString(),
                    "--target",
                    lab.serverV4() + ":" + PORT,
                    "--transport",
                    transport,
                    "--on-early-fin",
                    onEarlyFin,
                    "--on-reset",
                    onReset,
                    "--sessions",
                    sessions.toString(),
                    "--json",
                    "-q");
            final CompletableFuture<ResidentCli.Result> replay = CompletableFuture.supplyAsync(() -> run(cli, words));
            for (int restart = 1; restart <= 2; restart++) {
                assertThat(Eventually.holds(Duration.ofSeconds(10), () -> established() == SHAPE.flows()))
                        .as("every connection is open")
                        .isTrue();
                server.destroyForcibly().waitFor();
                // Meanwhile the replayer stands still, too: sessions that wait for another try must not forget it.
                TimeUnit.MILLISECONDS.sleep(200);
                Exec.run("kill", "-STOP", Long.toString(cli.pid())).orThrow();
                TimeUnit.MILLISECONDS.sleep(400);
                Exec.run("kill", "-CONT", Long.toString(cli.pid())).orThrow();
                server = serve(name, restart);
            }
            final ResidentCli.Result result = replay.get(30, TimeUnit.SECONDS);
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            check(JSON.std.mapFrom(result.stdout()), sessions, onReset.equals("skip-request"));
        } finally {
            server.destroyForcibly();
        }
    }

    private static void check(final Map<String, Object> report, final Path sessions, final boolean skips)
            throws IOException {
        final String all = report.toString();
        assertThat(number(report, "flows", "replayed")).as(all).isEqualTo(SHAPE.flows());
        final long answered = number(report, "requests", "answered");
        final long abandoned = number(report, "reconnects", "requestsAbandoned");
        assertThat(answered + abandoned).as(all).isEqualTo(REQUESTS);
        assertThat(number(report, "responses", "compared")).as(all).isEqualTo(answered);
        assertThat(number(report, "bytes", "clientAcked"))
                .as(all)
                .isBetween(answered * SHAPE.requestBytes(), (long) REQUESTS * SHAPE.requestBytes());
        if (skips) {
            assertThat(number(report, "reconnects", "requestsRepeated")).as(all).isZero();
        } else {
            assertThat(abandoned).as(all).isZero();
        }
        long lost = 0;
        for (final String line : Files.readAllLines(sessions)) {
            final Map<String, Object> session = JSON.std.mapFrom(line);
            assertThat(session).containsEntry("state", "completed-diverged");
            lost += ((Number) session.get("connectionsLost")).longValue();
        }
        assertThat(lost).as(all).isEqualTo(number(report, "reconnects", "connectionsLost"));
        assertThat(lost).as("each flow, each time").isGreaterThanOrEqualTo(2L * SHAPE.flows());
    }

    private static long number(final Map<String, Object> report, final String part, final String field) {
        return ((Number) ((Map<?, ?>) report.get(part)).get(field)).longValue();
    }

    private Process serve(final String name, final int restart) throws IOException, InterruptedException {
        final Path journal = directory.resolve(name + "-" + restart + ".journal");
        return ByteServer.startIn(lab.server(), "0.0.0.0", PORT, SHAPE.requestBytes(), SHAPE.answerBytes(), journal);
    }

    private static ResidentCli.Result run(final ResidentCli cli, final List<String> words) {
        try {
            return cli.run(new ArrayList<>(words).toArray(new String[0]));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long established() {
        return lab.server()
                .exec("ss", "-tanH", "state", "established", "sport", "=", ":" + PORT)
                .orThrow()
                .stdout()
                .lines()
                .count();
    }
}
