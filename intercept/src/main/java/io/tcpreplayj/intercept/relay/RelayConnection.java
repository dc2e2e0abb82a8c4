package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.Background;
import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.intercept.feed.FeedFormat;
import io.tcpreplayj.intercept.feed.FeedSocket;
import io.tcpreplayj.intercept.feed.Fields;
import io.tcpreplayj.intercept.feed.FrameInput;
import io.tcpreplayj.intercept.feed.FrameOutput;
import io.tcpreplayj.intercept.feed.FrameType;
import io.tcpreplayj.intercept.feed.FrontDoor;
import io.tcpreplayj.linux.SteadyClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

/** The receiver's side of one connection. Whatever goes wrong here ends it and nothing else; the source comes back. */
final class RelayConnection implements FrontDoor.Guest {
    private final FeedSocket socket;
    private final RelayReceiver receiver;
    private final LongSupplier clock;
    private volatile long heardNs;
    private volatile boolean introduced;
    private volatile boolean waits;
    private volatile boolean over;

    RelayConnection(final FeedSocket socket, final RelayReceiver receiver, final LongSupplier clock) {
        this.socket = socket;
        this.receiver = receiver;
        this.clock = clock;
        this.heardNs = clock.getAsLong();
    }

    @Override
    public void run() {
        try {
            socket.handshake();
            final FrameInput in = new FrameInput(socket.in(), FeedFormat.MAX_HELLO);
            final FrameOutput out = new FrameOutput(socket.out(), FeedFormat.MAX_HELLO);
            if (in.read() != FrameType.RELAY) {
                throw new FeedException("not introduced");
            }
            final RelayHello hello = Fields.decode(in.payload(), RelayHello::decode);
            final RelaySource source;
            try {
                source = receiver.enter(hello, this);
            } catch (final FeedException e) {
                final ByteBuffer message = ByteBuffer.allocate(FeedFormat.MAX_HELLO);
                Fields.putText(message, String.valueOf(e.getMessage()));
                out.write(FrameType.REFUSAL, message);
                return;
            }
            heardNs = clock.getAsLong();
            introduced = true;
            in.allow(RelayFormat.MAX_BATCH_BYTES);
            tellTaken(out, source);
            Background.start("relay-to-" + socket.peer(), () -> talk(out, source));
            listen(in, out, source);
        } catch (final IOException e) {
            // It is the peer's business what it says: the connection just ends.
            return;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    private void listen(final FrameInput in, final FrameOutput out, final RelaySource source)
            throws IOException, InterruptedException {
        for (FrameType type = in.read(); type != null; type = in.read()) {
            heardNs = clock.getAsLong();
            if (type == FrameType.RELAYED) {
                RelayBatch.check(in.payload());
                // Who is not read for lack of room here is not silent.
                waits = true;
                source.put(in.payload());
                heardNs = clock.getAsLong();
                waits = false;
                tellTaken(out, source);
            } else if (type == FrameType.HEARTBEAT) {
                final RelayCounts counts = Fields.decode(in.payload(), RelayCounts::decode);
                source.onClock(counts.nowNs(), SteadyClock.nowNs());
                source.onCounts(counts, heardNs);
            } else if (type == FrameType.BYE) {
                if (source.hasFailed()) {
                    throw new FeedException("what it sent is not recorded");
                }
                // First the goodbye: once the last source has parted, the socket may be closed.
                try {
                    out.write(FrameType.BYE, new byte[0], 0);
                } finally {
                    source.part();
                }
                return;
            } else {
                throw new FeedException("a host that captures does not send " + type);
            }
        }
    }

    /** Also when nothing is taken for lack of room, so that the other end knows that we are there. */
    private void talk(final FrameOutput out, final RelaySource source) {
        try {
            while (!over) {
                if (source.hasFailed()) {
                    // It comes back at once, and is told why at the door.
                    close();
                    return;
                }
                tellTaken(out, source);
                Background.pause(FeedFormat.HEARTBEAT_NS / 1_000_000);
            }
        } catch (final IOException e) {
            // Who listens notices the same.
            return;
        }
    }

    private static void tellTaken(final FrameOutput out, final RelaySource source) throws IOException {
        out.write(FrameType.TAKEN, ByteBuffer.allocate(Long.BYTES).putLong(source.last()));
    }

    @Override
    public boolean isIntroduced() {
        return introduced;
    }

    /** What it is told is so little that a source that does not read it costs nothing. */
    @Override
    public boolean isGone(final long nowNs, final long patienceNs) {
        return !waits && nowNs - heardNs > patienceNs;
    }

    /** Whether it has ended. */
    boolean isOver() {
        return over;
    }

    @Override
    public String peer() {
        return socket.peer();
    }

    @Override
    public void close() {
        over = true;
        socket.close();
    }
}
