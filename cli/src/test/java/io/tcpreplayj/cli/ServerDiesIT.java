package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The target dies in the middle of a replay: every flow is accounted for, soon, and nothing is left behind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ServerDiesIT {
    private static final int PORT = 7000;
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(20, 10, 600, 900, 400_000, 5_000);

    private Path directory;
    private Lab lab;
    private Path database;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "ss", "ethtool", "nft", "iptables", "ip6tables");
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
    @ValueSource(strings = {"tun", "packet", "socket"})
    void everyFlowIsAccountedFor(final String transport)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        final Netns netns = transport.equals("tun") ? lab.server() : lab.client();
        final HostState before = HostState.snapshot(netns);
        final Process server = ByteServer.startIn(
                lab.server(),
                "0.0.0.0",
                PORT,
                SHAPE.requestBytes(),
                SHAPE.answerBytes(),
                directory.resolve("journal-" + transport));
        try (ResidentCli cli = ResidentCli.in(netns, directory)) {
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replay(cli, transport));
            assertThat(Eventually.holds(Duration.ofSeconds(10), () -> established() == SHAPE.flows()))
                    .as("every connection is open")
                    .isTrue();
            // A process that dies with unread bytes resets its connections; without, it closes them (RFC 2525 2.17).
            server.destroyForcibly().waitFor();
            final ResidentCli.Result result = replay.get(10, TimeUnit.SECONDS);
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isEqualTo(8);
            assertThat(result.stderr()).doesNotContain("\tat ");
            final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
            final Map<?, ?> flows = (Map<?, ?>) report.get("flows");
            assertThat(flows.get("replayed")).isEqualTo(0);
            assertThat(((Map<?, ?>) flows.get("failed"))
                            .values().stream()
                                    .mapToLong(flowsOfReason -> ((Number) flowsOfReason).longValue())
                                    .sum())
                    .isEqualTo(SHAPE.flows());
            assertThat(List.of("reset-by-target", "aborted-early-fin"))
                    .as("how they failed")
                    .containsAll(((Map<?, ?>) flows.get("failed"))
                            .keySet().stream().map(String::valueOf).toList());
        } finally {
            server.destroyForcibly();
        }
        assertThat(HostState.snapshot(netns)).isEqualTo(before);
    }

    private ResidentCli.Result replay(final ResidentCli cli, final String transport) {
        try {
            return cli.run(
                    "replay",
                    database.toString(),
                    "--target",
                    lab.serverV4() + ":" + PORT,
                    "--transport",
                    transport,
                    "--json",
                    "-q");
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
