package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HostState;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Replays that come and go beside a longer one, on one host and to one server, and an ordinary client among them: nobody
 * takes another's addresses, answers or rules away.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class SideBySideIT {
    private static final int PORT = 7000;
    /** Two and a half seconds at captured speed. */
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(10, 10, 600, 900, 250_000, 5_000);

    /** A fifth of it: room for two short ones on a machine that others keep busy, too. */
    private static final String SLOW = "0.2x";

    private Path directory;
    private Lab lab;
    private List<FlowPcap.Sent> sent = List.of();
    private Path database;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        Privileges.needRootAnd("ip", "ss", "ethtool", "nft", "iptables", "ip6tables", "bash");
        lab = Lab.pair();
        database = directory.resolve("flows.tfdb");
        sent = FlowPcap.write(directory.resolve("made.pcap"), SHAPE, 7);
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
    @ValueSource(strings = {"tun", "packet"})
    void shortOnes_doNotDisturbALongOne(final String transport) throws IOException, InterruptedException {
        final Netns netns = transport.equals("tun") ? lab.server() : lab.client();
        final HostState before = HostState.snapshot(netns);
        final Path journal = directory.resolve("journal-" + transport);
        final Process server =
                ByteServer.startIn(lab.server(), "0.0.0.0", PORT, SHAPE.requestBytes(), SHAPE.answerBytes(), journal);
        try (ResidentCli one = ResidentCli.in(netns, Files.createDirectory(directory.resolve("1" + transport)));
                ResidentCli two = ResidentCli.in(netns, Files.createDirectory(directory.resolve("2" + transport)))) {
            final CompletableFuture<Map<String, Object>> longOne =
                    CompletableFuture.supplyAsync(() -> replay(one, transport, SLOW));
            assertThat(Eventually.holds(Duration.ofSeconds(10), () -> established() == SHAPE.flows()))
                    .as("the long one's connections are open")
                    .isTrue();
            ordinaryClient(netns);
            // Two replays pick the first of their ports at random from one range; that they might pick the same is not
            // what this is about, so the second gets the other side of an ephemeral range that moved.
            netns.exec("sh", "-c", "echo 1024 40000 >/proc/sys/net/ipv4/ip_local_port_range")
                    .orThrow();
            for (int i = 0; i < 2; i++) {
                assertWhole(replay(two, transport, "8x"));
                assertThat(longOne).as("the long one goes on").isNotDone();
            }
            assertWhole(longOne.join());
            final int connections = 3 * sent.size() + 1;
            Eventually.holds(
                    Duration.ofSeconds(5), () -> ByteServer.received(journal).size() >= connections);
        } finally {
            netns.exec("sh", "-c", "echo 32768 60999 >/proc/sys/net/ipv4/ip_local_port_range")
                    .orThrow();
            server.destroy();
            server.waitFor();
        }
        final List<String> wanted = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sent.forEach(each -> wanted.add(each.sha256()));
        }
        assertThat(ByteServer.received(journal))
                .filteredOn(received -> received.bytes() != SHAPE.requestBytes())
                .extracting(ByteServer.Received::sha256)
                .containsExactlyInAnyOrderElementsOf(wanted);
        assertThat(HostState.snapshot(netns)).isEqualTo(before);
    }

    private Map<String, Object> replay(final ResidentCli cli, final String transport, final String speed) {
        try {
            final ResidentCli.Result result = cli.run(
                    "replay",
                    database.toString(),
                    "--target",
                    lab.serverV4() + ":" + PORT,
                    "--transport",
                    transport,
                    "--speed",
                    speed,
                    "--json",
                    "-q");
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            return JSON.std.mapFrom(result.stdout());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void assertWhole(final Map<String, Object> report) {
        assertThat(((Map<?, ?>) report.get("flows")).get("replayed")).isEqualTo(SHAPE.flows());
        assertThat((Map<?, ?>) ((Map<?, ?>) report.get("flows")).get("failed")).isEmpty();
    }

    /** The kernel's own TCP to the same server, while the rules are in force: one request, one answer. */
    private void ordinaryClient(final Netns netns) {
        final String script = "exec 3<>/dev/tcp/" + lab.serverV4() + "/" + PORT + "; head -c " + SHAPE.requestBytes()
                + " /dev/zero >&3; head -c " + SHAPE.answerBytes() + " <&3 | wc -c";
        final String answered = netns.exec("timeout", "5", "bash", "-c", script)
                .orThrow()
                .stdout()
                .strip();
        assertThat(answered).isEqualTo(Integer.toString(SHAPE.answerBytes()));
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
