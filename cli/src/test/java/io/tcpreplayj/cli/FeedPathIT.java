package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.LeakDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * AC-08: of the answers 5 % never come to the intercept's tap, and the line between intercept and replayer is cut again and
 * again at any moment. Each flow's bytes arrive, once and in order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class FeedPathIT {
    private static final int PORT = 8085;
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int CUTS = SOAK ? 100 : 6;
    private static final FlowPcap.Shape SHAPE = SOAK
            ? new FlowPcap.Shape(2_000, 45, 600, 900, 2_500_000, 2_000)
            // Twice as long as the cuts take, most of it idle: they fit on a busy machine, too.
            : new FlowPcap.Shape(200, 14, 600, 900, 800_000, 2_000);
    private static final long SEED = 8;
    private static final int LOST_OF_1000 = 50;
    /** 1 s of silence, and the time that the last packets take to get there. */
    private static final long NOTICING_MS = 1_200;

    private static final long STOPPED_MS = 5_000;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private Path directory;
    private TargetHostLab lab;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        lab = TargetHostLab.in(scratch);
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    @Test
    void lineThatIsCutAgainAndAgain_andAnswersThatAreNotSeen_loseNoByte() throws Exception {
        final List<FlowPcap.Sent> sent = FlowPcap.write(directory.resolve("made.pcap"), SHAPE, SEED);
        final Path database = AcceptanceLab.index(directory.resolve("made.pcap"));
        final Path journal = directory.resolve("journal");
        final Process server =
                ByteServer.startIn(lab.server(), "0.0.0.0", PORT, SHAPE.requestBytes(), SHAPE.answerBytes(), journal);
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept = lab.intercept("cut", lab.target(4, PORT), "--swallow", "egress")) {
            lab.loseAnswers(intercept, LOST_OF_1000);
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database));
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) > 0 || replay.isDone()))
                    .isTrue();
            final int cuts = cutAgainAndAgain(replay);
            final ResidentCli.Result result = replay.get(180, TimeUnit.SECONDS);
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final long lost = lab.answersLost();
            final Map<?, ?> bytes =
                    (Map<?, ?>) JSON.std.mapFrom(result.stdout()).get("bytes");
            System.out.println("AC-08: " + SHAPE.flows() + " flows, line cut " + cuts + " times, " + lost
                    + " answers not seen, " + bytes);
            assertThat(cuts).isEqualTo(CUTS);
            assertThat(lost).isGreaterThan(SHAPE.flows() * SHAPE.exchanges() * LOST_OF_1000 / 2_000);
            TargetHostLab.eachArrivedOnce(journal, sent);
            assertThat(ByteServer.received(journal))
                    .allMatch(received -> received.end().equals("eof"));
            assertThat(intercept.end()).contains("0 of nobody's");
            assertThat(leaks.packets()).isZero();
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** R4: stopped as by a debugger or a host that has no time for it; its connections stand, and say nothing. */
    @Test
    void interceptThatIsStopped_letsNothingLeaveMeanwhile_andLosesNoByte() throws Exception {
        // One flow is due each tenth of a second, also while nothing may leave.
        final FlowPcap.Shape shape = new FlowPcap.Shape(80, 3, 600, 900, 200_000, 100_000);
        final List<FlowPcap.Sent> sent = FlowPcap.write(directory.resolve("stopped.pcap"), shape, SEED);
        final Path database = AcceptanceLab.index(directory.resolve("stopped.pcap"));
        final Path journal = directory.resolve("journal-stopped");
        final Process server =
                ByteServer.startIn(lab.server(), "0.0.0.0", PORT, shape.requestBytes(), shape.answerBytes(), journal);
        lab.router()
                .exec(
                        "nft",
                        "add table inet asked; add chain inet asked in { type filter hook prerouting priority -300; };"
                                + " add rule inet asked in ip saddr " + TargetHostLab.MANY_CLIENTS + " counter")
                .orThrow();
        try (LeakDetector leaks = LeakDetector.on(lab.router());
                InterceptProcess intercept = lab.intercept("stopped", lab.target(4, PORT))) {
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database));
            assertThat(Eventually.holds(
                            PATIENCE, () -> ByteServer.received(journal).size() >= 10 || replay.isDone()))
                    .isTrue();
            intercept.signal("STOP");
            TimeUnit.MILLISECONDS.sleep(NOTICING_MS);
            final long before = asked();
            TimeUnit.MILLISECONDS.sleep(STOPPED_MS - NOTICING_MS);
            assertThat(asked()).as("packets of clients").isEqualTo(before);
            assertThat(replay).isNotDone();
            intercept.signal("CONT");

            final ResidentCli.Result result = replay.get(60, TimeUnit.SECONDS);
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            assertThat(asked()).isGreaterThan(before);
            TargetHostLab.eachArrivedOnce(journal, sent);
            assertThat(leaks.packets()).isZero();
        } finally {
            server.destroyForcibly().waitFor();
            lab.router().exec("nft", "delete", "table", "inet", "asked");
        }
    }

    private long asked() {
        return TargetHostLab.counted(lab.router(), "inet", "asked");
    }

    /** Both ends' kernels reset the connection, as a firewall's would that forgot it. */
    private int cutAgainAndAgain(final CompletableFuture<ResidentCli.Result> replay)
            throws IOException, InterruptedException {
        final SplittableRandom random = new SplittableRandom(SEED);
        final AtomicInteger cuts = new AtomicInteger();
        while (cuts.get() < CUTS && !replay.isDone()) {
            TimeUnit.MILLISECONDS.sleep(300 + random.nextInt(500));
            assertThat(Eventually.holds(PATIENCE, () -> isCut(cuts) || replay.isDone()))
                    .isTrue();
        }
        return cuts.get();
    }

    private boolean isCut(final AtomicInteger cuts) {
        final boolean cut = !lab.client()
                .exec("ss", "-KHtn", "dst", lab.serverV4(), "dport = :" + FeedAddress.DEFAULT_PORT)
                .stdout()
                .isBlank();
        if (cut) {
            cuts.incrementAndGet();
        }
        return cut;
    }

    private ResidentCli.Result replayQuietly(final Path database) {
        try {
            return lab.replay(
                    TargetHostLab.MANY_CLIENTS,
                    lab.serverV4(),
                    database.toString(),
                    lab.target(4, PORT),
                    "--json",
                    "-q");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
