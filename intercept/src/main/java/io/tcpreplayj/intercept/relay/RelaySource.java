package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedException;
import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What one host captures, as it comes in. Its connection's thread puts batches in, and waits while there are
 * {@link #MAX_BATCHES}, so that the other end spools; one other thread takes packets out.
 */
public final class RelaySource {
    private static final int MAX_BATCHES = 16;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final String name;
    private final long aheadNs;
    private final Deque<ByteBuffer> full = new ArrayDeque<>(MAX_BATCHES);
    private final Deque<ByteBuffer> empty = new ArrayDeque<>(MAX_BATCHES);
    private long last;
    private int buffers;
    private boolean ended;
    private boolean parted;
    private long captured;
    private long lost;
    private ByteBuffer current = NOTHING;
    private int at;
    private long packets;

    RelaySource(final String name, final long aheadNs) {
        this.name = name;
        this.aheadNs = aheadNs;
    }

    /** Its host and interface, in its own words. */
    public String name() {
        return name;
    }

    /** How far its clock is ahead of ours; what the way here took is off that. */
    public long aheadNs() {
        return aheadNs;
    }

    /** Packets that it captured, as far as it said. */
    public synchronized long captured() {
        return captured;
    }

    /** Packets of those that will not come, as far as it said. */
    public synchronized long lost() {
        return lost;
    }

    /** Whether it said that this was all. */
    public synchronized boolean hasParted() {
        return parted;
    }

    synchronized void onCounts(final RelayCounts counts) {
        captured = Math.max(captured, counts.captured());
        lost = Math.max(lost, counts.lost());
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
        last = number;
        notifyAll();
    }

    /** It said that this was all. */
    synchronized void part() {
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
