package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * What one host captures, as it comes in. Its connection's thread puts batches in, and waits while there are
 * {@link #MAX_BATCHES}, so that the other end spools; one other thread takes packets out.
 */
public final class RelaySource {
    private static final int MAX_BATCHES = 16;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final PacketHandler NOBODY = (buffer, offset, caplen, origlen, captureTimeNs, linktype) -> {};

    private final String name;
    private final long id;
    private final PeerClock clock;
    /** Packets of batches that were taken before it came to this listener. */
    private final long before;
    /** Of its lost packets, those that it told a listener of before it came to this one. */
    private final long lostBefore;

    private final Deque<ByteBuffer> full = new ArrayDeque<>(MAX_BATCHES);
    private final Deque<ByteBuffer> empty = new ArrayDeque<>(MAX_BATCHES);
    private long last;
    private int buffers;
    private boolean ended;
    private boolean parted;
    private @Nullable String failure;
    private long sent;
    private long lost;
    private long came;
    private long begin;
    private long heardNs;
    private ByteBuffer current = NOTHING;
    private int at;
    private long packets;
    private long toSkip;

    /** @param nowNs our clock, when that came */
    RelaySource(final RelayHello hello, final long nowNs) {
        name = hello.name();
        id = hello.source().getMostSignificantBits() ^ hello.source().getLeastSignificantBits();
        clock = new PeerClock(hello.nowNs(), nowNs);
        last = hello.taken();
        before = hello.takenPackets();
        lostBefore = hello.lost();
        begin = before;
    }

    /** Its host and interface, in its own words. */
    public String name() {
        return name;
    }

    /** A number that no other one has, and that it keeps as long as it lives, whoever listens. */
    public long id() {
        return id;
    }

    /** Packets that it knows were taken of it before it came here: by a listener that is gone. */
    public long before() {
        return before;
    }

    /**
     * Goes on behind that packet of all that were ever sent: what comes again before it is left out. The listener before may
     * have taken more than the source heard of. On the thread that polls, before it does.
     *
     * @param position of the first packet that is wanted, from 0; no further back than {@link #before}
     */
    public synchronized void goOnAt(final long position) {
        begin = Math.max(before, position);
        toSkip = begin - before;
    }

    /** Of all packets that it ever sent, the position of the first one that is handed over here, from 0. */
    public synchronized long begin() {
        return begin;
    }

    /** How far the clock that its packets have their times by is ahead of ours, as far as is known now; from any thread. */
    public long aheadNs() {
        return clock.aheadNs();
    }

    /** It said what its clock shows, and that came at that time of ours. */
    synchronized void onClock(final long theirsNs, final long oursNs) {
        clock.hear(theirsNs, oursNs);
    }

    /** Packets that are to be handed over here, as far as it said. */
    public synchronized long expected() {
        return Math.max(0, sent - begin);
    }

    /** Packets that it lost, as far as it said, but for those that another listener was told of. */
    public synchronized long lost() {
        return Math.max(0, lost - lostBefore);
    }

    /** Whether it said that this was all. */
    public synchronized boolean hasParted() {
        return parted;
    }

    synchronized void onCounts(final RelayCounts counts, final long nowNs) {
        sent = Math.max(sent, counts.captured() - counts.lost());
        lost = Math.max(lost, counts.lost());
        if (counts.captured() - counts.lost() == before + came) {
            heardNs = nowNs;
        }
    }

    /** When it last said that all it had captured was sent, by our clock: what it captures afterwards may be on its way. */
    public synchronized long heardNs() {
        return heardNs;
    }

    /**
     * Looks at how one that is known, or has just come, introduces itself.
     *
     * @throws FeedException when it must not come in
     */
    synchronized void check(final RelayHello hello) throws FeedException {
        if (failure != null) {
            throw new FeedException(failure);
        }
        if (hello.taken() > last) {
            throw new FeedException(hello.taken() + " batches were taken, it says, and it were " + last);
        }
    }

    /** Nothing more is taken, and it is told why when it comes back. On the thread that polled, which does not any more. */
    public synchronized void fail(final String why) {
        failure = why;
        full.clear();
        empty.clear();
        current = NOTHING;
        at = 0;
        end();
    }

    /** Whether {@link #fail} was called: it has to come back to be told. */
    synchronized boolean hasFailed() {
        return failure != null;
    }

    /** The last batch that came. */
    synchronized long last() {
        return last;
    }

    /**
     * Puts a batch in, from position to limit; waits for room. One that it has already is left out: an old connection may
     * have been waiting with it.
     *
     * @throws FeedException when one before it is missing
     */
    synchronized void put(final ByteBuffer batch) throws FeedException, InterruptedException {
        final long number = RelayBatch.number(batch, batch.position());
        while (number == last + 1 && empty.isEmpty() && buffers == MAX_BATCHES && !ended) {
            wait();
        }
        if (number <= last) {
            return;
        }
        if (number != last + 1 || ended) {
            throw new FeedException("batch " + number + " behind batch " + last + (ended ? ", the last one" : ""));
        }
        final ByteBuffer free;
        if (empty.isEmpty()) {
            free = ByteBuffer.allocate(RelayFormat.MAX_BATCH_BYTES);
            buffers++;
        } else {
            free = empty.pop();
        }
        free.clear().put(batch).flip();
        full.add(free);
        came += RelayBatch.count(free);
        last = number;
        notifyAll();
    }

    /**
     * It said that this was all.
     *
     * @throws FeedException when that does not matter any more
     */
    synchronized void part() throws FeedException {
        if (failure != null) {
            throw new FeedException(failure);
        }
        parted = true;
        end();
    }

    /** Nothing more is taken. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }

    /**
     * Hands over packets that are there, of one batch, without waiting. They lie where they are until the next call.
     *
     * @return how many, at most {@code limit}; -1 when there will be none any more
     */
    public int poll(final PacketHandler handler, final int limit) {
        if (at == current.limit() && !turn()) {
            return isOver() ? -1 : 0;
        }
        while (toSkip > 0 && at < current.limit()) {
            at = RelayBatch.handOver(current, at, NOBODY);
            toSkip--;
        }
        int count = 0;
        while (count < limit && at < current.limit()) {
            at = RelayBatch.handOver(current, at, handler);
            count++;
        }
        packets += count;
        return count;
    }

    /** Goes on to the next batch, if there is one. */
    private synchronized boolean turn() {
        if (current.capacity() > 0) {
            empty.push(current);
            current = NOTHING;
            at = 0;
            notifyAll();
        }
        final ByteBuffer next = full.poll();
        if (next == null) {
            return false;
        }
        current = next;
        at = RelayFormat.BATCH_HEADER;
        return true;
    }

    private synchronized boolean isOver() {
        final boolean over = ended && full.isEmpty();
        if (over) {
            // Its owner may keep it for its numbers, and these are megabytes.
            empty.clear();
        }
        return over;
    }

    /** Waits until there is something to poll, so long at most. */
    @SuppressWarnings("WaitNotInLoop") // Whoever waits looks again, woken for a reason or without.
    public synchronized void await(final long patienceMs) throws InterruptedException {
        if (full.isEmpty() && !ended) {
            wait(patienceMs);
        }
    }

    /** Packets handed over. */
    public long packets() {
        return packets;
    }
}
