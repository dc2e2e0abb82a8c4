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
 * same, once and in order.
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
        final FlowPcap.Shape shape = new FlowPcap.Shape(FLOWS, REQUESTS, 600, 900, 400_000, 5_000);
        final List<FlowPcap.Sent> sent = FlowPcap.write(directory.resolve("made.pcap"), shape, TargetHostLab.SEED);
        final Path database = AcceptanceLab.index(directory.resolve("made.pcap"));
        final Path journal = directory.resolve("journal");
        final Process server =
                ByteServer.startIn(lab.server(), "0.0.0.0", PORT, shape.requestBytes(), shape.answerBytes(), journal);
        try (InterceptProcess intercept = lab.intercept("besieged", lab.target(4, PORT), "--swallow", "egress")) {
            losePackets();
            lab.loseAnswers(intercept, LOST_OF_1000);
            final CompletableFuture<ResidentCli.Result> replay =
                    CompletableFuture.supplyAsync(() -> replayQuietly(database.toString()));
            assertThat(Eventually.holds(PATIENCE, () -> lab.connections(PORT) == FLOWS))
                    .isTrue();
            besiege(lab.router());
            assertThat(replay.isDone()).as("the siege was over first").isFalse();
            final ResidentCli.Result result = replay.get(180, TimeUnit.SECONDS);
            assertThat(result.exit()).as(result.stdout() + result.stderr()).isZero();
            final Map<String, Object> report = JSON.std.mapFrom(result.stdout());
            final Map<?, ?> requests = (Map<?, ?>) report.get("requests");
            assertThat(requests.get("answered")).as(result.stdout()).isEqualTo(FLOWS * REQUESTS);
            final Map<?, ?> bytes = (Map<?, ?>) report.get("bytes");
            assertThat(bytes.get("clientAcked")).as(result.stdout()).isEqualTo(FLOWS * REQUESTS * 600);
            TargetHostLab.eachArrivedOnce(journal, sent);
            final long lost = TargetHostLab.counted(lab.router(), "inet", "lossy");
            assertThat(lost).as("lost on the path").isGreaterThan(leastLost());
            assertThat(lab.answersLost()).as("lost on the way back").isGreaterThan(leastLost());
            final String said = intercept.end();
            assertThat(said).contains("packets handed on, 0 of nobody's, 0 lost by the ring");
            System.out.println("HostileDoorIT: " + STRANGERS + " strangers; lost " + lost + " and "
                    + lab.answersLost() + "; " + said.strip() + "; " + bytes + " "
                    + report.get("latencyNs"));
        } finally {
            server.destroyForcibly().waitFor();
        }
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

    private void besiege(final Netns from) throws IOException, InterruptedException {
        final SplittableRandom random = new SplittableRandom(20);
        final InetSocketAddress door = new InetSocketAddress(lab.serverV4(), FeedAddress.DEFAULT_PORT);
        final Deque<SocketChannel> coming = new ArrayDeque<>();
        final Deque<SocketChannel> held = new ArrayDeque<>();
        NetworkNamespace.enter(from.name());
        try {
            for (int number = 0; number < STRANGERS; number++) {
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
