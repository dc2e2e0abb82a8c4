package io.tcpreplayj.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.linux.NetworkNamespace;
import io.tcpreplayj.testdata.BesideOthers;
import io.tcpreplayj.testdata.ByteServer;
import io.tcpreplayj.testdata.FlowPcap;
import io.tcpreplayj.testdata.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * AC-20: while a replay over a path that loses gets its answers from an intercept, another host opens connections to that, from
 * many addresses, which say nothing, a byte now and then, or nonsense, or are reset at once. Each flow's bytes arrive all the
 * same, once and in order. So it is over a path that loses nothing, where the feed is not cut either.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@BesideOthers
final class HostileDoorIT {
    private static final int PORT = 8084;
    private static final boolean SOAK = Boolean.getBoolean("tcpreplayj.soak");
    private static final int STRANGERS = SOAK ? 10_000 : 500;
    private static final int FLOWS = 50;
    /** So many that the siege is over before the last: for seconds on a machine that does nothing else. */
    private static final int REQUESTS = SOAK ? 200 : 35;
    /** The same of a smaller siege. */
    private static final int FEWER = SOAK ? 4_000 : 200;

    private static final int FEWER_REQUESTS = SOAK ? 80 : 25;

    private static final int ADDRESSES = 20;
    /** Whose handshakes are under way at the same time. */
    private static final int COMING = 40;
    /** Of theirs, at the same time. */
    private static final int OPEN = 400;

    private static final int LOST_OF_1000 = 50;

    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private Path directory;
    private TargetHostLab lab;

    @BeforeAll
    void start(@TempDir final Path scratch) throws IOException {
        directory = scratch;
        lab = TargetHostLab.in(scratch);
        for (int address = 0; address < ADDRESSES; address++) {
            lab.router().address("veth2", stranger(address) + "/24");
        }
    }

    @AfterAll
    void stop() throws IOException {
        if (lab != null) {
            lab.close();
        }
    }

    private static String stranger(final int number) {
        return "10.91.2." + (100 + number);
    }

    @Test
    void strangersAtTheDoor_andALossyPath_costNoByte() throws Exception {
        try {
            final Besieged besieged = besiegedReplay("lossy", STRANGERS, REQUESTS, intercept -> {
                losePackets();
                lab.loseAnswers(intercept, LOST_OF_1000);
            });
            final long lost = TargetHostLab.counted(lab.router(), "inet", "lossy");
            assertThat(lost).as("lost on the path").isGreaterThan(leastLost());
            assertThat(lab.answersLost()).as("lost on the way back").isGreaterThan(leastLost());
            System.out.println("HostileDoorIT: lost " + lost + " and " + lab.answersLost() + "; " + besieged);
        } finally {
            lab.router().exec("nft", "delete", "table", "inet", "lossy");
            lab.server().exec("nft", "delete", "table", "netdev", "unseen");
        }
    }

    /** Nobody pushes the replayer out: its one connection stands, and nothing that it waits for is thrown away. */
    @Test
    void strangersAtTheDoor_andAPathThatLosesNothing_costTheReplayerNothing() throws Exception {
        final Besieged besieged = besiegedReplay("lossless", FEWER, FEWER_REQUESTS, intercept -> {});
        System.out.println("HostileDoorIT: lost nothing; " + besieged);
        assertThat(besieged.feedBefore()).isNotEmpty();
        assertThat(besieged.feedAfter()).isEqualTo(besieged.feedBefore());
        assertThat(besieged.said()).contains(" 0 not taken by their replayers");
        final Map<?, ?> packets = (Map<?, ?>) besieged.report().get("packets");
        assertThat(packets.get("receiveDropped")).isEqualTo(0);
        final Map<?, ?> responses = (Map<?, ?>) besieged.report().get("responses");
        assertThat(responses.get("compared")).as("answers that came whole").isEqualTo(FLOWS * FEWER_REQUESTS);
    }

    /** What happens before the replay begins. */
    @FunctionalInterface
    private interface Preparation {
        void of(InterceptProcess intercept) throws Exception;
    }

    /**
     * A replay whose intercept was besieged meanwhile.
     *
     * @param feedBefore its connection to the intercept, by both ends' addresses, before the strangers came
     * @param feedAfter the same when all had come
     */
    private record Besieged(
            int strangers, long siegeMs, Map<String, Object> report, String said, String feedBefore, String feedAfter) {
        @Override
        public String toString() {
            return strangers + " strangers in " + siegeMs + " ms; " + said.strip() + "; " + report.get("bytes") + " "
                    + report.get("latencyNs");
        }
    }

