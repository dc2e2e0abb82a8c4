package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.intercept.ResponseTap;
import io.tcpreplayj.linux.PacketChannel;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A tap that is elsewhere: packets come from one or several intercepts. Their connections have threads; through a pair of
 * sockets, one message a batch, packets get to the replayer's thread, which can wait for them as for those of a device.
 */
public final class RemoteTap implements ResponseTap {
    /** The pipe is full: so long the connection's thread waits before it looks again. */
    private static final long FULL_NS = 200_000;

    private static final PacketHandler NOBODY = (buffer, offset, caplen, origlen, timeNs, linktype) -> {};

    private final PacketChannel.Pair pipe;
    private final List<FeedClient> clients = new ArrayList<>();
    private final List<String> modes = new ArrayList<>();
    private final List<String> leaky = new ArrayList<>();
    private final List<List<Cidr>> served = new ArrayList<>();
    private final PacketBatch.Handler unpack = this::onPacket;
    private PacketHandler handler = NOBODY;
    private boolean checksumKnown;
    private volatile boolean closed;

    private RemoteTap(final PacketChannel.Pair pipe) {
        this.pipe = pipe;
    }

    /**
     * Connects to all intercepts.
     *
     * @throws IOException when one cannot be reached or refuses
     */
    public static RemoteTap open(
            final List<FeedAddress> intercepts, final @Nullable FeedKeys keys, final FeedClient.Wish wish)
            throws IOException {
        final RemoteTap tap = new RemoteTap(PacketChannel.Pair.open());
        boolean done = false;
        try {
            for (final FeedAddress each : intercepts) {
                tap.clients.add(new FeedClient(each, each.isUnix() ? null : keys, wish, tap::pass));
            }
            for (final FeedClient each : tap.clients) {
                final Welcome welcome = each.await();
                tap.modes.add(welcome.mode());
                tap.served.add(welcome.clients());
                if (!welcome.swallows()) {
                    tap.leaky.add(each.address().toString());
                }
            }
            done = true;
            return tap;
        } finally {
            if (!done) {
                tap.close();
            }
        }
    }

    private void pass(final ByteBuffer payload) throws IOException {
        synchronized (pipe) {
            final PacketChannel near = pipe.near();
            near.frame().put(0, payload, payload.position(), payload.remaining());
            while (!closed && !near.write(payload.remaining())) {
                LockSupport.parkNanos(FULL_NS);
            }
        }
    }

    @Override
    public int poll(final PacketHandler receiver, final int limit) throws IOException {
        handler = receiver;
        int packets = 0;
        while (limit - packets >= FeedFormat.MAX_BATCH && pipe.far().read() > 0) {
            packets += PacketBatch.forEach(pipe.far().received(), 0, unpack);
        }
        return packets;
    }

    private void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final boolean known) {
        checksumKnown = known;
        handler.onPacket(buffer, offset, caplen, origlen, captureTimeNs, Linktype.RAW);
    }

    @Override
    public boolean checksumKnown() {
        return checksumKnown;
    }

    @Override
    public int fd() {
        return pipe.far().fd();
    }

    @Override
    public long drops() {
        return clients.stream().mapToLong(FeedClient::drops).sum();
    }

    /** How the intercepts keep answers, each in its words. */
    public String mode() {
        return String.join("; ", modes);
    }

    /** Those intercepts that do not attest that no answer leaves the target's host; empty when all do. */
    public List<String> leaky() {
        return List.copyOf(leaky);
    }

    /** Whether each intercept keeps what is for a client at this address, and hands it to us. */
    public boolean serves(final IpAddress client) {
        for (final List<Cidr> networks : served) {
            boolean contains = false;
            for (final Cidr network : networks) {
                contains |= network.contains(client);
            }
            if (!contains) {
                return false;
            }
        }
        return true;
    }

    /** The networks of clients that each intercept serves, in words. */
    public String served() {
        return served.stream()
                .map(networks -> networks.stream().map(Cidr::toString).collect(Collectors.joining(", ")))
                .distinct()
                .collect(Collectors.joining("; "));
    }

    /** Whether every intercept was heard of a moment ago: only then may anything new be sent. */
    @Override
    public boolean isAlive() {
        final long nowNs = System.nanoTime();
        for (int i = 0; i < clients.size(); i++) {
            if (!clients.get(i).isAlive(nowNs)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String ended() {
        for (final FeedClient each : clients) {
            if (each.isOver()) {
                return "intercept " + each.address() + ": " + each.trouble();
            }
        }
        return "";
    }

    @Override
    public void close() {
        closed = true;
        clients.forEach(FeedClient::close);
        synchronized (pipe) {
            pipe.close();
        }
    }
}
