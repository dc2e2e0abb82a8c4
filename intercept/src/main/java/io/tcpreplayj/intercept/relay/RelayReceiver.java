package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.intercept.feed.FeedListener;
import io.tcpreplayj.intercept.feed.FrontDoor;
import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.SteadyClock;
import io.tcpreplayj.linux.Unprivileged;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes in what other hosts capture. Strangers at the door cost none of them anything; one that is cut off comes back. */
public final class RelayReceiver implements AutoCloseable {
    /** Sources that are there, or may come back. */
    static final int MAX_SOURCES = 64;

    private final Consumer<RelaySource> onSource;
    /** In the order in which they came. */
    private final Map<UUID, Line> lines = new LinkedHashMap<>();

    private final FrontDoor<RelayConnection> door;
    private boolean closed;

    /** A source and the connection that it has now. */
    private static final class Line {
        private final RelaySource source;
        private @Nullable RelayConnection connection;

        Line(final RelaySource source) {
            this.source = source;
        }
    }

    private RelayReceiver(
            final FeedListener listener, final @Nullable FeedKeys keys, final Consumer<RelaySource> onSource)
            throws LinuxException {
        this.onSource = onSource;
        // Who records a source is told of it, and starts, on its connection's thread.
        this.door = FrontDoor.open(
                listener,
                keys,
                Unprivileged.Keep.FILES_AND_PORTS,
                socket -> new RelayConnection(socket, this, System::nanoTime),
                nowNs -> {});
    }

    /**
     * Listens.
     *
     * @param onSource called once for each host that comes, on its connection's thread
     * @throws IOException when the address is taken, or others could come in and there are no keys
     */
    public static RelayReceiver open(
            final FeedAddress address, final @Nullable FeedKeys keys, final Consumer<RelaySource> onSource)
            throws IOException {
        return new RelayReceiver(FeedListener.open(address, keys), keys, onSource);
    }

    /** The source of who introduces itself; one that comes back takes over from its old connection. */
    synchronized RelaySource enter(final RelayHello hello, final RelayConnection connection) throws FeedException {
        if (closed) {
            // It may have stood at the door; nobody would end it any more.
            throw new FeedException("it is the end");
        }
        final long nowNs = SteadyClock.nowNs();
        Line line = lines.get(hello.source());
        if (line == null) {
            if (lines.size() == MAX_SOURCES && !forgetOne()) {
                throw new FeedException("there are " + MAX_SOURCES + " sources already");
            }
            line = new Line(new RelaySource(hello, nowNs));
            lines.put(hello.source(), line);
            onSource.accept(line.source);
        }
        line.source.check(hello);
        line.source.onClock(hello.nowNs(), nowNs);
        if (line.connection != null && line.connection != connection) {
            line.connection.close();
        }
        line.connection = connection;
        return line.source;
    }

    /** One that has nothing more to say, else one that is away; returns whether there was any. */
    private boolean forgetOne() {
        for (final boolean parted : new boolean[] {true, false}) {
            for (final Iterator<Line> all = lines.values().iterator(); all.hasNext(); ) {
                final Line line = all.next();
                if (parted ? line.source.hasParted() : line.connection == null || line.connection.isOver()) {
                    line.source.end();
                    all.remove();
                    return true;
                }
            }
        }
        return false;
    }

    /** Connections that were not let in. */
    public long turnedAway() {
        return door.turnedAway();
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    public FeedAddress address() throws IOException {
        return door.address();
    }

    /** Takes nothing more: sources end where they are. */
    @Override
    public void close() {
        door.close();
        synchronized (this) {
            closed = true;
            lines.values().forEach(line -> line.source.end());
        }
    }
}
