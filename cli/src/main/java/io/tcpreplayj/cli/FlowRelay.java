package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowRecord;
import io.tcpreplayj.flow.FlowSink;
import io.tcpreplayj.linux.Threads;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lets another thread store flows while the next ones are made ready: at the end of a capture all that are open come at once,
 * and who captures must not wait for a disk. Flows go over in batches, in order. Where more waits than memory has room for, the
 * owner waits.
 *
 * <p>All methods are for the owner's thread. The other one begins with the first full batch. What fails there fails the owner
 * where it asks, and in {@link #flush}: who hands over a flow may be in the middle of something, and hears nothing.
 */
final class FlowRelay implements FlowSink, AutoCloseable {
    /** About as many bytes are a batch. */
    private static final int BATCH_BYTES = 1 << 19;

    private static final int EVENT_BYTES = 64;
    private static final int RECORD_BYTES = 512;

    private static final Task NOTHING = () -> {};
    private static final Batch END = new Batch(List.of(), 0, NOTHING);

    private final FlowSink sink;
    private WaitingRoom room;
    private Runnable meanwhile = () -> {};

    private final BlockingQueue<Batch> filled = new LinkedBlockingQueue<>();
    private List<Ready> filling = new ArrayList<>();
    private long fillingBytes;
    private long tasks;
    private @Nullable Thread thread;
    /** Only the other thread writes it. */
    private volatile long tasksDone;

    private volatile @Nullable Throwable failure;

    /** What is to be done behind some flows. */
    interface Task {
        void run() throws IOException;
    }

    private record Ready(FlowRecord flow, ByteBuffer clientBytes) {}

    private record Batch(List<Ready> flows, int bytes, Task then) {}

    /**
     * @param sink stores flows; on this thread or on the other, never on both
     * @param room for what waits
     */
    FlowRelay(final FlowSink sink, final WaitingRoom room) {
        this.sink = sink;
        this.room = room;
    }

    /**
     * Before the first flow.
     *
     * @param shared with other relays
     * @param whileFull done now and then where its owner waits for room
     */
    void waitIn(final WaitingRoom shared, final Runnable whileFull) {
        room = shared;
        meanwhile = whileFull;
    }

    @Override
    public void onFlow(final FlowRecord flow, final ByteBuffer clientBytes) {
        if (failure != null) {
            return;
        }
        filling.add(new Ready(flow, clientBytes));
        fillingBytes += bytes(flow, clientBytes);
        if (fillingBytes > BATCH_BYTES) {
            send(NOTHING);
        }
    }

    /** Of memory: a mapping takes none. */
    private static long bytes(final FlowRecord flow, final ByteBuffer clientBytes) {
        long bytes = RECORD_BYTES
                + (clientBytes.isDirect() ? 0 : clientBytes.capacity())
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

    /** Has the other thread do that when all flows so far are stored; nobody waits for it. */
    void then(final Task task) {
        tasks++;
        final long number = tasks;
        send(() -> {
            task.run();
            tasksDone = number;
        });
    }

    /** Whether nothing is to be done any more behind flows; there may be flows to store. */
    boolean isIdle() {
        return tasksDone == tasks;
    }

    /** How much waits of what memory has room for, 0 to 1; others' included that wait in the same room. */
    double fill() {
        return room.fill();
    }

    /** Waits until all flows so far are stored. What failed on the other thread fails here. */
    void flush() {
        final Thread storing = thread;
        if (storing != null) {
            send(NOTHING);
            filled.add(END);
            Threads.join(storing);
            thread = null;
        }
        refuseFailure();
        takeFilling().forEach(this::store);
    }

    private void send(final Task then) {
        if (thread == null) {
            final Thread storing = new Thread(this::storeAll, "store");
            storing.setDaemon(true);
            storing.start();
            thread = storing;
        }
        final int bytes = room.enter(fillingBytes, meanwhile);
        filled.add(new Batch(takeFilling(), bytes, then));
    }

    /** After a failure it takes what comes, so that nobody waits, and stores nothing. */
    @SuppressWarnings("ReferenceEquality") // One of a kind.
    private void storeAll() {
        try {
            for (Batch batch = filled.take(); batch != END; batch = filled.take()) {
                if (failure == null) {
                    storeOrFail(batch);
                }
                room.leave(batch.bytes);
            }
        } catch (final InterruptedException e) {
            // Nobody interrupts it.
            Thread.currentThread().interrupt();
        }
    }

    private void storeOrFail(final Batch batch) {
        try {
            batch.flows.forEach(this::store);
            batch.then.run();
        } catch (final IOException e) {
            failure = new UncheckedIOException(e);
        } catch (final RuntimeException | Error e) {
            failure = e;
        }
    }

    private void store(final Ready ready) {
        sink.onFlow(ready.flow, ready.clientBytes);
    }

    /** What failed on the other thread fails here. */
    void refuseFailure() {
        Failures.rethrow(failure);
    }

    /** Ends the other thread when it has done what it was given; what was not {@link #flush}ed may be lost. */
    @Override
    public void close() {
        final Thread storing = thread;
        if (storing != null) {
            filled.add(END);
            Threads.join(storing);
            thread = null;
        }
    }
}
