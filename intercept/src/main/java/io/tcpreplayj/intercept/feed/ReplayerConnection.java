package io.tcpreplayj.intercept.feed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The intercept's side of one connection: a thread that listens, and once the peer has introduced itself one that talks.
 * Whatever goes wrong here ends this connection and nothing else; the subscription waits for the next.
 */
final class ReplayerConnection implements FrontDoor.Guest {
    /** So long a frame may take to leave: a replayer that takes no more than that has lost its lease ten times over. */
    static final long STUCK_NS = 10_000_000_000L;

    /** What connections share. */
    interface House {
        Subscriptions subscriptions();

        /** How answers are kept, for the {@link Welcome}. */
        String mode();

        boolean swallows();

        /** Packets that the tap lost. */
        long tapDrops();
    }

    private final FeedSocket socket;
    private final House house;
    private final LongSupplier clock;
    private volatile long heardNs;
    private volatile long begunNs;
    private volatile boolean writing;
    private volatile @Nullable Subscription subscription;
    private volatile @Nullable FrameOutput output;

    ReplayerConnection(final FeedSocket socket, final House house, final LongSupplier clock) {
        this.socket = socket;
        this.house = house;
        this.clock = clock;
        this.heardNs = clock.getAsLong();
    }

    @Override
    public void run() {
        try {
            socket.handshake();
            final FrameInput in = new FrameInput(socket.in(), FeedFormat.MAX_HELLO);
            final FrameOutput out = new FrameOutput(socket.out());
            final Subscription entered = introduce(in, out);
            if (entered != null) {
                listen(in, entered);
            }
        } catch (final IOException e) {
            // The peer is told nothing more, and it is its business what it says: the connection just ends.
            return;
        } finally {
            close();
        }
    }

    private @Nullable Subscription introduce(final FrameInput in, final FrameOutput out) throws IOException {
        if (in.read() != FrameType.HELLO) {
            throw new FeedException("not introduced");
        }
        final Hello hello = Fields.decode(in.payload(), Hello::decode);
        final ByteBuffer message = ByteBuffer.allocate(FeedFormat.MAX_HELLO);
        final Subscription entered;
        try {
            entered = house.subscriptions().enter(hello);
        } catch (final FeedException e) {
            Fields.putText(message, String.valueOf(e.getMessage()));
            out.write(FrameType.REFUSAL, message);
            return null;
        }
        final long nextBatch = entered.attach(this, hello.lastBatch());
        subscription = entered;
        new Welcome(
                        nextBatch,
                        house.swallows(),
                        entered.payloadBytes(),
                        entered.hello().clients(),
                        house.mode())
                .encode(message);
        out.write(FrameType.WELCOME, message);
        output = out;
        Background.start("feed-to-" + socket.peer(), () -> talk(out, entered));
        return entered;
    }

    private void listen(final FrameInput in, final Subscription entered) throws IOException {
        for (FrameType type = in.read(); type != null; type = in.read()) {
            heardNs = clock.getAsLong();
            if (type == FrameType.BYE) {
                house.subscriptions().leave(entered);
                return;
            }
            if (type != FrameType.HEARTBEAT) {
                throw new FeedException("a replayer does not send " + type);
            }
            entered.store()
                    .acknowledge(Fields.decode(in.payload(), Heartbeat::decode).lastBatch());
        }
    }

    private void talk(final FrameOutput out, final Subscription entered) {
        final byte[] batch = new byte[FeedFormat.MAX_PAYLOAD];
        final ByteBuffer heartbeat = ByteBuffer.allocate(Long.BYTES * 2);
        try {
            final BatchStore store = entered.store();
            int length = store.take(this, batch, 0);
            while (length != BatchStore.NOT_THE_READER) {
                begunNs = clock.getAsLong();
                writing = true;
                if (length > 0) {
                    out.write(FrameType.PACKETS, batch, length);
                } else {
                    new Heartbeat(store.lastSent(), store.lostPackets() + house.tapDrops()).encode(heartbeat.clear());
                    out.write(FrameType.HEARTBEAT, heartbeat);
                }
                writing = false;
                length = store.take(this, batch, FeedFormat.HEARTBEAT_NS);
            }
        } catch (final IOException e) {
            // The listener sees the same end of the connection and cleans up.
            close();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    /** Answers are no longer kept from anybody: the replayer must stop. */
    void revoke(final String reason) {
        final FrameOutput out = output;
        if (out == null) {
            return;
        }
        final ByteBuffer message = ByteBuffer.allocate(FeedFormat.MAX_HELLO);
        Fields.putText(message, reason);
        try {
            out.write(FrameType.REVOKED, message);
        } catch (final IOException e) {
            // It is gone; its lease ends by itself.
            close();
        }
    }

    @Override
    public boolean isIntroduced() {
        return subscription != null;
    }

    @Override
    public boolean isGone(final long nowNs, final long patienceNs) {
        return nowNs - heardNs > patienceNs || (writing && nowNs - begunNs > STUCK_NS);
    }

    @Override
    public String peer() {
        return socket.peer();
    }

    @Override
    public void close() {
        final Subscription entered = subscription;
        if (entered != null) {
            entered.detach(this, clock.getAsLong());
        }
        socket.close();
    }
}
