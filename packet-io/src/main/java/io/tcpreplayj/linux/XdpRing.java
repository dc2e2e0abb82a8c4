package io.tcpreplayj.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One ring that an AF_XDP socket shares with the kernel: a producer's and a consumer's count, which never stop growing, and
 * 2^n entries (linux/if_xdp.h). Whoever writes entries publishes the producer's count after them; whoever reads them gives
 * them back by the consumer's. One thread on our side.
 */
final class XdpRing {
    private static final VarHandle COUNT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private final SharedMemory shared;
    private final ByteBuffer memory;
    private final int producer;
    private final int consumer;
    private final int entries;
    private final int entryBytes;
    private final int mask;

    private XdpRing(final SharedMemory shared, final NativeMemory offsets, final int ring, final Shape shape) {
        this.shared = shared;
        memory = shared.buffer();
        producer = (int) offsets.buffer().getLong(ring);
        consumer = (int) offsets.buffer().getLong(ring + 8);
        entries = (int) offsets.buffer().getLong(ring + 16);
        entryBytes = shape.entryBytes;
        mask = shape.count - 1;
    }

    /**
     * What a ring holds.
     *
     * @param count entries, a power of two
     */
    record Shape(int count, int entryBytes) {}

    /**
     * Maps a ring.
     *
     * @param offsets what XDP_MMAP_OFFSETS said
     * @param ring where this ring's struct xdp_ring_offset (producer, consumer, desc, flags) stands in it
     * @param page which ring: XDP_PGOFF_TX_RING, XDP_UMEM_PGOFF_COMPLETION_RING
     */
    static XdpRing map(
            final Descriptor socket, final NativeMemory offsets, final int ring, final Shape shape, final long page)
            throws LinuxException {
        final int bytes = (int) offsets.buffer().getLong(ring + 16) + shape.count * shape.entryBytes;
        final String detail = "ring of " + shape.count + " entries";
        return new XdpRing(SharedMemory.mapWhole(socket, bytes, page, detail), offsets, ring, shape);
    }

    /** Where entry {@code count} (of the counts that never stop) stands in {@link #memory}. */
    int entry(final int count) {
        return entries + (count & mask) * entryBytes;
    }

    ByteBuffer memory() {
        return memory;
    }

    /** Entries published so far; what stands in them is seen too. */
    int produced() {
        return (int) COUNT.getAcquire(memory, producer);
    }

    /** Entries taken so far. */
    int consumed() {
        return (int) COUNT.getAcquire(memory, consumer);
    }

    /** Publishes the entries before {@code count}. */
    void produce(final int count) {
        COUNT.setRelease(memory, producer, count);
    }

    /** Gives the entries before {@code count} back. */
    void consume(final int count) {
        COUNT.setRelease(memory, consumer, count);
    }

    void unmap() {
        shared.unmap();
    }
}
