package io.tcpreplayj.intercept.feed;

import io.tcpreplayj.linux.LinuxException;
import io.tcpreplayj.linux.PortRange;
import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The replayer's connection to one intercept: keeps it up, goes on where it was cut, and passes batches on. Threads of its
 * own; {@link RemoteTap} is where the replayer's thread meets them.
 */
public final class FeedClient implements AutoCloseable {
    /**
     * What a replayer asks of each of its intercepts.
     *
     * @param clients networks that its clients live in
     * @param ports theirs
     * @param targets whose answers it wants
     * @param payloadBytes how much of each segment's payload it would like
     * @param program name and version, for people
     */
    public record Wish(List<Cidr> clients, PortRange ports, List<Endpoint> targets, int payloadBytes, String program) {}

    /** Where batches go: one each, from position to limit, borrowed; by any client's thread. */
    @FunctionalInterface
    interface Sink {
        void onBatch(ByteBuffer payload) throws IOException;
    }

    private static final long RETRY_MS = 200;
    /**
     * So many heartbeats of ours without a word from the intercept, and the connection is given up for another: when packets pass
     * again its kernel would find out only by its next retransmission, which is as far away as they were kept. In heartbeats, so
     * that nobody who stood still himself takes that for silence.
     */
    static final int SILENT_BEATS = 20;

    private static final long INTRODUCTION_S = 5;

    private final FeedAddress address;
    private final @Nullable FeedKeys keys;
    private final Wish wish;
    private final Sink sink;
    private final int silentBeats;
    private final UUID session = UUID.randomUUID();
    private final CountDownLatch introduced = new CountDownLatch(1);
    private volatile @Nullable FeedSocket socket;
    private volatile @Nullable FrameOutput output;
    private volatile @Nullable Welcome welcome;
    private volatile String trouble = "";
    private volatile boolean over;
    private volatile long heardNs;
    private volatile long lastBatch;
    private volatile long missedBatches;
    private volatile long remoteDrops;
    private volatile long connections;

    FeedClient(final FeedAddress address, final @Nullable FeedKeys keys, final Wish wish, final Sink sink)
            throws LinuxException {
        this(address, keys, wish, sink, SILENT_BEATS);
    }

    /** One with less patience. */
    FeedClient(
            final FeedAddress address,
            final @Nullable FeedKeys keys,
            final Wish wish,
            final Sink sink,
            final int silentBeats)
            throws LinuxException {
        this.address = address;
        this.keys = keys;
        this.wish = wish;
        this.sink = sink;
        this.silentBeats = silentBeats;
        this.heardNs = System.nanoTime() - FeedFormat.LEASE_NS;
        Background.startConnecting("feed-" + address, address, this::keepConnected);
        Background.start("feed-heart-" + address, this::beat);
    }

