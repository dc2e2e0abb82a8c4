package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSink;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lets another thread store flows while the next ones are made ready: at the end of a capture all that are open come at once.
 * Small flows go over in batches, in order; a large one, of which memory may hold no second, is stored by its owner when all
 * before it are.
 *
 * <p>All methods are for the owner's thread. The other one begins with the first full batch.
 */
final class FlowRelay implements FlowSink, AutoCloseable {
    /** About as many bytes are a batch. */
    private static final int BATCH_BYTES = 1 << 19;

    private static final int EVENT_BYTES = 64;
    private static final int RECORD_BYTES = 512;

    private static final List<Ready> END = List.of();

    private final FlowSink sink;
    private final BlockingQueue<List<Ready>> filled = new ArrayBlockingQueue<>(2);
    private List<Ready> filling = new ArrayList<>();
    private int fillingBytes;
    private @Nullable Thread thread;
    private volatile @Nullable Throwable failure;

    private record Ready(FlowRecord flow, ByteBuffer clientBytes) {}

    /** @param sink stores flows; on this thread or on the other, never on both */
    FlowRelay(final FlowSink sink) {
        this.sink = sink;
    }

    @Override
    public void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        final long bytes = bytes(flow, clientBytes);
        if (bytes > BATCH_BYTES) {
            flush();
            sink.onFlow(flow, clientBytes);
            return;
        }
        filling.add(new Ready(flow, clientBytes));
        fillingBytes += (int) bytes;
        if (fillingBytes > BATCH_BYTES) {
            send(takeFilling());
        }
    }

    private static long bytes(final FlowRecord flow, final ByteBuffer clientBytes) {
        long bytes = RECORD_BYTES
                + clientBytes.remaining()
                + (long) EVENT_BYTES * flow.events().size();
        for (int i = 0; i < flow.exchanges().size(); i++) {
            bytes += flow.exchanges().head(i).length;
        }
        return bytes;
    }

    private List<Ready> takeFilling() {
        final List<Ready> taken = filling;
        filling = new ArrayList<>();
        fillingBytes = 0;
        return taken;
    }

    /** Waits until all flows so far are stored. What failed on the other thread fails here. */
    void flush() {
        final Thread storing = thread;
        if (storing != null) {
            send(END);
            join(storing);
            thread = null;
        }
        rethrow();
        store(takeFilling());
    }

    private void send(final List<Ready> batch) {
        rethrow();
        if (thread == null) {
            final Thread storing = new Thread(this::storeAll, "store");
            storing.setDaemon(true);
            storing.start();
            thread = storing;
        }
        boolean interrupted = false;
        boolean sent = false;
        while (!sent) {
            try {
                filled.put(batch);
                sent = true;
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** After a failure it takes what comes, so that nobody waits, and stores nothing. */
    @SuppressWarnings("ReferenceEquality") // One of a kind.
    private void storeAll() {
        try {
            for (List<Ready> batch = filled.take(); batch != END; batch = filled.take()) {
                if (failure == null) {
                    storeOrFail(batch);
                }
            }
        } catch (final InterruptedException e) {
            // Nobody interrupts it.
            Thread.currentThread().interrupt();
        }
    }

    private void storeOrFail(final List<Ready> batch) {
        try {
            store(batch);
        } catch (final RuntimeException | Error e) {
            failure = e;
        }
    }

    private void store(final List<Ready> batch) {
        for (int i = 0; i < batch.size(); i++) {
            sink.onFlow(batch.get(i).flow, batch.get(i).clientBytes);
        }
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

    private static void join(final Thread storing) {
        boolean interrupted = false;
        while (storing.isAlive()) {
            try {
                storing.join();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the other thread; what was not {@link #flush}ed may be lost. */
    @Override
    public void close() {
        final Thread storing = thread;
        if (storing != null) {
            if (failure == null) {
                failure = new IllegalStateException("closed");
            }
            filled.clear();
            filled.add(END);
            join(storing);
            thread = null;
        }
    }
}
