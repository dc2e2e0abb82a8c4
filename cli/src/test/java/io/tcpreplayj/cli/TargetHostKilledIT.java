package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.LeakDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An intercept on the target's own host dies, with or without another one after it: nothing leaks, nothing stays. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
@Order(1)
final class TargetHostKilledIT {
    private static final int PORT = 8081;
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int KILLS = Integer.getInteger("tcpreplayj.intercept.kills", SOAK ? 50 : 1);
    private static final int FLOWS = SOAK ? 2_000 : 50;
    /** From a death to the start of the next one, which is there a second or two later: a guard waits three for its word. */
    private static final Duration DOWN = Duration.ofMillis(SOAK ? 1_000 : 200);

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private Path directory;
    private TargetHostLab lab;
    /** Of the target, when nothing had happened there yet: one test's rest must not be the next one's expectation. */
    private HostState before;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        directory = scratch;
        lab = TargetHostLab.in(scratch);
        // Its IPv6 routes come with its carrier.
        assertThat(Eventually.holds(
                        PATIENCE,
                        () -> lab.server()
                                .exec("ip", "link", "show", "veth0")
                                .stdout()
                                .contains("state UP")))
                .isTrue();
        before = HostState.snapshot(lab.server());
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    /** AC-17. */
    @ParameterizedTest
    @MethodSource("waysToKill")
    void interceptThatIsKilledAgainAndAgain_losesNoByte_andLeaksNothing(final String swallow) throws Exception {
        // From a kill to the next one, 1.3 s in the mean, the time it is down and its start; and room for a busy
        // machine.
        final int requests = 10 + 2 * KILLS;
        final FlowPcap.Shape shape = new FlowPcap.Shape(FLOWS, requests, 600, 900, SOAK ? 2_500_000 : 700_000, 2_000);
        final SplittableRandom random = new SplittableRandom(17);
        final Path database = lab.made("made" + swallow, shape);
        final Process server = server(shape, "journal" + swallow);
        final Path journal = directory.resolve("journal" + swallow);
        try (LeakDetector leaks = LeakDetector.on(lab.router())) {
            InterceptProcess intercept = lab.intercept("killed0" + swallow, lab.target(4, PORT), "--swallow", swallow);
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database, "--json", "-q"));
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) >= FLOWS / 2 || replay.isDone()))
                    .isTrue();
            int kills = 0;
            long awayNs = 0;
            while (!replay.isDone() && kills < KILLS) {
                TimeUnit.MILLISECONDS.sleep(300 + random.nextInt(2_000));
                awayNs -= System.nanoTime();
                intercept.kill();
                kills++;
                TimeUnit.MILLISECONDS.sleep(DOWN.toMillis());
                intercept = lab.intercept("killed" + kills + swallow, lab.target(4, PORT), "--swallow", swallow);
                awayNs += System.nanoTime();
            }
            final ResidentCli.Result result = replay.get(60 + 10 * KILLS, TimeUnit.SECONDS);
            intercept.kill();
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final Map<?, ?> bytes =
                    (Map<?, ?>) JSON.std.mapFrom(result.stdout()).get("bytes");
            assertThat(kills).isEqualTo(KILLS);
            assertNothingStays();
            System.out.println("AC-17: " + swallow + ", " + FLOWS + " flows, " + kills + " kills, each time away for "
                    + awayNs / kills / 1_000_000 + " ms in the mean, " + leaks.packets() + " leaked, " + bytes);
            assertThat(bytes.get("clientAcked")).isEqualTo(bytes.get("clientPlanned"));
            assertThat(bytes.get("clientAcked")).isEqualTo(FLOWS * requests * 600);
            TargetHostLab.eachArrivedOnce(
                    journal, FlowPcap.write(directory.resolve("sent.pcap"), shape, TargetHostLab.SEED));
            assertThat(leaks.packets()).isZero();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** At the size of every day the one that the other tests do not kill. */
    static List<String> waysToKill() {
        return KILLS > 1 ? List.of("egress", "nfqueue", "tun") : List.of("tun");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void killedForGood_closesTheTargetsConnections_thenLetsGo(final int family) throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(20, 20, 600, 900, 400_000, 5_000);
        final Path database = lab.made("dead" + family, shape);
        final Process server = server(shape, "dead" + family);
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept = lab.intercept("dies" + family, lab.target(family, PORT))) {
            final CompletableFuture<ResidentCli.Result> replay = CompletableFuture.supplyAsync(
                    () -> family == 4 ? replayQuietly(database) : replayQuietlyV6(database));
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) == 20 || replay.isDone()))
                    .isTrue();
            intercept.kill();
            assertNothingStays();
            assertThat(replay.get(60, TimeUnit.SECONDS).exit()).isEqualTo(8);
            assertThat(leaks.packets()).isZero();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** Tables with an owner stay; a rule of iptables goes, and its intercept says so, while the guard's table still stops answers. */
    @ParameterizedTest
    @CsvSource({"egress, false", "tun, false", "nfqueue, true"})
    void rulesetThatIsFlushed_leaksNothing_andEndsTheLeaseWhereItMatters(final String swallow, final boolean ends)
            throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(20, 20, 600, 900, 400_000, 5_000);
        final Path database = lab.made("flushed" + swallow, shape);
        final Process server = server(shape, "flushed" + swallow);
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept =
                        lab.intercept("flushed" + swallow, lab.target(4, PORT), "--swallow", swallow)) {
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database));
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) == 20 || replay.isDone()))
                    .isTrue();
            lab.flushRules();
            final ResidentCli.Result result = replay.get(60, TimeUnit.SECONDS);
            final String said = result.stdout() + result.stderr();
            assertThat(result.exit()).as(said).isEqualTo(ends ? 8 : 0);
            if (ends) {
                assertThat(said).contains("the rules that keep answers on this host are gone");
                assertThat(intercept.exit()).isEqualTo(8);
                assertThat(intercept.said()).contains("the rules that keep answers on this host are gone");
            } else {
                intercept.end();
            }
            assertThat(leaks.packets()).isZero();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** Had the first one's guard taken it for a successor, and it the first one's, nobody would close the connections. */
    @Test
    void successorThatIsKilledAtOnce_leaksNothing() throws Exception {
        killedAndRestarted("atonce", () -> {
            try (InterceptProcess second = lab.begin("atonce2", lab.target(4, PORT))) {
                assertThat(Eventually.holds(PATIENCE, () -> guards() == 2)).isTrue();
                second.kill();
            }
        });
    }

    /** The dead one's guard has left all to the next one when that one's nft does not say that it has the rules. */
    @Test
    void restartWhoseGuardIsSilent_leaksNothing() throws Exception {
        killedAndRestarted("silent", () -> {
            lab.nft("#!/bin/sh\n[ \"$1\" != -i ] || exec /usr/sbin/nft -i >/dev/null\nexec /usr/sbin/nft \"$@\"\n");
            try (InterceptProcess second = lab.begin("silent2", lab.target(4, PORT), "--swallow", "egress")) {
                assertThat(Eventually.holds(PATIENCE.multipliedBy(2), () -> !second.isAlive()))
                        .isTrue();
                assertThat(second.said()).contains("nft gave no answer for 5 s");
            } finally {
                lab.usualTools();
            }
        });
    }

    /** A host may be so busy that the next one needs longer than a guard would wait for nothing. */
    @Test
    void restartThatIsSlow_losesNoConnection() throws Exception {
        killedAndSucceeded(
                "slow",
                10,
                () -> lab.nft("#!/bin/sh\n[ \"$*\" != 'list tables' ] || sleep 2.5\nexec /usr/sbin/nft \"$@\"\n"));
    }

    /** So busy that its guard's looks around are ended before they are answered: it does not take that for nobody. */
    @Test
    void restartThatTheGuardCannotSee_losesNoConnection() throws Exception {
        final Path blind = directory.resolve("blindness");
        lab.nft("#!/bin/sh\n[ \"$*\" = 'list tables inet' ] && [ -e " + blind + " ] && kill -9 $$\n"
                + "exec /usr/sbin/nft \"$@\"\n");
        try {
            killedAndSucceeded("blind", 20, () -> {
                Files.createFile(blind);
                lab.usualTools();
            });
            assertThat(guards()).as("it waits for an answer").isEqualTo(1);
        } finally {
            Files.deleteIfExists(blind);
        }
        assertThat(Eventually.holds(PATIENCE, () -> guards() == 0)).isTrue();
    }

    /** The next one is there while connections are, and each gets to its end. */
    private void killedAndSucceeded(final String name, final int requests, final Restart restart) throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(20, requests, 600, 900, 400_000, 5_000);
        final Path database = lab.made(name, shape);
        final Process server = server(shape, name);
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess first = lab.intercept(name, lab.target(4, PORT))) {
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database));
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) == 20 || replay.isDone()))
                    .isTrue();
            first.kill();
            restart.run();
            try (InterceptProcess second = lab.intercept(name + "2", lab.target(4, PORT))) {
                final ResidentCli.Result result = replay.get(60, TimeUnit.SECONDS);
                assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
                second.end();
            }
            assertThat(leaks.packets()).isZero();
        } finally {
            lab.usualTools();
            server.destroyForcibly().waitFor();
        }
    }

    @Test
    void restartOntoABusyPort_leaksNothing() throws Exception {
        killedAndRestarted("busy", () -> {
            // There at once: the first one's guard waits three seconds for the second to begin.
            final Process squatter = new ProcessBuilder(lab.server()
                            .inside(
                                    "python3",
                                    "-c",
                                    "import socket, time; s = socket.create_server(('', " + FeedAddress.DEFAULT_PORT
                                            + ")); time.sleep(60)"))
                    .start();
            try (InterceptProcess second = lab.begin("busy2", lab.target(4, PORT))) {
                assertThat(second.exit()).isNotZero();
                assertThat(guards()).isEqualTo(1);
            } finally {
                squatter.destroyForcibly().waitFor();
            }
        });
    }

    /** Something that a test does between the death of an intercept and the end of its guard. */
    @FunctionalInterface
    private interface Restart {
        void run() throws Exception;
    }

    private void killedAndRestarted(final String name, final Restart restart) throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(20, 40, 600, 900, 400_000, 5_000);
        final Path database = lab.made(name, shape);
        final Process server = server(shape, name);
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess first = lab.intercept(name, lab.target(4, PORT))) {
            final Process replay = lab.replayOfItsOwn(directory.resolve(name + ".replay"), database, PORT);
            try {
                assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) == 20))
                        .isTrue();
                first.kill();
                restart.run();
                assertNothingStays();
                assertThat(replay.isAlive()).as("it waits for an intercept").isTrue();
            } finally {
                replay.destroyForcibly().waitFor();
            }
            assertThat(leaks.packets()).isZero();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** As README promises. */
    private void assertNothingStays() throws InterruptedException {
        TimeUnit.SECONDS.sleep(5);
        assertThat(HostState.snapshot(lab.server())).isEqualTo(before);
        assertThat(lab.connections(PORT)).isZero();
    }

    private long guards() {
        return lab.server()
                .exec("nft", "list", "tables", "inet")
                .stdout()
                .lines()
                .filter(line -> line.contains(" tjguard_") && !line.endsWith("_alive"))
                .count();
    }

    private Process server(final FlowPcap.Shape shape, final String journal) throws IOException, InterruptedException {
        return ByteServer.startIn(
                lab.server(), "::", PORT, shape.requestBytes(), shape.answerBytes(), directory.resolve(journal));
    }

    private ResidentCli.Result replayQuietlyV6(final Path database) {
        try {
            return lab.replay(6, database.toString(), PORT);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ResidentCli.Result replayQuietly(final Path database, final String... more) {
        try {
            return lab.replay(
                    TargetHostLab.MANY_CLIENTS, lab.serverV4(), database.toString(), lab.target(4, PORT), more);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