    /**
     * Waits for the first connection.
     *
     * @throws IOException when the intercept cannot be reached, or wants nothing to do with us: the reason in words
     */
    Welcome await() throws IOException {
        try {
            final boolean answered = introduced.await(INTRODUCTION_S, TimeUnit.SECONDS);
            final Welcome said = welcome;
            if (said == null) {
                throw new IOException(
                        "intercept " + address + ": " + (answered ? trouble : "no answer in " + INTRODUCTION_S + " s"));
            }
            return said;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for intercept " + address, e);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // It becomes true once and stays so.
    private void keepConnected() {
        while (!over) {
            try (FeedSocket opened = FeedSocket.connect(address, keys)) {
                socket = opened;
                converse(opened);
                if (!over) {
                    trouble = "it closed the connection";
                }
            } catch (final IOException e) {
                trouble = String.valueOf(e.getMessage());
            } finally {
                output = null;
                socket = null;
            }
            // Who cannot get in at all is told at once; who was in comes back.
            over |= welcome == null;
            Background.pause(over ? 0 : RETRY_MS);
        }
        introduced.countDown();
    }

    private void converse(final FeedSocket opened) throws IOException {
        opened.handshake();
        final FrameOutput out = new FrameOutput(opened.out());
        final FrameInput in = new FrameInput(opened.in(), FeedFormat.MAX_PAYLOAD);
        final ByteBuffer message = ByteBuffer.allocate(FeedFormat.MAX_HELLO);
        new Hello(session, lastBatch, wish.clients(), wish.ports(), wish.targets(), wish.payloadBytes(), wish.program())
                .encode(message);
        out.write(FrameType.HELLO, message);
        for (FrameType type = in.read(); type != null; type = in.read()) {
            onFrame(type, in.payload(), out);
            heardNs = System.nanoTime();
            if (over) {
                return;
            }
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // The connection's thread alone counts; others only look.
    private void onFrame(final FrameType type, final ByteBuffer payload, final FrameOutput out) throws IOException {
        final boolean known = output != null;
        if (type == FrameType.WELCOME && !known) {
            welcome(Fields.decode(payload, Welcome::decode), out);
        } else if (type == FrameType.REFUSAL && !known) {
            trouble = Fields.decode(payload, Fields::getText);
            over = true;
        } else if (type == FrameType.PACKETS && known) {
            PacketBatch.check(payload);
            final long number = PacketBatch.number(payload, 0);
            if (number > lastBatch) {
                missedBatches += number - lastBatch - 1;
                lastBatch = number;
                sink.onBatch(payload);
            }
        } else if (type == FrameType.HEARTBEAT && known) {
            remoteDrops = Fields.decode(payload, Heartbeat::decode).dropped();
        } else if (type == FrameType.REVOKED && known) {
            trouble = Fields.decode(payload, Fields::getText);
            over = true;
        } else {
            throw new FeedException("an intercept does not send " + type + " here");
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // As above.
    private void welcome(final Welcome said, final FrameOutput out) {
        final Welcome before = welcome;
        if (before != null && !Set.copyOf(said.clients()).equals(Set.copyOf(before.clients()))) {
            trouble = "it serves the clients of " + said.clients() + " now, and not of " + before.clients();
            over = true;
            return;
        }
        if (before != null && before.swallows() && !said.swallows()) {
            // The replay may rest on it: answers could reach real clients now, and nobody vouches for the target.
            trouble = "it does not attest any more that no answer leaves the target's host";
            over = true;
            return;
        }
        if (said.nextBatch() <= lastBatch) {
            // Another intercept than before: it knows nothing of our batches, and counts its own from 1.
            lastBatch = said.nextBatch() - 1;
        }
        welcome = said;
        output = out;
        connections++;
        // Before anybody asks whether it is alive.
        heardNs = System.nanoTime();
        introduced.countDown();
    }

    private void beat() {
        final ByteBuffer message = ByteBuffer.allocate(Long.BYTES * 2);
        FeedSocket listening = null;
        long heardBeforeNs = 0;
        int silent = 0;
        while (!over) {
            final FeedSocket opened = socket;
            final long lastNs = heardNs;
            silent = opened == null || opened != listening || lastNs != heardBeforeNs ? 0 : silent + 1;
            listening = opened;
            heardBeforeNs = lastNs;
            if (opened != null && silent >= silentBeats) {
                opened.close();
            }
            final FrameOutput out = output;
            if (out != null) {
                new Heartbeat(lastBatch, 0).encode(message.clear());
                try {
                    out.write(FrameType.HEARTBEAT, message);
                } catch (final IOException e) {
                    // Whoever reads sees the end of this connection and makes the next.
                    output = null;
                }
            }
            Background.pause(FeedFormat.HEARTBEAT_NS / 1_000_000);
        }
    }

    /** Whether the intercept was heard of within its lease: only then may anything new be sent. */
    boolean isAlive(final long nowNs) {
        return !over && nowNs - heardNs < FeedFormat.LEASE_NS;
    }

    /** Whether there will be no connection any more: refused, or revoked. */
    boolean isOver() {
        return over;
    }

    /** Why there is no connection; empty while there always was one. */
    String trouble() {
        return trouble;
    }

    /** Connections made again after the first. */
    long reconnects() {
        return Math.max(0, connections - 1);
    }

    /**
     * Packets lost between the tap and here, as far as is known: what the intercept counts, at least one for each batch that
     * never came.
     */
    long drops() {
        return Math.max(remoteDrops, missedBatches);
    }

    FeedAddress address() {
        return address;
    }

    @Override
    public void close() {
        over = true;
        final FrameOutput out = output;
        final FeedSocket opened = socket;
        try {
            if (out != null) {
                out.write(FrameType.BYE, new byte[0], 0);
            }
        } catch (final IOException e) {
            // The intercept forgets us after a while.
            output = null;
        }
        if (opened != null) {
            opened.close();
        }
    }
}
