package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.Background;
import io.tcpreplayj.intercept.feed.FeedAddress;
import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.intercept.feed.FeedFormat;
import io.tcpreplayj.intercept.feed.FeedKeys;
import io.tcpreplayj.intercept.feed.FeedSocket;
import io.tcpreplayj.intercept.feed.Fields;
import io.tcpreplayj.intercept.feed.FrameInput;
import io.tcpreplayj.intercept.feed.FrameOutput;
import io.tcpreplayj.intercept.feed.FrameType;
import io.tcpreplayj.intercept.feed.FrontDoor;
import io.tcpreplayj.linux.SteadyClock;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends captured packets to the host that records or replays them. The capturing thread hands packets in and never waits:
 * while the line is down or slow they are spooled, and what the spool has no room for is dropped and counted. What was
 * spooled arrives, once and in order.
 */
public final class RelaySender implements PacketHandler, AutoCloseable {
    private static final long RETRY_MS = 100;
    private static final long MOST_RETRY_MS = 1_000;
    private static final long INTRODUCTION_S = 5;
    private static final long HEARTBEAT_MS = FeedFormat.HEARTBEAT_NS / 1_000_000;

    private final FeedAddress receiver;
    private final @Nullable FeedKeys keys;
    private final String name;
    private final RelaySpool spool;
    private final LongSupplier clock;
    private final UUID source = UUID.randomUUID();
    private final RelayBatch batch = new RelayBatch();
    private final CountDownLatch introduced = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private long batches;
    private long handedIn;
    private volatile long packets;
    private volatile long lostBefore;
    private volatile long dropped;
    private volatile long toldLost;
    private volatile long connections;
    private volatile long heardNs;
    private volatile String trouble = "";
    private volatile String spoolTrouble = "";
    private volatile boolean ending;
    private volatile boolean parted;
    private volatile boolean over;
    private volatile @Nullable FeedSocket socket;

    /**
     * Where packets wait.
     *
     * @param directory of a file without a name, or null for memory
     * @param bytes of either; of memory 1 GiB at most
     */
    public record Spool(@Nullable Path directory, long bytes) {
        SpoolStore open() throws IOException {
            return directory == null ? SpoolStore.memory((int) bytes) : SpoolStore.file(directory, bytes);
        }
    }

    private RelaySender(
            final FeedAddress receiver,
            final @Nullable FeedKeys keys,
            final String name,
            final RelaySpool spool,
            final LongSupplier clock) {
        this.receiver = receiver;
        this.keys = keys;
        this.name = name;
        this.spool = spool;
        this.clock = clock;
    }

    /**
     * Connects.
     *
     * @param name of this host and its interface, for people at the other end
     * @throws IOException when the other end cannot be reached, or refuses: the reason in words
     */
    public static RelaySender open(
            final FeedAddress receiver, final @Nullable FeedKeys keys, final String name, final Spool spool)
            throws IOException {
        return open(receiver, keys, name, spool.open(), SteadyClock::nowNs);
    }

    /**
     * The same.
     *
     * @param clock that packets have their times by, ns since 1970; nobody sets it
     */
    public static RelaySender open(
            final FeedAddress receiver,
            final @Nullable FeedKeys keys,
            final String name,
            final Spool spool,
            final LongSupplier clock)
            throws IOException {
        return open(receiver, keys, name, spool.open(), clock);
    }

    static RelaySender open(
            final FeedAddress receiver,
            final @Nullable FeedKeys keys,
            final String name,
            final SpoolStore store,
            final LongSupplier clock)
            throws IOException {
        final RelaySender sender = new RelaySender(receiver, keys, name, new RelaySpool(store), clock);
        boolean done = false;
        try {
            Background.startConnecting("relay-" + receiver, receiver, sender::keepConnected);
            Background.start("relay-watch-" + receiver, sender::watch);
            sender.awaitIntroduction();
            done = true;
            return sender;
        } finally {
            if (!done) {
                sender.close();
            }
        }
    }