    private Besieged besiegedReplay(
            final String name, final int strangers, final int exchanges, final Preparation preparation)
            throws Exception {
        final FlowPcap.Shape shape = new FlowPcap.Shape(FLOWS, exchanges, 600, 900, 400_000, 5_000);
        final Path capture = directory.resolve(name + ".pcap");
        final List<FlowPcap.Sent> sent = FlowPcap.write(capture, shape, TargetHostLab.SEED);
        final Path database = AcceptanceLab.index(capture);
        final Path journal = directory.resolve("journal-" + name);
        final Process server =
                ByteServer.startIn(lab.server(), "0.0.0.0", PORT, shape.requestBytes(), shape.answerBytes(), journal);
        try (InterceptProcess intercept = lab.intercept(name, lab.target(4, PORT), "--swallow", "egress")) {
            preparation.of(intercept);
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database.toString()));
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) == FLOWS))
                    .isTrue();
            final String feedBefore = feed();
            final long beganNs = System.nanoTime();
            besiege(lab.router(), strangers);
            final long siegeMs = (System.nanoTime() - beganNs) / 1_000_000;
            final String feedAfter = feed();
            assertThat(replay.isDone()).as("the siege was over first").isFalse();
            final ResidentCli.Result result = replay.get(180, TimeUnit.SECONDS);
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
            final Map<?, ?> requests = (Map<?, ?>) report.get("requests");
            assertThat(requests.get("answered")).as(result.stdout()).isEqualTo(FLOWS * exchanges);
            final Map<?, ?> bytes = (Map<?, ?>) report.get("bytes");
            assertThat(bytes.get("clientAcked")).as(result.stdout()).isEqualTo(FLOWS * exchanges * 600);
            TargetHostLab.eachArrivedOnce(journal, sent);
            final String said = intercept.end();
            assertThat(said).contains("packets handed on, 0 of nobody's, 0 lost by the ring");
            return new Besieged(strangers, siegeMs, report, said, feedBefore, feedAfter);
        } finally {
            server.destroyForcibly().waitFor();
        }
    }

    /** The replayer's connection to its intercept. */
    private String feed() {
        return lab.client()
                .exec("ss", "-HtnO", "state", "established", "dport = :" + FeedAddress.DEFAULT_PORT)
                .orThrow()
                .stdout()
                .strip()
                // Without the queues, which stand in front.
                .replaceAll("(?m)^\\d+ +\\d+ +", "");
    }

    /** What the clients send, and both ways of the feed that brings the answers. */
    private void losePackets() {
        lab.router()
                .exec(
                        "nft",
                        "add table inet lossy; add chain inet lossy path { type filter hook forward priority 0; };"
                                + " add rule inet lossy path numgen random mod 1000 < " + LOST_OF_1000
                                + " counter drop")
                .orThrow();
    }

    /** Half of what is to be expected of one packet for each request. */
    private static long leastLost() {
        return FLOWS * REQUESTS * LOST_OF_1000 / 2_000;
    }

    private void besiege(final Netns from, final int strangers) throws IOException, InterruptedException {
        final SplittableRandom random = new SplittableRandom(20);
        final InetSocketAddress door = new InetSocketAddress(lab.serverV4(), FeedAddress.DEFAULT_PORT);
        final Deque<SocketChannel> coming = new ArrayDeque<>();
        final Deque<SocketChannel> held = new ArrayDeque<>();
        NetworkNamespace.enter(from.name());
        try {
            for (int number = 0; number < strangers; number++) {
                final SocketChannel channel = SocketChannel.open();
                channel.configureBlocking(false);
                channel.bind(new InetSocketAddress(InetAddress.getByName(stranger(number % ADDRESSES)), 0));
                channel.connect(door);
                coming.add(channel);
                if (coming.size() > COMING) {
                    welcome(coming.removeFirst(), held, random);
                }
            }
            while (!coming.isEmpty()) {
                welcome(coming.removeFirst(), held, random);
            }
        } finally {
            NetworkNamespace.leave();
            for (final SocketChannel channel : held) {
                channel.close();
            }
        }
    }

    /** Connected at last, it says what it came to say; one of those that are there already says a byte more, or goes. */
    private static void welcome(
            final SocketChannel channel, final Deque<SocketChannel> held, final SplittableRandom random)
            throws IOException, InterruptedException {
        assertThat(Eventually.holds(PATIENCE, channel::finishConnect)).isTrue();
        greet(channel, random);
        held.add(channel);
        say(held.getFirst(), new byte[] {1});
        if (held.size() > OPEN) {
            held.removeFirst().close();
        }
    }

    private static void greet(final SocketChannel channel, final SplittableRandom random) throws IOException {
        switch (random.nextInt(5)) {
            case 0 -> {
                final byte[] nonsense = new byte[1 + random.nextInt(2_000)];
                random.nextBytes(nonsense);
                say(channel, nonsense);
            }
            // A frame of ours that announces 2 GiB, without TLS.
            case 1 -> say(channel, new byte[] {0x74, 0x4a, 1, 1, 0x7f, -1, -1, -1, 0, 0, 0, 0});
            // A TLS record of a ClientHello (RFC 8446 5.1) that never comes.
            case 2 -> say(channel, new byte[] {22, 3, 1, 2, 0, 1, 0, 1, -4});
            case 3 -> {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                channel.close();
            }
            default -> {
                // Says nothing.
            }
        }
    }

    private static void say(final SocketChannel channel, final byte[] bytes) {
        try {
            channel.write(ByteBuffer.wrap(bytes));
        } catch (final IOException e) {
            // It was shown the door already, or went itself.
        }
    }

    private ResidentCli.Result replayQuietly(final String database) {
        try {
            return lab.replay(4, database, PORT, "--json", "-q");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
