package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.linux.Threads;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.pcap.WindowBuffers;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Puts flows together, on a thread of its own if that was {@link #split asked for}, while its owner reads and decodes: the
 * two halves of an index take equally long. Segments go over in batches, in order; payload stays in the buffers that the
 * reader was lent, until it was acknowledged or the buffer is wanted again.
 *
 * <p>All methods are for the owner's thread. The other one begins with the first full batch: a small capture needs none.
 */
final class AssemblyLine implements WindowBuffers, AutoCloseable {
    /** A power of two. */
    private static final int BATCHES = 4;

    private static final int MOST_BUFFERS = 10;

    /** One is read into, one rests, one is on its way back. */
    private static final int LEAST_BUFFERS = 3;

    /** All of them together take this share of the memory at most. */
    private static final int SHARE_OF_HEAP = 16;

    /** Some 10 µs: the other side mostly is as quick, and to wake a thread takes longer than that. */
    private static final int SPINS = 2000;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final FlowAssembler assembler;
    private final SegmentBatch[] batches = new SegmentBatch[BATCHES];
    /** Filled, in order. */
    private final ArrayDeque<ByteBuffer> resting = new ArrayDeque<>();
    /** Nothing is held in them when a batch is done that may not be yet. */
    private final ArrayDeque<Wanted> wanted = new ArrayDeque<>();

    private final int mostBuffers;
    private final CRC32C crc32c = new CRC32C();

    private SegmentBatch filling;
    private int captureId;
    private int buffers;
    /** The last one that was handed out, for most packets lie there; and its memory, with a position and a limit to change. */
    private ByteBuffer lent = NOTHING;

    private ByteBuffer lentBytes = NOTHING;
    private boolean isSplit;
    private @Nullable Thread thread;

    /** Batches handed over; only the owner writes it. */
    private volatile long submitted;

    /** Batches done; only the thread writes it. */
    private volatile long assembled;

    private volatile boolean ownerWaits;
    private volatile boolean threadWaits;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;

    /** A buffer, and the batch that gives it back. */
    private record Wanted(ByteBuffer buffer, long batch) {}

    /** @param captureId of the first segments */
    AssemblyLine(final FlowAssembler assembler, final int captureId) {
        this.assembler = assembler;
        this.captureId = captureId;
        final long fitting = Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / CAPACITY;
        mostBuffers = (int) Math.max(LEAST_BUFFERS, Math.min(MOST_BUFFERS, fitting));
        for (int i = 0; i < BATCHES; i++) {
            batches[i] = new SegmentBatch();
        }
        filling = batches[0];
    }

    /** From now on with a thread of its own. */
    void split() {
        isSplit = true;
    }

    /** To decode the next packet into. */
    PacketView view() {
        return filling.next();
    }

    /** The segments from now on are of this capture. */
    void onCapture(final int id) {
        captureId = id;
    }

    /**
     * {@link #view} holds a segment, which goes to the assembler.
     *
     * @param packet where its packet lies; payload that was put together somewhere else is copied
     */
    void keep(final ByteBuffer packet, final long captureTimeNs) {
        keep(packet, captureTimeNs, false);
    }

    /** The same of a UDP datagram. */
    void keepDatagram(final ByteBuffer packet, final long captureTimeNs) {
        keep(packet, captureTimeNs, true);
    }

    @SuppressWarnings("ReferenceEquality") // The same memory is meant, not the same bytes.
    private void keep(final ByteBuffer packet, final long captureTimeNs, final boolean isDatagram) {
        final PacketView view = filling.next();
        if (view.buffer() != packet) {
            view.detach();
        } else if (packet == lent && view.payloadCaplen() > 0) {
            digest(view);
        }
        filling.keep(captureTimeNs, captureId, isDatagram);
        if (filling.isFull()) {
            submit();
        }
    }

    /** Here, because the payload is in this core's cache. The bounds of what the other thread looks at stay as they are. */
    private void digest(final PacketView view) {
        final int from = view.payloadOffset();
        crc32c.reset();
        crc32c.update(lentBytes.limit(from + view.payloadCaplen()).position(from));
        view.noteDigest(crc32c.getValue());
    }

    @Override
    public ByteBuffer next(final ByteBuffer buffer) {
        if (!isSplit) {
            filling.assemble(assembler);
            return buffer;
        }
        if (!filling.isEmpty()) {
            submit();
        }
        resting.add(buffer);
        // What came a round trip ago mostly rests no more.
        if (resting.size() > mostBuffers - 2) {
            final ByteBuffer oldest = resting.remove();
            filling.want(oldest);
            wanted.add(new Wanted(oldest, submitted));
        }
        final ByteBuffer next = buffers < mostBuffers ? allocate() : takeBack();
        filling.lend(next);
        lent = next;
        lentBytes = next.duplicate();
        return next;
    }

    private ByteBuffer allocate() {
        buffers++;
        return ByteBuffer.allocateDirect(CAPACITY);
    }

    private ByteBuffer takeBack() {
        final Wanted oldest = wanted.remove();
        if (oldest.batch == submitted) {
            submit();
        }
        awaitAssembled(oldest.batch + 1);
        return oldest.buffer;
    }

    /**
     * Waits until all segments so far are in their flows. What {@link #view} holds is there still, unless the line is
     * {@link #split}: then the next packet goes into another view, and {@link #keep} takes that one.
     *
     * @return the assembler, which is the caller's until the next {@link #keep}
     */
    FlowAssembler drain() {
        if (thread == null) {
            filling.assemble(assembler);
        } else {
            if (!filling.isEmpty()) {
                submit();
            }
            awaitAssembled(submitted);
        }
        return assembler;
    }

    private void submit() {
        if (!isSplit) {
            filling.assemble(assembler);
            return;
        }
        if (thread == null) {
            final Thread owner = Thread.currentThread();
            thread = new Thread(() -> assembleAll(owner), "assembly");
            thread.setDaemon(true);
            thread.start();
        }
        final long number = submitted + 1;
        submitted = number;
        if (threadWaits) {
            LockSupport.unpark(thread);
        }
        awaitAssembled(number + 1 - BATCHES);
        filling = batches[(int) number & BATCHES - 1];
    }

    private void awaitAssembled(final long count) {
        int spins = SPINS;
        while (assembled < count) {
            if (spins-- > 0) {
                Thread.onSpinWait();
                continue;
            }
            ownerWaits = true;
            if (assembled < count) {
                LockSupport.park(this);
            }
            ownerWaits = false;
        }
        Failures.rethrow(failure);
    }

    private void assembleAll(final Thread owner) {
        for (long number = 0; awaitSubmitted(number + 1); number++) {
            assemble(batches[(int) number & BATCHES - 1]);
            assembled = number + 1;
            if (ownerWaits) {
                LockSupport.unpark(owner);
            }
        }
    }

    /** What fails here fails the owner's next call, and nothing more is assembled. */
    private void assemble(final SegmentBatch batch) {
        if (failure == null) {
            try {
                batch.assemble(assembler);
            } catch (final RuntimeException | Error e) {
                failure = e;
            }
        }
    }

    /** False when no more will come. */
    private boolean awaitSubmitted(final long count) {
        int spins = SPINS;
        while (submitted < count && !closed) {
            if (spins-- > 0) {
                Thread.onSpinWait();
                continue;
            }
            threadWaits = true;
            if (submitted < count && !closed) {
                LockSupport.park(this);
            }
            threadWaits = false;
        }
        return !closed;
    }

    /** Ends the thread, behind the batch that it is at. */
    @Override
    public void close() {
        closed = true;
        final Thread assembling = thread;
        if (assembling != null) {
            LockSupport.unpark(assembling);
            Threads.join(assembling);
        }
    }
}
