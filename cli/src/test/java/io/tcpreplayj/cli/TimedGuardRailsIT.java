package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.faultlab.FaultPlan;
import io.tcpreplayj.faultlab.Faults;
import io.tcpreplayj.faultlab.Manners;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Lab;
import io.tcpreplayj.testdata.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** What keeps a replay from harming its target and goes by time: the bandwidth, and the breaker by latency. */
@Isolated("a processor that others keep busy holds back what the limit should, and answers as a slow target does")
final class TimedGuardRailsIT {
    private static final int PORT = 7000;
    private static final long BITS_PER_SECOND = 10_000_000;

    @BeforeAll
    static void privileges() {
        Privileges.needRootAnd("ip", "nft", "ethtool");
    }

    /** For four seconds each SYN-ACK takes 150 ms. */
    @Test
    void targetThatBecomesSlow_isLeftAloneUntilItRecovers(@TempDir final Path directory)
            throws IOException, InterruptedException {
        final FlowPcap.Shape visitors = new FlowPcap.Shape(200, 1, 200, 200, 0, 33_000);
        try (AcceptanceLab lab = AcceptanceLab.start(directory, Map.of(PORT, Manners.good(200, 200)))) {
            final AcceptanceLab.Row row =
                    new AcceptanceLab.Row("slow", PORT, lab.record("slow", visitors), FaultPlan.seeded(1), 4, "packet");
            final Replayed replayed = lab.replay(row, pid -> {
                lab.awaitPackets(PORT, 40 * 5);
                lab.bridge().plan(PORT, FaultPlan.seeded(2).fromServer(Faults.delay(150, 0)));
                // Slow for three seconds at least is what the breaker wants to see.
                TimeUnit.SECONDS.sleep(4);
                lab.bridge().plan(PORT, FaultPlan.seeded(3));
            });
            assertThat(replayed.result().exit()).isZero();
            assertThat(replayed.failures()).isEmpty();
            assertThat(replayed.number("replayer", "pauses")).isEqualTo(1);
            assertThat(replayed.number("replayer", "pausedNs")).isBetween(1_000_000_000L, 5_000_000_000L);
        }
    }

    /** What the target's kernel counts is the rate, over each transport. */
    @Test
    void bandwidthIsHeld_overEachTransport(@TempDir final Path directory) throws IOException, InterruptedException {
        final FlowPcap.Shape uploads = new FlowPcap.Shape(4, 12, 40_000, 100, 0, 100);
        FlowPcap.write(directory.resolve("made.pcap"), uploads, 7);
        final Path database = AcceptanceLab.index(directory.resolve("made.pcap"));
        try (Lab lab = Lab.pair()) {
            final Process server = ByteServer.startIn(
                    lab.server(),
                    "0.0.0.0",
                    PORT,
                    uploads.requestBytes(),
                    uploads.answerBytes(),
                    directory.resolve("journal"));
            try (ResidentCli far = ResidentCli.in(lab.client(), directory);
                    ResidentCli near = ResidentCli.in(lab.server(), directory)) {
                for (final String transport : List.of("tun", "packet", "raw", "socket")) {
                    final ResidentCli cli = transport.equals("tun") ? near : far;
                    final CompletableFuture<ResidentCli.Result> run =
                            CompletableFuture.supplyAsync(() -> GuardRailsIT.replay(
                                    cli,
                                    database.toString(),
                                    "--target",
                                    lab.serverV4() + ":" + PORT,
                                    "--transport",
                                    transport,
                                    "--speed",
                                    "max",
                                    "--max-bandwidth",
                                    "1.25MB/s",
                                    "--json",
                                    "-q"));
                    final double bitsPerSecond = bitsPerSecond(server, run);
                    final ResidentCli.Result result = run.join();
                    assertThat(result.exit()).as(transport + result.stderr()).isZero();
                    System.out.printf("--max-bandwidth 10M, %s: %.2f Mbit/s%n", transport, bitsPerSecond / 1e6);
                    // A machine that has no processor for us now and then makes it less, and never more.
                    assertThat(bitsPerSecond).as(transport).isBetween(0.8 * BITS_PER_SECOND, 1.05 * BITS_PER_SECOND);
                    final Map<?, ?> replayer =
                            (Map<?, ?>) JSON.std.mapFrom(result.stdout()).get("replayer");
                    assertThat(((Number) replayer.get("maxBitsPerSecond")).longValue())
                            .isEqualTo(BITS_PER_SECOND);
                    assertThat(((Number) replayer.get("bandwidthHeldShare")).doubleValue())
                            .isBetween(0.3, 1.0);
                }
            } finally {
                server.destroyForcibly().waitFor();
            }
        }
    }

    /** What came into the server's namespace a second, but for the beginning and the end, which take their time without sending. */
    private static double bitsPerSecond(final Process server, final CompletableFuture<?> replay)
            throws IOException, InterruptedException {
        final List<long[]> samples = new ArrayList<>();
        while (!replay.isDone()) {
            samples.add(new long[] {System.nanoTime(), GuardRailsIT.octetsReceived(server)});
            TimeUnit.MILLISECONDS.sleep(5);
        }
        final long begin = samples.get(0)[1];
        final long all = samples.get(samples.size() - 1)[1] - begin;
        samples.removeIf(sample -> sample[1] - begin < all / 20 || sample[1] - begin > all - all / 20);
        final long[] from = samples.get(0);
        final long[] to = samples.get(samples.size() - 1);
        return (to[1] - from[1]) * 8e9 / (to[0] - from[0]);
    }
}
