package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
    private final ServerSocketChannel listener;
    private final Subscriptions subscriptions;
    private final ResponseRouter router;
    private final ResponseTap tap;
    private final Doorman doorman = new Doorman();
    private final List<ReplayerConnection> connections = new CopyOnWriteArrayList<>();
    private final House house = new House();
    private volatile boolean closed;
    private volatile long turnedAway;

    private FeedServer(final Settings settings, final ServerSocketChannel listener, final ResponseTap tap) {
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
        final FeedAddress address = settings.address();
        if (settings.keys() == null && !address.isLocal()) {
            throw new IOException("others can reach " + address + ", so it needs keys");
        }
        final ServerSocketChannel listener =
                address.isUnix() ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
        boolean done = false;
        try {
            bind(listener, address);
            final FeedServer server = new FeedServer(settings, listener, tap);
            server.start("feed-door", server::admit);
            server.start("feed-rounds", server::makeRounds);
            done = true;
            return server;
        } finally {
            if (!done) {
                listener.close();
            }
        }
    }

    private static void bind(final ServerSocketChannel listener, final FeedAddress address) throws IOException {
        if (!(address.socket() instanceof UnixDomainSocketAddress unix)) {
            listener.bind(address.socket());
            return;
        }
        final Path file = unix.getPath();
        if (Files.exists(file)) {
            removeAbandoned(file, unix);
        }
        listener.bind(unix);
        // connect(2) needs the right to write: nobody's but the owner's (unix(7)).
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** Who was killed leaves its socket in the file system, where nobody listens any more. */
    private static void removeAbandoned(final Path file, final UnixDomainSocketAddress unix) throws IOException {
        try (SocketChannel somebody = SocketChannel.open(unix)) {
            throw new IOException(file + ": somebody listens there, at " + somebody.getRemoteAddress());
        } catch (final ConnectException e) {
            Files.delete(file);
        }
    }

    private void start(final String name, final Runnable body) {
        final Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
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
                Thread.onSpinWait();
            }
        }
    }

    private boolean receive(final SocketChannel channel) throws IOException {
        final FeedKeys keys = settings.address().isUnix() ? null : settings.keys();
        final FeedSocket socket = FeedSocket.accepted(channel, keys);
        final int strangers =
                (int) connections.stream().filter(each -> !each.isIntroduced()).count();
        if (!doorman.admits(socket.peer(), strangers, System.nanoTime())) {
            turnedAway = doorman.turnedAway();
            return false;
        }
        final ReplayerConnection connection = new ReplayerConnection(socket, house, System::nanoTime);
        connections.add(connection);
        start("feed-from-" + socket.peer(), () -> {
            connection.run();
            connections.remove(connection);
        });
        return true;
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
            try {
                Thread.sleep(ROUNDS_MS);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Tells every replayer to stop: answers to its clients are about to reach others. */
    public void revoke(final String reason) {
        for (final ReplayerConnection each : connections) {
            each.revoke(reason);
        }
    }

    public Counters counters() {
        return new Counters(router.routed(), router.unclaimed(), tap.drops(), subscriptions.size(), turnedAway);
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    public FeedAddress address() throws IOException {
        return new FeedAddress(listener.getLocalAddress());
    }

    /** Cuts everybody off and removes a socket from the file system. */
    @Override
    public void close() {
        closed = true;
        try {
            listener.close();
            if (settings.address().socket() instanceof UnixDomainSocketAddress unix) {
                Files.deleteIfExists(unix.getPath());
            }
        } catch (final IOException e) {
            // The socket's file stays; who listens there next removes it.
            closed = true;
        }
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
