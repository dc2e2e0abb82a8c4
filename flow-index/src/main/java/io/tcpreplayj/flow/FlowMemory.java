package io.tcpreplayj.flow;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** How much memory open flows take, and where they go when it is too much: frozen, into a {@link SpillFile}. */
final class FlowMemory implements AutoCloseable {
    /** Each frozen flow's place begins with its size, with how much of it is in use, and with how often that was written. */
    private static final int PLACE_HEADER = 2 * Integer.BYTES + Long.BYTES;

    /** Places are a bit larger than what they are made for, so that a flow mostly fits into its old one. */
    private static final int PLACE_GRAIN = 128;

    private final long hotBytes;
    private final SpillFile spill;
    private final long mostRowBytes;
    private final HeldPool pool = new HeldPool();
    private final StreamDigests digests = new StreamDigests();
    private final StateBuffer state = new StateBuffer();
    private final ByteBuffer header = ByteBuffer.allocateDirect(PLACE_HEADER);
    private long used;
    /** How many flows were frozen so far: no two of them meet the same key stream of a cipher, also not at one place. */
    private long freezes;
    /** When more than this is in use, flows are frozen. */
    private long shortAbove;

    /**
     * @param spill where to, and from when on; null: flows stay in memory, however many they are
     * @param secret whether nothing readable may get to the disk
     */
    FlowMemory(final FlowAssembler.@Nullable Spill spill, final boolean secret) {
        mostRowBytes = spill == null ? Long.MAX_VALUE : spill.rowBytes();
        hotBytes = spill == null ? Long.MAX_VALUE : spill.hotBytes();
        shortAbove = hotBytes;
        this.spill = new SpillFile(spill == null ? Path.of("") : spill.folder(), secret ? new SpillCipher() : null);
    }

    HeldPool pool() {
        return pool;
    }

    /** Used by all flows in turn. */
    StreamDigests digests() {
        return digests;
    }

    SpillFile spill() {
        return spill;
    }

    void grew(final long bytes) {
        used += bytes;
    }

    /** More is in use than there should be. */
    boolean isShort() {
        return used + pool.usedBytes() > shortAbove;
    }

    /** Nothing more can be frozen for now: to look for it again at each segment would cost more than it saves. */
    void acceptShortage() {
        final long taken = used + pool.usedBytes();
        shortAbove = Math.max(hotBytes, taken + taken / 4);
    }

    /** Whether the rows of one flow take more memory than can be given to it when it ends. */
    boolean isTooMuchForOne(final long rowBytes) {
        return rowBytes > mostRowBytes;
    }

    /** Writes the flow down; it must not be used any more. Returns its place. */
    long freeze(final FlowBuilder flow) {
        state.clear();
        state.putLong(0);
        freezes++;
        state.putLong(freezes);
        flow.freeze(state, this);
        used -= flow.footprint();
        final ByteBuffer written = state.written();
        final int length = written.limit();
        long place = flow.place();
        int size = flow.placeSize();
        if (length > size) {
            size = (length + PLACE_GRAIN - 1) / PLACE_GRAIN * PLACE_GRAIN;
            place = spill.reserve(size);
        }
        written.putInt(0, size).putInt(Integer.BYTES, length);
        spill.seal(freezes, place + PLACE_HEADER, written.duplicate().position(PLACE_HEADER));
        spill.writeRaw(place, written);
        return place;
    }

    FlowBuilder thaw(final long place, final FlowAssembler.AssemblerOptions options) {
        spill.readRaw(place, header.clear());
        final int size = header.getInt(0);
        final int length = header.getInt(Integer.BYTES);
        final ByteBuffer filled = state.toFill(length - PLACE_HEADER);
        spill.readRaw(place + PLACE_HEADER, filled);
        state.flip();
        spill.seal(header.getLong(2 * Integer.BYTES), place + PLACE_HEADER, filled);
        final FlowBuilder flow = FlowBuilder.thaw(state, this, options);
        flow.livesAt(place, size);
        used += flow.footprint();
        return flow;
    }

    @Override
    public void close() throws IOException {
        spill.close();
    }
}
