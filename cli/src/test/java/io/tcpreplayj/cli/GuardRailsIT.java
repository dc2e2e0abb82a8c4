package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Nginx;
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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps a replay from harming its target, against real ones: giving up. */
@BesideOthers
final class GuardRailsIT {
    private static final int PORT = 7000;

    @BeforeAll
    static void privileges() {
        Privileges.needRootAnd("ip", "nft", "nginx", "iptables", "ip6tables");
    }

    /** TF-17. */
    @Test
    void withoutCongestionControl_nothingLeavesTheLan_norGoesThereUnlimited(@TempDir final Path directory)
            throws IOException {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        try (Lab lab = Lab.pair();
                ResidentCli cli = ResidentCli.in(lab.client(), directory)) {
            lab.client()
                    .exec("ip", "route", "add", "10.77.0.0/16", "via", lab.serverV4())
                    .orThrow();
            final List<String> words = new ArrayList<>(List.of("--cc", "off", "--dry-run", "--target"));
            words.addAll(0, List.of(recorded.database().toString()));
            final ResidentCli.Result lan = dry(cli, words, lab.serverV4() + ":" + PORT);
            assertThat(lan.exit()).isEqualTo(2);
            assertThat(lan.stderr()).contains("--cc off needs --max-bandwidth");
            words.addAll(0, List.of("--max-bandwidth", "100M"));
            assertThat(dry(cli, words, lab.serverV4() + ":" + PORT).exit()).isZero();
            final ResidentCli.Result beyond = dry(cli, words, "10.77.0.9:" + PORT);
            assertThat(beyond.exit()).isEqualTo(2);
            assertThat(beyond.stderr()).contains("10.77.0.9:7000 is not on the one at veth0");
            lab.client().exec("ip", "route", "add", "default", "dev", "veth0").orThrow();
            final ResidentCli.Result anywhere = dry(cli, words, "10.200.0.9:" + PORT);
            assertThat(anywhere.exit()).isEqualTo(2);
            assertThat(anywhere.stderr()).contains("10.200.0.9:7000 is not on the one at veth0");
            assertThat(dry(cli, words, "[" + lab.serverV6() + "]:" + PORT).exit())
                    .isZero();
        }
    }

    private static ResidentCli.Result dry(final ResidentCli cli, final List<String> words, final String target) {
        final List<String> all = new ArrayList<>(words);
        all.add(target);
        return replay(cli, all.toArray(String[]::new));
    }

    /** Its kernel goes on: it takes connections, and acknowledges what nobody reads. */
    @Test
    void targetThatStandsStill_isGivenUp(@TempDir final Path directory) throws IOException {
        final Recorded recorded = Recorded.index("keepalive4.pcap", directory);
        final Path run = directory.resolve("nginx");
        try (Lab lab = Lab.pair();
                Nginx nginx = Nginx.small(lab.server(), run, PORT);
                ResidentCli cli = ResidentCli.in(lab.client(), directory)) {
            final List<String> processes = processes(run);
            signal("-STOP", processes);
            try {
                for (final String transport : List.of("packet", "socket")) {
                    final long beganNs = System.nanoTime();
                    final ResidentCli.Result result = cli.run(
                            "replay",
                            recorded.database(),
                            "--target",
                            lab.serverV4() + ":" + nginx.port(),
                            "--transport",
                            transport,
                            "--speed",
                            "max",
                            "--give-up",
                            "2s");
                    final double seconds = (System.nanoTime() - beganNs) / 1e9;
                    assertThat(result.exit())
                            .as(result.stdout() + result.stderr())
                            .isEqualTo(8);
                    assertThat(result.stdout())
                            .contains("6 = 0 replayed + 0 skipped + 6 failed")
                            .contains("failed: timeout 2, not-started 4")
                            .containsPattern(
                                    "trouble +nothing heard from .* since 20.*Z, while 2 connections were open and"
                                            + " waiting: given up after 2\\.\\d s \\(--give-up\\); it still takes new connections")
                            .contains("hint: look at the server there: ss -ltnp");
                    assertThat(seconds).isBetween(2.0, 5.0);
                }
            } finally {
                signal("-CONT", processes);
            }
        }
    }

    /** This host's kernel says so of each connection that begins, three seconds later: no word of the target's. */
    @Test
    void targetThatIsNobodysNeighbourAnyMore_isGivenUp(@TempDir final Path directory)
            throws IOException, InterruptedException {
        final FlowPcap.Shape visitors = new FlowPcap.Shape(100, 20, 200, 200, 200_000, 200_000);
        FlowPcap.write(directory.resolve("made.pcap"), visitors, 7);
        final Path database = AcceptanceLab.index(directory.resolve("made.pcap"));
        try (Lab lab = Lab.pair();
                ResidentCli cli = ResidentCli.in(lab.client(), directory)) {
            final Process server =
                    ByteServer.startIn(lab.server(), "0.0.0.0", PORT, 200, 200, directory.resolve("journal"));
            try {
                final long before = octetsReceived(server);
                final CompletableFuture<ResidentCli.Result> run = CompletableFuture.supplyAsync(() -> replay(
                        cli,
                        database.toString(),
                        "--target",
                        lab.serverV4() + ":" + PORT,
                        "--transport",
                        "socket",
                        "--give-up",
                        "6s"));
                assertThat(Eventually.holds(Duration.ofSeconds(20), () -> octetsReceived(server) - before > 20 * 252))
                        .as("connections are open")
                        .isTrue();
                lab.server()
                        .exec("ip", "-4", "address", "flush", "dev", "veth0")
                        .orThrow();
                lab.client().exec("ip", "neighbour", "flush", "all").orThrow();
                final ResidentCli.Result result = run.join();
                assertThat(result.stdout())
                        .contains("unreachable ")
                        .as("it was given up while connections began")
                        .contains("not-started ")
                        .containsPattern("given up after [67]\\.\\d s \\(--give-up\\)");
                assertThat(result.exit()).isEqualTo(8);
            } finally {
                server.destroyForcibly().waitFor();
            }
        }
    }

    /** IP packets, headers and all, into the network namespace of that process. */
    static long octetsReceived(final Process process) throws IOException {
        final List<String> lines = Files.readAllLines(Path.of("/proc/" + process.pid() + "/net/netstat"));
        final List<String> ip =
                lines.stream().filter(line -> line.startsWith("IpExt:")).toList();
        final int at = List.of(ip.get(0).split(" ")).indexOf("InOctets");
        return Long.parseLong(ip.get(1).split(" ")[at]);
    }

    static ResidentCli.Result replay(final ResidentCli cli, final String... words) {
        final List<String> all = new ArrayList<>(List.of("replay"));
        all.addAll(List.of(words));
        try {
            return cli.run(all.toArray(String[]::new));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> processes(final Path run) throws IOException {
        final long master =
                Long.parseLong(Files.readString(run.resolve("nginx.pid")).strip());
        final List<String> all = new ArrayList<>(List.of(Long.toString(master)));
        ProcessHandle.of(master)
                .orElseThrow()
                .descendants()
                .map(worker -> Long.toString(worker.pid()))
                .forEach(all::add);
        return all;
    }

    private static void signal(final String signal, final List<String> processes) {
        processes.forEach(pid -> Exec.run("kill", signal, pid).orThrow());
    }

    private static long number(final Map<?, ?> part, final String field) {
        return ((Number) part.get(field)).longValue();
    }
}
