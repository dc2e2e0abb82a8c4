package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Batches that the other end has not yet taken, oldest first, in a ring of bytes. The capturing thread appends and waits for
 * nobody; the connection's threads take batches, any number of times until one is acknowledged, and acknowledge. What they
 * read, they read without the lock: it may come from a disk.
 */
final class RelaySpool implements AutoCloseable {
    private final SpoolStore store;
    private final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
    private final ByteBuffer head = ByteBuffer.allocate(Integer.BYTES + RelayFormat.BATCH_HEADER);
    /** Held while one reads what was acknowledged; before the spool's own. */
    private final Object acknowledging = new Object();
    // Positions that never stop growing; in the store they are taken modulo its capacity.
    private long oldest;
    private long next;
    private long end;
    private long last;
    private long acknowledged;
    private long packets;
    private int reader;
    private boolean closed;

    RelaySpool(final SpoolStore store) {
        this.store = store;
    }

    /**
     * Keeps a batch, from position to limit.
     *
     * @return false when there is no room for it, or nobody would take it any more
     * @throws IOException when the file system refuses; nothing of the batch is kept
     */
    synchronized boolean append(final ByteBuffer batch) throws IOException {
        final int bytes = Integer.BYTES + batch.remaining();
        if (closed || end - oldest + bytes > store.capacity()) {
            return false;
        }
        final long number = RelayBatch.number(batch, batch.position());
        write(end, length.clear().putInt(batch.remaining()).flip());
        write(end + Integer.BYTES, batch);
        end += bytes;
        last = number;
        notifyAll();
        return true;
    }

    /**
     * Copies the next batch; waits for one if there is none.
     *
     * @param of what {@link #rewind} returned for this connection
     * @return its length; 0 when none came in time, or there is other news; -1 when another connection has begun
     */
    int take(final ByteBuffer into, final long patienceMs, final int of) throws IOException, InterruptedException {
        final long at;
        synchronized (this) {
            if (!awaitNext(patienceMs, of)) {
                return of == reader ? 0 : -1;
            }
            at = next;
        }
        final int bytes = readBatch(at, into);
        synchronized (this) {
            if (of != reader) {
                return -1;
            }
            if (next != at) {
                // It was acknowledged meanwhile, over a connection before this one, and may be overwritten by now.
                return 0;
            }
            if (bytes < 0) {
                throw new IOException("the spool is damaged at its byte " + at % store.capacity());
            }
            next += Integer.BYTES + bytes;
            return bytes;
        }
    }

    /** Whether there is one, after so long at most. */
    @SuppressWarnings("WaitNotInLoop") // Nothing in time is an answer, too.
    private boolean awaitNext(final long patienceMs, final int of) throws InterruptedException {
        if (next == end && !closed && of == reader) {
            wait(patienceMs);
        }
        return of == reader && next != end && !closed;
    }

    /** Returns its length; -1 when what lies there is no batch any more. */
    private int readBatch(final long at, final ByteBuffer into) throws IOException {
        read(at, into.clear().limit(Integer.BYTES));
        final int bytes = into.getInt(0);
        if (bytes < RelayFormat.BATCH_HEADER || bytes > into.capacity()) {
            return -1;
        }
        read(at + Integer.BYTES, into.clear().limit(bytes));
        return bytes;
    }

    /**
     * All batches up to {@code number} have been taken.
     *
     * @throws FeedException when that is more than there were
     */
    void acknowledge(final long number) throws IOException {
        synchronized (acknowledging) {
            long at;
            final long until;
            synchronized (this) {
                if (number > last) {
                    throw new FeedException("batch " + number + " was taken, and " + last + " is the last one");
                }
                at = oldest;
                until = end;
            }
            long count = 0;
            while (at < until) {
                // Nobody writes here: it is not free yet.
                read(at, head.clear());
                if (RelayBatch.number(head, Integer.BYTES) > number) {
                    break;
                }
                count += head.getInt(Integer.BYTES + Long.BYTES);
                at += Integer.BYTES + head.getInt(0);
            }
            forget(at, number, count);
        }
    }

    private synchronized void forget(final long until, final long number, final long count) {
        oldest = until;
        packets += count;
        acknowledged = Math.max(acknowledged, number);
        next = Math.max(next, oldest);
        if (oldest == end) {
            // Over a good line only the store's first bytes are ever used; but a position has one meaning for ever.
            oldest = (end + store.capacity() - 1) / store.capacity() * store.capacity();
            next = oldest;
            end = oldest;
        }
        notifyAll();
    }

    /**
     * Another connection begins: what was sent and not acknowledged is sent again.
     *
     * @return by what it takes batches; the one before gets none any more
     */
    int rewind(final long number) throws IOException {
        acknowledge(number);
        synchronized (this) {
            next = oldest;
            reader++;
            return reader;
        }
    }

    /** How its owner introduces itself. */
    synchronized RelayHello hello(final UUID source, final long nowNs, final long lost, final String name) {
        return new RelayHello(source, nowNs, acknowledged, packets, lost, name);
    }

    /** Whoever waits in {@link #take} looks up. */
    synchronized void wake() {
        notifyAll();
    }

    /** Whether everything was acknowledged. */
    synchronized boolean isEmpty() {
        return oldest == end;
    }

    /** The last batch that the other end has. */
    synchronized long acknowledged() {
        return acknowledged;
    }

    /** Packets of the batches that the other end has. */
    synchronized long packets() {
        return packets;
    }

    /** How full it is, 0 to 1. */
    synchronized double fill() {
        return (double) (end - oldest) / store.capacity();
    }

    /** Bytes that wait. */
    synchronized long bytes() {
        return end - oldest;
    }

    private void write(final long at, final ByteBuffer from) throws IOException {
        final long position = at % store.capacity();
        final int first = (int) Math.min(from.remaining(), store.capacity() - position);
        final int limit = from.limit();
        store.write(position, from.limit(from.position() + first));
        from.limit(limit);
        if (from.hasRemaining()) {
            store.write(0, from);
        }
    }

    private void read(final long at, final ByteBuffer into) throws IOException {
        final long position = at % store.capacity();
        final int first = (int) Math.min(into.remaining(), store.capacity() - position);
        final int limit = into.limit();
        store.read(position, into.limit(into.position() + first));
        into.limit(limit);
        if (into.hasRemaining()) {
            store.read(0, into);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
        store.close();
    }
}
