package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.Commands;
import io.tcpreplayj.testdata.Exec;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Netns;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** However a replay ends, by itself, by a signal or by {@code kill -9}, the kernel is as it was before. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class NothingLeftBehindIT {
    private static final int KILLS =
            Integer.getInteger("tcpreplayj.kills", Boolean.getBoolean("tcpreplayj.soak") ? 1000 : 20);
    private static final long SEED = Long.getLong("tcpreplayj.seed", 20_261_123);
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final int PORT = 7000;
    /** 100 flows of 10 exchanges, half a second of think time each: none of the kills finds it done. */
    private static final FlowPcap.Shape SHAPE = new FlowPcap.Shape(100, 10, 600, 900, 500_000, 10_000);

    private Path directory;
    private Lab lab;
    private Process server;
    private Path database;
    /** In place of the one that other programs use meanwhile. */
    private Path temporary;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        directory = scratch;
        Privileges.needRootAnd("ip", "ss", "ethtool", "nft", "iptables", "ip6tables", "kill");
        temporary = Files.createDirectory(directory.resolve("tmp"));
        lab = Lab.pair();
        server = ByteServer.startIn(
                lab.server(), "0.0.0.0", PORT, SHAPE.requestBytes(), SHAPE.answerBytes(), directory.resolve("journal"));
        database = directory.resolve("flows.tfdb");
        FlowPcap.write(directory.resolve("made.pcap"), SHAPE, SEED);
        final Run indexed = new Run().main("index", "-q", "--db", database, directory.resolve("made.pcap"));
        assertThat(indexed.exit()).as(indexed.err()).isZero();
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (server != null) {
            server.destroy();
            server.waitFor();
        }
        if (lab != null) {
            lab.close();
        }
    }

    /** Where a transport's replayer runs: tun beside its target, the others across the wire. */
    private Netns netns(final String transport) {
        return transport.equals("tun") ? lab.server() : lab.client();
    }

    private Commands replay(final String transport) {
        return Commands.tcpreplayj(
                        "replay",
                        database.toString(),
                        "--target",
                        lab.serverV4() + ":" + PORT,
                        "--transport",
                        transport,
                        "--json")
                .jvm("-Djava.io.tmpdir=" + temporary)
                .inside(netns(transport));
    }

    @Test
    void killed_atARandomMoment_leavesNothing() throws IOException, InterruptedException {
        final SplittableRandom random = new SplittableRandom(SEED);
        final Map<Netns, HostState> before =
                Map.of(lab.client(), HostState.snapshot(lab.client()), lab.server(), HostState.snapshot(lab.server()));
        int running = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            final String transport = kill % 2 == 0 ? "packet" : "tun";
            // Half the kills come while the JVM starts and sets up, half after the banner, while packets fly.
            final boolean afterBanner = kill % 4 >= 2;
            final long delayMs = afterBanner ? random.nextLong(600) : 200 + random.nextLong(900);
            final String which = "kill " + kill + " of " + transport + ", " + delayMs + " ms after the "
                    + (afterBanner ? "banner" : "start") + ", seed " + SEED;
            final boolean started = killed(transport, afterBanner, delayMs);
            running += started ? 1 : 0;
            final HostState wanted = before.get(netns(transport));
            final boolean same = Eventually.holds(LIMIT, () -> wanted.is(netns(transport)));
            assertThat(same ? wanted : HostState.snapshot(netns(transport)))
                    .as(which)
                    .isEqualTo(wanted);
            assertThat(strangers(netns(transport))).as(which).isEmpty();
            assertThat(temporary).as(which).isEmptyDirectory();
        }
        System.out.println("NothingLeftBehindIT: " + KILLS + " kills, " + running
                + " of them with the replay under way, seed " + SEED);
        assertThat(running).as("kills that found a replay").isGreaterThanOrEqualTo(KILLS / 4 * 2);
    }

    /** Returns whether the banner was out: the kernel's objects are made before it is. */
    private boolean killed(final String transport, final boolean afterBanner, final long delayMs)
            throws IOException, InterruptedException {
        final Path err = directory.resolve("err");
        Files.deleteIfExists(err);
        final Process process = replay(transport).start(directory.resolve("out"), err);
        try {
            if (afterBanner) {
                assertThat(bannerComes(process, err)).as(Files.readString(err)).isTrue();
            }
            assertThat(process.waitFor(delayMs, TimeUnit.MILLISECONDS))
                    .as("ended before it was killed: " + Files.readString(err))
                    .isFalse();
        } finally {
            process.destroyForcibly().waitFor();
        }
        return Files.readString(err).contains("100 sessions");
    }

    private static boolean bannerComes(final Process process, final Path err) throws IOException, InterruptedException {
        return Eventually.holds(
                        Duration.ofSeconds(20),
                        () -> !process.isAlive() || Files.readString(err).contains("100 sessions"))
                && process.isAlive();
    }

    /** Processes in the namespace that are neither the server nor on their way out. */
    private List<String> strangers(final Netns netns) throws IOException, InterruptedException {
        final String own = Long.toString(server.pid());
        Eventually.holds(LIMIT, () -> processes(netns, own).isEmpty());
        return processes(netns, own);
    }

    private static List<String> processes(final Netns netns, final String own) {
        return Exec.run("ip", "netns", "pids", netns.name())
                .orThrow()
                .stdout()
                .lines()
                .filter(pid -> !pid.equals(own))
                .toList();
    }

    @ParameterizedTest(name = "SIG{0} over {2}")
    @CsvSource({"INT,130,packet", "INT,130,tun", "INT,130,socket", "TERM,143,packet", "TERM,143,tun"})
    void signalled_once_reportsAndLeavesNothing(final String signal, final int exit, final String transport)
            throws IOException, InterruptedException {
        final HostState before = HostState.snapshot(netns(transport));
        final Path out = directory.resolve("out");
        final Path err = directory.resolve("err");
        Files.deleteIfExists(err);
        final Process process = replay(transport).start(out, err);
        try {
            assertThat(bannerComes(process, err)).as(Files.readString(err)).isTrue();
            assertThat(Eventually.holds(LIMIT, () -> established(lab.server()) >= 10))
                    .as("ten connections open")
                    .isTrue();
            Exec.run("kill", "-" + signal, Long.toString(process.pid())).orThrow();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).as("ends").isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(err)).isEqualTo(exit);
        final Map<String, Object> report = JSON.std.mapFrom(Files.readString(out));
        final Map<?, ?> flows = (Map<?, ?>) report.get("flows");
        assertThat(report.get("exit")).isEqualTo(exit);
        assertThat(flows.get("total")).isEqualTo(SHAPE.flows());
        assertThat(count(flows.get("replayed")) + sum(flows.get("failed"))).isEqualTo(SHAPE.flows());
        assertThat((Map<?, ?>) flows.get("failed")).as("what was cut short").isNotEmpty();
        assertThat(Eventually.holds(Duration.ofSeconds(3), () -> established(lab.server()) == 0))
                .as("connections that the server still has open")
                .isTrue();
        assertThat(HostState.snapshot(netns(transport))).isEqualTo(before);
        assertThat(strangers(netns(transport))).isEmpty();
        assertThat(temporary).isEmptyDirectory();
    }

    private static long count(final Object number) {
        return ((Number) number).longValue();
    }

    private static long sum(final Object reasons) {
        return ((Map<?, ?>) reasons)
                .values().stream().mapToLong(NothingLeftBehindIT::count).sum();
    }

    /** The server's own ends only: replayers of {@code socket} and {@code packet} live in the other namespace. */
    private static long established(final Netns netns) {
        return netns.exec("ss", "-tanH", "state", "established", "sport", "=", ":" + PORT)
                .orThrow()
                .stdout()
                .lines()
                .count();
    }
}
