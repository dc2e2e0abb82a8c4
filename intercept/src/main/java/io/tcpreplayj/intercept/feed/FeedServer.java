package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The intercept's end of the feed: sends what the tap sees to the replayers it belongs to. One thread takes packets from
 * the tap and never waits for anybody; a slow replayer loses packets of its own, which are counted, and strangers at the
 * door cost nobody anything.
 */
public final class FeedServer implements AutoCloseable {
    /** A peer that has not introduced itself by then is shown the door. */
    static final long STRANGER_NS = 3_000_000_000L;

    private static final long ROUNDS_MS = 250;
    /** After a failure that may last, such as no descriptor left. */
    private static final long PAUSE_MS = 10;
    /** So long peers may take to read that they must stop. */
    private static final long FAREWELL_MS = 1_000;

    /** What a server is asked to do. */
    public record Settings(
            FeedAddress address,
            @Nullable FeedKeys keys,
            List<Cidr> clients,
            List<Endpoint> targets,
            int payloadBytes,
            boolean swallows,
            String mode) {}

    /** Counters at one moment. */
    public record Counters(long routed, long unclaimed, long tapDrops, int replayers, long turnedAway) {}

    private final Settings settings;
    private final FeedListener listener;
    private final Subscriptions subscriptions;
    private final ResponseRouter router;
    private final ResponseTap tap;
    private final Doorman doorman = new Doorman();
    private final List<ReplayerConnection> connections = new CopyOnWriteArrayList<>();
    private final House house = new House();
    private volatile boolean closed;
    private volatile long turnedAway;

    private FeedServer(final Settings settings, final FeedListener listener, final ResponseTap tap) {
        this.settings = settings;
        this.listener = listener;
        this.tap = tap;
        this.subscriptions = new Subscriptions(
                new Subscriptions.Policy(settings.clients(), settings.targets(), settings.payloadBytes()));
        this.router = new ResponseRouter(tap, subscriptions);
    }

    /**
     * Listens; {@code tap} stays the caller's.
     *
     * @throws IOException when the address is taken, or others could come in and there are no keys
     */
    public static FeedServer open(final Settings settings, final ResponseTap tap) throws IOException {
        return open(settings, FeedListener.open(settings.address(), settings.keys()), tap);
    }

    /** Serves who comes to {@code listener}, which is closed with the server; {@code tap} stays the caller's. */
    public static FeedServer open(final Settings settings, final FeedListener listener, final ResponseTap tap) {
        final FeedServer server = new FeedServer(settings, listener, tap);
        Background.start("feed-door", server::admit);
        Background.start("feed-rounds", server::makeRounds);
        return server;
    }

    /** Routes what the tap has, without waiting; the caller's thread, always the same. */
    public int poll(final int limit) throws IOException {
        return router.poll(limit);
    }

    private void admit() {
        while (!closed) {
            try {
                final SocketChannel channel = listener.accept();
                if (!receive(channel)) {
                    channel.close();
                }
            } catch (final IOException e) {
                // One who went away while waiting, or no descriptor left for a moment: the next may have more luck.
                Background.pause(PAUSE_MS);
            }
        }
    }

    /** Whether the peer may come in; before that it costs no TLS. */
    private boolean receive(final SocketChannel channel) throws IOException {
        final String peer = FeedSocket.peer(channel);
        int strangers = 0;
        int ofPeer = 0;
        for (final ReplayerConnection each : connections) {
            if (!each.isIntroduced()) {
                strangers++;
                ofPeer += each.peer().equals(peer) ? 1 : 0;
            }
        }
        if (!doorman.admits(peer, strangers, ofPeer, System.nanoTime())) {
            turnedAway = doorman.turnedAway();
            return false;
        }
        final FeedKeys keys = settings.address().isUnix() ? null : settings.keys();
        final ReplayerConnection connection =
                new ReplayerConnection(FeedSocket.accepted(channel, keys), house, System::nanoTime);
        connections.add(connection);
        Background.start("feed-from-" + peer, () -> serve(connection));
        return true;
    }

    private void serve(final ReplayerConnection connection) {
        try {
            connection.run();
        } finally {
            connections.remove(connection);
        }
    }

    private void makeRounds() {
        while (!closed) {
            final long nowNs = System.nanoTime();
            for (final ReplayerConnection each : connections) {
                if (each.isSilent(nowNs, each.isIntroduced() ? ReplayerConnection.SILENCE_NS : STRANGER_NS)) {
                    each.close();
                }
            }
            subscriptions.forgetAbandoned(nowNs);
            Background.pause(ROUNDS_MS);
        }
    }

    /** Tells every replayer to stop: answers to its clients are about to reach others. */
    public void revoke(final String reason) {
        final List<Thread> tellers = new ArrayList<>();
        for (final ReplayerConnection each : connections) {
            // One that does not read must not keep the others from being told.
            tellers.add(Background.start("feed-revoke-" + each.peer(), () -> each.revoke(reason)));
        }
        final long deadlineNs = System.nanoTime() + FAREWELL_MS * 1_000_000;
        while (tellers.stream().anyMatch(Thread::isAlive) && System.nanoTime() < deadlineNs) {
            Background.pause(1);
        }
    }

    public Counters counters() {
        return new Counters(router.routed(), router.unclaimed(), tap.drops(), subscriptions.size(), turnedAway);
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    public FeedAddress address() throws IOException {
        return listener.address();
    }

    /** Cuts everybody off and removes a socket from the file system. */
    @Override
    public void close() {
        closed = true;
        listener.close();
        connections.forEach(ReplayerConnection::close);
    }

    private final class House implements ReplayerConnection.House {
        @Override
        public Subscriptions subscriptions() {
            return subscriptions;
        }

        @Override
        public String mode() {
            return settings.mode();
        }

        @Override
        public boolean swallows() {
            return settings.swallows();
        }

        @Override
        public long tapDrops() {
            return tap.drops();
        }
    }
}
