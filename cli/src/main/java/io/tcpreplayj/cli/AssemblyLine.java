package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.pcap.WindowBuffers;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Puts flows together, on a thread of its own if that was {@link #split asked for}, while its owner reads and decodes: the
 * two halves of an index take equally long. Segments go over in batches, in order; payload stays in the buffers that the
 * reader was lent, and a buffer is lent again when the last batch that points into it is done.
 *
 * <p>All methods are for the owner's thread. The other one begins with the first full batch: a small capture needs none.
 */
final class AssemblyLine implements WindowBuffers, AutoCloseable {
    /** A power of two. */
    private static final int BATCHES = 4;

    private static final int BUFFERS = 8;

    /** Some 10 µs: the other side mostly is as quick, and to wake a thread takes longer than that. */
    private static final int SPINS = 2000;

    private final FlowAssembler assembler;
    private final SegmentBatch[] batches = new SegmentBatch[BATCHES];
    private final ArrayDeque<Used> used = new ArrayDeque<>();
    private SegmentBatch filling;
    private int captureId;
    private int spares = BUFFERS - 1;
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

    /** A buffer that was filled, and the last batch that may point into it. */
    private record Used(ByteBuffer buffer, long batch) {}

    /** @param captureId of the first segments */
    AssemblyLine(final FlowAssembler assembler, final int captureId) {
        this.assembler = assembler;
        this.captureId = captureId;
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
    @SuppressWarnings("ReferenceEquality") // The same memory is meant, not the same bytes.
    void keep(final ByteBuffer packet, final long captureTimeNs) {
        final PacketView view = filling.next();
        if (view.buffer() != packet) {
            view.detach();
        }
        filling.keep(captureTimeNs, captureId);
        if (filling.isFull()) {
            submit();
        }
    }

    @Override
    public ByteBuffer next(final ByteBuffer buffer) {
        if (!isSplit) {
            filling.assemble(assembler);
            return buffer;
        }
        used.add(new Used(buffer, submitted));
        if (spares > 0) {
            spares--;
            return ByteBuffer.allocateDirect(CAPACITY);
        }
        final Used oldest = used.remove();
        if (oldest.batch == submitted) {
            submit();
        }
        awaitAssembled(oldest.batch + 1);
        return oldest.buffer;
    }

    /**
     * Waits until all segments so far are in their flows.
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
        rethrow();
    }

    private void rethrow() {
        final Throwable thrown = failure;
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
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
        boolean interrupted = false;
        while (assembling != null && assembling.isAlive()) {
            LockSupport.unpark(assembling);
            try {
                assembling.join();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
