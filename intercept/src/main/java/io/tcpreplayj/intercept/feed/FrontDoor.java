package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Unprivileged;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets peers in, each with a thread of its own, and shows out who does not introduce itself or falls silent. Strangers cost
 * nobody inside anything.
 *
 * @param <G> what a peer is once it is inside
 */
public final class FrontDoor<G extends FrontDoor.Guest> implements AutoCloseable {
    /** A peer that has not introduced itself by then is shown the door. */
    static final long STRANGER_NS = 3_000_000_000L;

    /** So long without a word from who is inside means that it is gone. */
    public static final long SILENCE_NS = 5_000_000_000L;

    private static final long ROUNDS_MS = 250;
    /** After a failure that may last, such as no descriptor left. */
    private static final long PAUSE_MS = 10;

    private final FeedListener listener;
    private final @Nullable FeedKeys keys;
    private final Unprivileged.Keep keep;
    private final Function<FeedSocket, G> reception;
    private final LongConsumer rounds;
    private final Doorman doorman = new Doorman();
    private final List<G> guests = new CopyOnWriteArrayList<>();
    private volatile boolean closed;
    private volatile long turnedAway;

    /** One peer's connection. */
    public interface Guest {
        /** Lives the whole life of the connection, on its own thread. */
        void run();

        /** Whether the peer has introduced itself. */
        boolean isIntroduced();

        /** Whether nothing came from it for so long, or it takes nothing of what is sent to it. */
        boolean isGone(long nowNs, long patienceNs);

        /** Its address, as far as the door counts. */
        String peer();

        /** Ends it, from any thread. */
        void close();
    }

    private FrontDoor(
            final FeedListener listener,
            final @Nullable FeedKeys keys,
            final Unprivileged.Keep keep,
            final Function<FeedSocket, G> reception,
            final LongConsumer rounds) {
        this.listener = listener;
        this.keys = keys;
        this.keep = keep;
        this.reception = reception;
        this.rounds = rounds;
    }

    /**
     * Opens the door; {@code listener} is closed with it.
     *
     * @param keep what the threads of its guests need
     * @param reception makes a guest of a connection that came in
     * @param rounds called several times a second with the monotonic time
     */
    public static <G extends Guest> FrontDoor<G> open(
            final FeedListener listener,
            final @Nullable FeedKeys keys,
            final Unprivileged.Keep keep,
            final Function<FeedSocket, G> reception,
            final LongConsumer rounds)
            throws LinuxException {
        final FrontDoor<G> door = new FrontDoor<>(listener, keys, keep, reception, rounds);
        boolean done = false;
        try {
            Unprivileged.start("feed-door", keep, door::admit);
            Background.start("feed-rounds", door::makeRounds);
            done = true;
            return door;
        } finally {
            if (!done) {
                door.close();
            }
        }
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
        for (final G each : guests) {
            if (!each.isIntroduced()) {
                strangers++;
                ofPeer += each.peer().equals(peer) ? 1 : 0;
            }
        }
        if (!doorman.admits(peer, strangers, ofPeer, System.nanoTime())) {
            turnedAway = doorman.turnedAway();
            return false;
        }
        final G guest = reception.apply(FeedSocket.accepted(channel, listener.isUnix() ? null : keys));
        guests.add(guest);
        if (closed) {
            // Whoever closed may have gone through the guests before this one was among them.
            guest.close();
        }
        Unprivileged.start("feed-from-" + peer, keep, () -> serve(guest));
        return true;
    }

    private void serve(final G guest) {
        try {
            guest.run();
        } finally {
            guests.remove(guest);
        }
    }

    private void makeRounds() {
        while (!closed) {
            final long nowNs = System.nanoTime();
            for (final G each : guests) {
                if (each.isGone(nowNs, each.isIntroduced() ? SILENCE_NS : STRANGER_NS)) {
                    each.close();
                }
            }
            rounds.accept(nowNs);
            Background.pause(ROUNDS_MS);
        }
    }

    /** Who is inside, and who stands at the door. */
    public List<G> guests() {
        return guests;
    }

    /** Connections that were not let in. */
    public long turnedAway() {
        return turnedAway;
    }

    /** Where it is; the port is the real one when 0 was asked for. */
    public FeedAddress address() throws IOException {
        return listener.address();
    }

    /** Shows everybody out, and removes a socket from the file system. */
    @Override
    public void close() {
        closed = true;
        listener.close();
        guests.forEach(Guest::close);
    }
}
