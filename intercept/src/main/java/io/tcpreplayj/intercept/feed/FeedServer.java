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
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

    /** S_IFMT and S_IFSOCK (inode(7)). */
    private static final int FILE_TYPE = 0170000;

    private static final int SOCKET = 0140000;

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
            Background.start("feed-door", server::admit);
            Background.start("feed-rounds", server::makeRounds);
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
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            removeAbandoned(file, unix);
        }
        listener.bind(unix);
        // connect(2) needs the right to write: nobody's but the owner's (unix(7)).
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** Who was killed leaves its socket in the file system, where nobody listens any more. */
    private static void removeAbandoned(final Path file, final UnixDomainSocketAddress unix) throws IOException {
        final int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & FILE_TYPE) != SOCKET) {
            throw new FileAlreadyExistsException(file.toString(), null, "is no socket");
        }
        try (SocketChannel somebody = SocketChannel.open(unix)) {
            throw new IOException(file + ": somebody listens there, at " + somebody.getRemoteAddress());
        } catch (final ConnectException e) {
            Files.delete(file);
        }
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
