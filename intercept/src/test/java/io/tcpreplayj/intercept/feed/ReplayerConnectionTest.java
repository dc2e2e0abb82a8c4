package io.tcpreplayj.intercept.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The intercept's side of one connection, over a real socket, in virtual time. */
final class ReplayerConnectionTest {
    private static final Cidr CLIENTS = Cidr.parse("198.18.0.0/24");
    private static final IpAddress CLIENT = IpAddress.parse("198.18.0.7");
    private static final Endpoint TARGET = new Endpoint(IpAddress.parse("10.0.0.2"), 80);
    private static final UUID SESSION = new UUID(1, 2);
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long PATIENCE_NS = 10 * SECOND_NS;
    private static final int PACKET_BYTES = 60_000;

    private final AtomicLong nowNs = new AtomicLong();
    private final Subscriptions subscriptions =
            new Subscriptions(new Subscriptions.Policy(List.of(CLIENTS), List.of(TARGET), 65_535));
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (final AutoCloseable each : open) {
            each.close();
        }
    }

    /** A replayer's end, introduced. */
    private final class Replayer {
        private final ReplayerConnection connection;
        private final Thread serving;
        private final FrameInput in;
        private final FrameOutput out;

        Replayer(final @Nullable FeedKeys keys, final long lastBatch) throws IOException {
            final FeedSocket near;
            try (ServerSocketChannel door = ServerSocketChannel.open()) {
                door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                near = FeedSocket.connect(new FeedAddress(door.getLocalAddress()), keys);
                open.add(near);
                final SocketChannel far = door.accept();
                // Or the kernel would take megabytes.
                far.setOption(StandardSocketOptions.SO_SNDBUF, PACKET_BYTES);
                connection = new ReplayerConnection(FeedSocket.accepted(far, keys), house(), nowNs::get);
                open.add(connection::close);
            }
            serving = Background.start("serving", connection::run);
            near.handshake();
            in = new FrameInput(near.in(), FeedFormat.MAX_PAYLOAD);
            out = new FrameOutput(near.out());
            final ByteBuffer hello = ByteBuffer.allocate(FeedFormat.MAX_HELLO);
            new Hello(
                            SESSION,
                            lastBatch,
                            List.of(CLIENTS),
                            new PortRange(1024, 65_535),
                            List.of(TARGET),
                            65_535,
                            "a test's replayer")
                    .encode(hello);
            out.write(FrameType.HELLO, hello);
            assertThat(in.read()).isEqualTo(FrameType.WELCOME);
        }

        void beat() throws IOException {
            final ByteBuffer heartbeat = ByteBuffer.allocate(Long.BYTES * 2);
            new Heartbeat(0, 0).encode(heartbeat);
            out.write(FrameType.HEARTBEAT, heartbeat);
        }

        ByteBuffer await(final FrameType wanted) throws IOException {
            FrameType type = in.read();
            while (type != wanted) {
                assertThat(type).isNotNull();
                type = in.read();
            }
            return in.payload();
        }
    }

    private ReplayerConnection.House house() {
        return new ReplayerConnection.House() {
            @Override
            public Subscriptions subscriptions() {
                return subscriptions;
            }

            @Override
            public String mode() {
                return "a test";
            }

            @Override
            public boolean swallows() {
                return true;
            }

            @Override
            public long tapDrops() {
                return 0;
            }
        };
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoNeverReads_isGoneAfterTenSeconds_howeverItsHeartBeats_andComesBackToldWhatItLost(
            final boolean tls, @TempDir final Path scratch) throws Exception {
        FeedKeys keys = null;
        if (tls) {
            KeyFile.make(scratch.resolve("keys"));
            keys = FeedKeys.open(scratch.resolve("keys"));
        }
        final Replayer replayer = new Replayer(keys, 0);
        append();
        replayer.await(FrameType.PACKETS);
        replayer.await(FrameType.HEARTBEAT);
        // What is read may not have been written yet by the clock of who writes it.
        assertThat(await(() -> !replayer.connection.isGone(20 * SECOND_NS, Long.MAX_VALUE), PATIENCE_NS))
                .as("it reads")
                .isTrue();

        final BatchStore store = subscription().store();
        // With each word of the replayer's the kernel may find room for a little more.
        for (int unmoved = 0; unmoved < 3; ) {
            final long sent = store.lastSent();
            append();
            replayer.beat();
            unmoved = await(() -> store.lastSent() > sent, SECOND_NS / 2) ? 0 : unmoved + 1;
        }
        nowNs.set(9 * SECOND_NS);
        replayer.beat();
        assertThat(await(() -> !replayer.connection.isGone(nowNs.get(), SECOND_NS), PATIENCE_NS))
                .as("heard a moment ago, and stuck for 9 s")
                .isTrue();
        assertThat(replayer.connection.isGone(10 * SECOND_NS, 5 * SECOND_NS)).isFalse();
        assertThat(replayer.connection.isGone(10 * SECOND_NS + 1, 5 * SECOND_NS))
                .isTrue();

        // Its queue is bounded: 4 MiB are seventy such batches.
        for (int i = 0; i < 100; i++) {
            append();
        }
        assertThat(store.lostPackets()).isBetween(30L, 45L).isEqualTo(subscriptions.lostPackets());
        replayer.connection.close();
        replayer.serving.join(PATIENCE_NS / 1_000_000);
        assertThat(replayer.serving.isAlive()).isFalse();

        final Replayer again = new Replayer(keys, 1);
        assertThat(Heartbeat.decode(again.await(FrameType.HEARTBEAT)).dropped()).isEqualTo(store.lostPackets());
        again.out.write(FrameType.BYE, new byte[0], 0);
        assertThat(await(() -> subscriptions.size() == 0, PATIENCE_NS)).isTrue();
        assertThat(subscriptions.lostPackets()).as("still counted").isEqualTo(store.lostPackets());
    }

    /** One packet, which fills a batch. */
    private void append() {
        final Subscription subscription = subscription();
        subscription.add(ByteBuffer.allocate(PACKET_BYTES), 0, PACKET_BYTES, PACKET_BYTES, 0, true);
        subscription.flush();
    }

    private Subscription subscription() {
        final Subscription found = subscriptions.find(
                CLIENT.high(),
                CLIENT.low(),
                2_000,
                TARGET.address().high(),
                TARGET.address().low(),
                TARGET.port());
        assertThat(found).isNotNull();
        return found;
    }

    private static boolean await(final BooleanSupplier condition, final long limitNs) {
        final long endNs = System.nanoTime() + limitNs;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > endNs) {
                return false;
            }
            Background.pause(1);
        }
        return true;
    }
}
