package io.tcpreplayj.intercept.relay;

import io.tcpreplayj.intercept.feed.FeedException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Batches that the other end has not yet taken, oldest first, in a ring of bytes. The capturing thread appends and never
 * waits; the connection's thread takes, any number of times until a batch is acknowledged.
 */
final class RelaySpool implements AutoCloseable {
    private final SpoolStore store;
    private final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);
    private final ByteBuffer head = ByteBuffer.allocate(Integer.BYTES + RelayFormat.BATCH_HEADER);
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
    @SuppressWarnings("WaitNotInLoop") // Nothing in time is an answer, too.
    synchronized int take(final ByteBuffer into, final long patienceMs, final int of)
            throws IOException, InterruptedException {
        if (next == end && !closed && of == reader) {
            wait(patienceMs);
        }
        if (of != reader) {
            return -1;
        }
        if (next == end || closed) {
            return 0;
        }
        read(next, length.clear());
        final int bytes = length.getInt(0);
        read(next + Integer.BYTES, into.clear().limit(bytes));
        next += Integer.BYTES + bytes;
        return bytes;
    }

    /**
     * All batches up to {@code number} have been taken.
     *
     * @throws FeedException when that is more than there were
     */
    synchronized void acknowledge(final long number) throws IOException {
        if (number > last) {
            throw new FeedException("batch " + number + " was taken, and " + last + " is the last one");
        }
        while (oldest < end) {
            read(oldest, head.clear());
            if (RelayBatch.number(head, Integer.BYTES) > number) {
                break;
            }
            packets += head.getInt(Integer.BYTES + Long.BYTES);
            oldest += Integer.BYTES + head.getInt(0);
        }
        acknowledged = Math.max(acknowledged, number);
        next = Math.max(next, oldest);
        if (oldest == end) {
            // Over a good line only the store's first bytes are ever used.
            oldest = 0;
            next = 0;
            end = 0;
        }
        notifyAll();
    }

    /**
     * Another connection begins: what was sent and not acknowledged is sent again.
     *
     * @return by what it takes batches; the one before gets none any more
     */
    synchronized int rewind(final long number) throws IOException {
        acknowledge(number);
        next = oldest;
        reader++;
        return reader;
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
