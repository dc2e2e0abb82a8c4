package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.Unprivileged;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The intercept's end of the feed: sends what the tap sees to the replayers it belongs to. One thread takes packets from
 * the tap and never waits for anybody; a slow replayer loses packets of its own, which are counted, and strangers at the
 * door cost nobody anything.
 */
public final class FeedServer implements AutoCloseable {
    /** So long peers may take to read that they must stop. */
    private static final long FAREWELL_MS = 1_000;

    /** So often the tap is asked what it lost. */
    private static final long COUNT_NS = 1_000_000_000L;

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
    public record Counters(long routed, long unclaimed, long tapDrops, long notTaken, int replayers, long turnedAway) {}

    private final Settings settings;
    private final FrontDoor<ReplayerConnection> door;
    private final Subscriptions subscriptions;
    private final ResponseRouter router;
    private final ResponseTap tap;
    private long countedNs = System.nanoTime();

    /** As the tap's thread was told: replayers have threads of their own, and the tap has one. */
    private volatile long tapDrops;

    private FeedServer(final Settings settings, final FeedListener listener, final ResponseTap tap)
            throws LinuxException {
        this.settings = settings;
        this.tap = tap;
        this.subscriptions = new Subscriptions(
                new Subscriptions.Policy(settings.clients(), settings.targets(), settings.payloadBytes()));
        this.router = new ResponseRouter(tap, subscriptions);
        final House house = new House();
        this.door = FrontDoor.open(
                listener,
                settings.keys(),
                Unprivileged.Keep.RAW,
                socket -> new ReplayerConnection(socket, house, System::nanoTime),
                subscriptions::forgetAbandoned);
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
    public static FeedServer open(final Settings settings, final FeedListener listener, final ResponseTap tap)
            throws LinuxException {
        return new FeedServer(settings, listener, tap);
    }

    /** Routes what the tap has, without waiting; the caller's thread, always the same. */
    public int poll(final int limit) throws IOException {
        if (System.nanoTime() - countedNs > COUNT_NS) {
            count();
        }
        return router.poll(limit);
    }

    private void count() {
        countedNs = System.nanoTime();
        tapDrops = tap.drops();
    }

    /** Tells every replayer to stop: answers to its clients are about to reach others. */
    public void revoke(final String reason) throws LinuxException {
        final List<Thread> tellers = new ArrayList<>();
        for (final ReplayerConnection each : door.guests()) {
            // One that does not read must not keep the others from being told.
            tellers.add(Background.start("feed-revoke-" + each.peer(), () -> each.revoke(reason)));
        }
        final long deadlineNs = System.nanoTime() + FAREWELL_MS * 1_000_000;
        while (tellers.stream().anyMatch(Thread::isAlive) && System.nanoTime() < deadlineNs) {
            Background.pause(1);
        }
    }

    /** On the thread that polls. */
    public Counters counters() {
        count();
        return new Counters(
                router.routed(),
                router.unclaimed(),
                tapDrops,
                subscriptions.lostPackets(),
                subscriptions.size(),
                door.turnedAway());
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    public FeedAddress address() throws IOException {
        return door.address();
    }

    /** Cuts everybody off and removes a socket from the file system. */
    @Override
    public void close() {
        door.close();
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
            return tapDrops;
        }
    }
}
