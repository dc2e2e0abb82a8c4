package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.HostState;
import io.tcpreplayj.testdata.LeakDetector;
import io.tcpreplayj.testdata.Netns;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * AC-21: a replay and the intercept on its target's host are killed, in either order, at any moment of their lives: no answer
 * reaches a client, and five seconds later both hosts are as they were.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
@Order(2)
final class KilledAtRandomIT {
    private static final int PORT = 8083;
    private static final int KILLS = Integer.getInteger("tcpreplayj.processes.kills", 20);
    /** What the two families do differently is in the rules, not in the moments. */
    private static final int KILLS_V6 = KILLS / 5;

    private static final long SEED = Long.getLong("tcpreplayj.processes.seed", 21);
    private static final List<String> WAYS = List.of("egress", "nfqueue", "tun");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** What README promises; the last look begins by then. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private Path directory;
    private TargetHostLab lab;
    private Process server;
    private Path database;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException, InterruptedException {
        directory = scratch;
        lab = TargetHostLab.in(scratch);
        final FlowPcap.Shape shape = new FlowPcap.Shape(30, 40, 600, 900, 200_000, 5_000);
        server = ByteServer.startIn(
                lab.server(), "::", PORT, shape.requestBytes(), shape.answerBytes(), directory.resolve("journal"));
        database = lab.made("made", shape);
    }

    @AfterAll
    void stop() throws IOException, InterruptedException {
        if (server != null) {
            server.destroyForcibly().waitFor();
        }
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void replayAndIntercept_killedAtAnyMoment_leakNothing_andLeaveNothing(final int family) throws Exception {
        final int kills = family == 4 ? KILLS : KILLS_V6;
        final SplittableRandom random = new SplittableRandom(SEED);
        final HostState client = HostState.snapshot(lab.client());
        final HostState target = HostState.snapshot(lab.server());
        int connected = 0;
        long slowestMs = 0;
        try (LeakDetector leaks = LeakDetector.on(lab.router())) {
            for (int killed = 0; killed < kills; killed += 2) {
                final String way = WAYS.get(random.nextInt(WAYS.size()));
                final boolean interceptFirst = random.nextBoolean();
                final long lifeMs = random.nextLong(2_000);
                final long gapMs = random.nextLong(1_500);
                final String which = "after " + killed + " kills over IPv" + family + ", " + way + ", "
                        + (interceptFirst ? "intercept" : "replay") + " after " + lifeMs + " ms, the other after "
                        + gapMs + " ms more, seed " + SEED;
                final String name = family + "-" + killed;
                try (InterceptProcess intercept =
                        lab.intercept("i" + name, lab.target(family, PORT), "--swallow", way)) {
                    final Process replay = lab.replayOfItsOwn(family, directory.resolve("r" + name), database, PORT);
                    // Every other one while it begins, the others while answers fly.
                    if (killed % 4 == 0) {
                        assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) > 0))
                                .as(which)
                                .isTrue();
                    }
                    TimeUnit.MILLISECONDS.sleep(lifeMs);
                    connected += lab.connections(PORT) > 0 ? 1 : 0;
                    if (interceptFirst) {
                        intercept.kill();
                        TimeUnit.MILLISECONDS.sleep(gapMs);
                        replay.destroyForcibly().waitFor();
                    } else {
                        replay.destroyForcibly().waitFor();
                        TimeUnit.MILLISECONDS.sleep(gapMs);
                        intercept.kill();
                    }
                }
                final long deathNs = System.nanoTime();
                assertBecomes(target, lab.server(), which);
                slowestMs = Math.max(slowestMs, (System.nanoTime() - deathNs) / 1_000_000);
                assertBecomes(client, lab.client(), which);
                assertThat(Eventually.holds(LIMIT, () -> lab.connections(PORT) == 0))
                        .as(which)
                        .isTrue();
                assertThat(leaks.packets()).as(which).isZero();
                assertThat(directory.resolve("tmp")).as(which).isEmptyDirectory();
            }
        }
        System.out.println("KilledAtRandomIT: " + kills + " kills over IPv" + family + ", " + connected + " of "
                + kills / 2 + " rounds with connections, target as before within " + slowestMs + " ms, seed " + SEED);
        assertThat(connected).as("rounds that found connections").isPositive();
    }

    private static void assertBecomes(final HostState wanted, final Netns host, final String which)
            throws IOException, InterruptedException {
        final boolean same = Eventually.holds(LIMIT, () -> wanted.is(host));
        assertThat(same ? wanted : HostState.snapshot(host)).as(which).isEqualTo(wanted);
    }
}