    private void awaitIntroduction() throws IOException {
        try {
            if (!introduced.await(INTRODUCTION_S, TimeUnit.SECONDS) || connections == 0) {
                throw new IOException(
                        receiver + ": " + (trouble.isEmpty() ? "no answer in " + INTRODUCTION_S + " s" : trouble));
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + receiver, e);
        }
    }

    @Override
    public void onPacket(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        final int kept = Math.min(caplen, RelayFormat.MAX_CAPLEN);
        if (!batch.hasRoomFor(kept)) {
            flush();
        }
        batch.add(buffer, offset, kept, origlen, captureTimeNs, linktype);
        handedIn++;
    }

    @Override
    public void onCut(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        onPacket(buffer, offset, caplen, origlen, captureTimeNs, linktype | RelayFormat.CUT);
    }

    /** Sends what was handed in, without waiting for more. The capturing thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // The capturing thread alone counts; others only look.
    public void flush() {
        if (batch.count() == 0) {
            return;
        }
        packets = handedIn;
        final int count = batch.count();
        boolean kept;
        try {
            kept = spool.append(batch.finish(batches + 1));
            spoolTrouble = "";
        } catch (final IOException e) {
            spoolTrouble = String.valueOf(e.getMessage());
            kept = false;
        }
        if (kept) {
            batches++;
        } else {
            dropped += count;
        }
        batch.clear();
    }

    /** So many were lost before they could be handed in, in all; the other end is told. */
    public void noteLost(final long count) {
        lostBefore = count;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // This thread alone says so while it runs, but for the end.
    private void keepConnected() {
        long failures = 0;
        while (!over) {
            final long before = connections;
            try (FeedSocket opened = FeedSocket.connect(receiver, keys)) {
                heardNs = System.nanoTime();
                socket = opened;
                if (!over) {
                    converse(opened);
                    trouble = over ? trouble : "it closed the connection";
                }
            } catch (final IOException e) {
                trouble = over ? trouble : words(e);
            } finally {
                socket = null;
            }
            // Who cannot get in at all is told at once; who was in comes back.
            if (connections == 0) {
                over = true;
            }
            failures = connections > before ? 0 : failures + 1;
            Background.pause(over ? 0 : Math.min(RETRY_MS << Math.min(failures, 3), MOST_RETRY_MS));
        }
        // It takes no more, for nobody would come for it.
        spool.close();
        introduced.countDown();
        ended.countDown();
    }

    /** The JDK has no words for a socket that another thread closes, as {@link #watch} does. */
    private static String words(final IOException failure) {
        final String message = failure.getMessage();
        return message == null ? "nothing came for " + FrontDoor.SILENCE_NS / 1_000_000_000L + " s" : message;
    }

    /** A line that is cut says nothing, and TCP would wait for it far longer than we do. */
    private void watch() {
        while (!over) {
            final FeedSocket opened = socket;
            if (opened != null && System.nanoTime() - heardNs > FrontDoor.SILENCE_NS) {
                opened.close();
            }
            Background.pause(HEARTBEAT_MS);
        }
    }

    private void converse(final FeedSocket opened) throws IOException {
        opened.handshake();
        final FrameOutput out = new FrameOutput(opened.out(), RelayFormat.MAX_BATCH_BYTES);
        final FrameInput in = new FrameInput(opened.in(), FeedFormat.MAX_HELLO);
        final ByteBuffer message = ByteBuffer.allocate(FeedFormat.MAX_HELLO);
        spool.hello(source, clock.getAsLong(), toldLost, name).encode(message);
        out.write(FrameType.RELAY, message);
        boolean known = false;
        for (FrameType type = in.read(); type != null; type = in.read()) {
            heardNs = System.nanoTime();
            if (type == FrameType.REFUSAL && !known) {
                trouble = Fields.decode(in.payload(), Fields::getText);
                over = true;
                return;
            } else if (type == FrameType.BYE && ending) {
                parted = true;
                over = true;
                return;
            } else if (type != FrameType.TAKEN) {
                throw new FeedException("a receiver does not send " + type + " here");
            }
            final long taken = Fields.decode(in.payload(), ByteBuffer::getLong);
            if (known) {
                spool.acknowledge(taken);
            } else {
                known = true;
                final int reader = begin(taken);
                Background.start("relay-to-" + receiver, () -> talk(opened, out, reader));
            }
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // This thread alone counts.
    private int begin(final long taken) throws IOException {
        if (taken < spool.acknowledged()) {
            trouble = "it asks for what it had taken: start this end anew";
            over = true;
            throw new FeedException(trouble);
        }
        final int reader = spool.rewind(taken);
        connections++;
        trouble = "";
        introduced.countDown();
        return reader;
    }

    private void talk(final FeedSocket opened, final FrameOutput out, final int reader) {
        final ByteBuffer bytes = ByteBuffer.allocate(RelayFormat.MAX_BATCH_BYTES);
        final ByteBuffer message = ByteBuffer.allocate(RelayCounts.BYTES);
        long toldNs = System.nanoTime();
        try {
            while (socket == opened) {
                final int length = taken(bytes, reader);
                if (length < 0) {
                    return;
                }
                if (length > 0) {
                    out.write(FrameType.RELAYED, bytes);
                }
                final boolean last = ending && spool.isEmpty();
                final long nowNs = System.nanoTime();
                if (last || nowNs - toldNs >= FeedFormat.HEARTBEAT_NS) {
                    final RelayCounts counts = counts();
                    counts.encode(message.clear());
                    out.write(FrameType.HEARTBEAT, message);
                    toldLost = counts.lost();
                    toldNs = nowNs;
                }
                if (last) {
                    out.write(FrameType.BYE, new byte[0], 0);
                    return;
                }
            }
        } catch (final IOException e) {
            // Whoever reads sees the end of this connection and makes the next.
            opened.close();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** As {@link RelaySpool#take}. What cannot be read now will not be later: that is the end of the line. */
    private int taken(final ByteBuffer bytes, final int reader) throws IOException, InterruptedException {
        try {
            return spool.take(bytes, HEARTBEAT_MS, reader);
        } catch (final IOException e) {
            trouble = String.valueOf(e.getMessage());
            over = true;
            throw e;
        }
    }

    /** In this order, for meanwhile all of them grow. */
    private RelayCounts counts() {
        final long before = lostBefore;
        final long lost = dropped + before;
        return new RelayCounts(packets + before, lost, clock.getAsLong());
    }

    /** Packets that there were: those handed in, and those lost before. */
    public long captured() {
        return packets + lostBefore;
    }

    /** Packets that the other end will not get: lost before, or without room in the spool. */
    public long lost() {
        return dropped + lostBefore;
    }

    /** Packets that the spool had no room for. */
    public long dropped() {
        return dropped;
    }

    /** Packets that the other end has. */
    public long taken() {
        return spool.packets();
    }

    /** Bytes that the other end has not taken yet. */
    public long waiting() {
        return spool.bytes();
    }

    /** How full the spool is, 0 to 1. */
    public double fill() {
        return spool.fill();
    }

    /** Connections made again after the first. */
    public long reconnects() {
        return Math.max(0, connections - 1);
    }

    /** Why there is no connection; empty while there is one. */
    public String trouble() {
        return trouble;
    }

    /** Why the spool cannot be written, though it is not full; empty while it can. */
    public String spoolTrouble() {
        return spoolTrouble;
    }

    /** Whether there will be no connection any more. */
    public boolean isOver() {
        return over;
    }

    /** That was all: what is left is sent, and then goodbye is said. The capturing thread. */
    public void end() {
        flush();
        ending = true;
        spool.wake();
    }

    /**
     * Waits until the other end has everything and knows that it was all, so long at most. Behind {@link #end}.
     *
     * @return whether it has
     */
    public boolean finish(final long patienceMs) {
        end();
        try {
            ended.await(patienceMs, TimeUnit.MILLISECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return parted;
    }

    /** Gives up what was not finished. */
    @Override
    public void close() {
        over = true;
        final FeedSocket opened = socket;
        if (opened != null) {
            opened.close();
        }
        spool.close();
    }
}
