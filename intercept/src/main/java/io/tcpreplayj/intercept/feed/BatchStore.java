package io.tcpreplayj.intercept.feed;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Batches on their way to one replayer: kept until it has said that it has them, so that a connection that is cut costs
 * nothing. Memory is fixed: when it is full the oldest batches go, and the packets that nobody got are counted; the
 * target's TCP sends them again.
 *
 * <p>One thread appends, one takes; each call is short. Batches stand one after the other in one array, each behind its
 * length, never around the array's end.
 */
final class BatchStore {
    /** Somebody else takes the batches by now. */
    static final int NOT_THE_READER = -1;

    /** Where the rest of the array is not used. */
    private static final int PAD = -1;

    private static final int LENGTH_BYTES = 4;
    private static final long NS_PER_MS = 1_000_000;

    private final ByteBuffer ring;

    /** Positions in an endless array; modulo the ring's size they are indices. */
    private long oldest;

    private long unsent;
    private long end;

    /** Numbers of the batches at those positions. */
    private long oldestNumber = 1;

    private long unsentNumber = 1;
    private long endNumber = 1;
    private long lostPackets;
    private @Nullable Object reader;

    /** @param bytes a power of two, more than one batch */
    BatchStore(final int bytes) {
        ring = ByteBuffer.allocate(bytes);
    }

    /** Appends what {@code batch} has, with the next number, empties it and wakes who waits for it. */
    synchronized void append(final PacketBatch batch) {
        final ByteBuffer payload = batch.seal(endNumber);
        final int length = payload.position();
        final int need = LENGTH_BYTES + length;
        final int room = ring.capacity() - index(end);
        if (room < need) {
            makeRoom(room);
            if (room >= LENGTH_BYTES) {
                ring.putInt(index(end), PAD);
            }
            end += room;
        }
        makeRoom(need);
        final int at = index(end);
        ring.putInt(at, length).put(at + LENGTH_BYTES, payload, 0, length);
        end += need;
        endNumber++;
        batch.clear();
        notifyAll();
    }

    private void makeRoom(final int need) {
        while (end + need - oldest > ring.capacity()) {
            oldest = skipPad(oldest);
            if (oldest < end) {
                final int at = index(oldest);
                if (oldestNumber == unsentNumber) {
                    lostPackets += PacketBatch.count(ring, at + LENGTH_BYTES);
                }
                oldest += LENGTH_BYTES + ring.getInt(at);
                oldestNumber++;
            }
            if (unsent < oldest) {
                unsent = oldest;
                unsentNumber = oldestNumber;
            }
        }
    }

    /**
     * Takes the next batch that was not sent, waiting for it.
     *
     * @param who the reader since {@link #resumeAfter}
     * @param into at least {@link FeedFormat#MAX_PAYLOAD} bytes
     * @return its length, 0 when none came in {@code patienceNs}, or {@link #NOT_THE_READER}
     */
    synchronized int take(final Object who, final byte[] into, final long patienceNs) throws InterruptedException {
        final long deadlineNs = System.nanoTime() + patienceNs;
        while (isReader(who) && unsentNumber == endNumber) {
            final long leftMs = (deadlineNs - System.nanoTime()) / NS_PER_MS;
            if (leftMs <= 0) {
                return 0;
            }
            wait(leftMs);
        }
        if (!isReader(who)) {
            return NOT_THE_READER;
        }
        unsent = skipPad(unsent);
        final int at = index(unsent);
        final int length = ring.getInt(at);
        ring.get(at + LENGTH_BYTES, into, 0, length);
        unsent += LENGTH_BYTES + length;
        unsentNumber++;
        return length;
    }

    /** The replayer has the batch of this number and all before: they need not be kept. */
    synchronized void acknowledge(final long number) {
        while (oldestNumber < unsentNumber && oldestNumber <= number) {
            oldest = skipPad(oldest);
            oldest += LENGTH_BYTES + ring.getInt(index(oldest));
            oldestNumber++;
        }
    }

    /**
     * Goes back to what comes after batch {@code number}, as far as it is kept; from now on {@code who} takes, and who did
     * before does not.
     *
     * @return number of the batch that {@link #take} gives next
     */
    synchronized long resumeAfter(final long number, final Object who) {
        reader = who;
        notifyAll();
        acknowledge(number);
        unsent = oldest;
        unsentNumber = oldestNumber;
        return unsentNumber;
    }

    @SuppressWarnings("ReferenceEquality") // The very connection, not one like it.
    private boolean isReader(final Object who) {
        return reader == who;
    }

    /** Whether {@code number} can be what a replayer has: not more than was ever made. */
    synchronized boolean knows(final long number) {
        return number < endNumber;
    }

    /** Number of the last batch taken; 0 when none was. */
    synchronized long lastSent() {
        return unsentNumber - 1;
    }

    /** Packets that were thrown away before they were sent. */
    synchronized long lostPackets() {
        return lostPackets;
    }

    private long skipPad(final long position) {
        final int at = index(position);
        final int room = ring.capacity() - at;
        return position < end && (room < LENGTH_BYTES || ring.getInt(at) == PAD) ? position + room : position;
    }

    private int index(final long position) {
        return (int) (position & (ring.capacity() - 1));
    }
}
