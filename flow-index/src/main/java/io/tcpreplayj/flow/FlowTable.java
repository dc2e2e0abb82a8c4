package io.tcpreplayj.flow;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The open flows by address pair: open addressing with linear probing, keyed hash with a seed of its own. There are no
 * tombstones: a flow that ends by reuse is replaced in its slot, and where one is taken out those behind it move up. Flows
 * that memory is too short for are frozen, the ones first that were not asked for of late; of them only the place is here.
 */
final class FlowTable {
    private static final int INITIAL_CAPACITY = 1 << 10;
    private static final long[] NONE_FROZEN = {};
    private static final int[] NO_IDS = {};

    /** What it costs to read a flow from disk, or to end one: as much as to look at so many slots. */
    private static final int FLOW_EFFORT = 64;

    private final FlowMemory memory;
    private final FlowAssembler.AssemblerOptions options;
    private final long firstId;
    private final long seed0;
    private final long seed1;
    private @Nullable FlowBuilder[] slots = new FlowBuilder[INITIAL_CAPACITY];
    private int[] hashes = new int[INITIAL_CAPACITY];
    /** Place of a frozen flow, plus 1; the arrays are there from the first one on. */
    private long[] places = NONE_FROZEN;
    /** Its id, less the first one's. */
    private int[] ids = NO_IDS;

    private int size;
    private int hand;
    /**
     * Slots below it are yet to be looked through, from the last one to the first: so a flow that moves up, because one is taken
     * out, has been looked at, or is met once more.
     */
    private int unseen;

    /** Where the last flow was found: segments come in trains. */
    private int latest;

    FlowTable(final FlowMemory memory, final FlowAssembler.AssemblerOptions options, final long firstId) {
        this.memory = memory;
        this.options = options;
        this.firstId = firstId;
        final SecureRandom random = new SecureRandom();
        // Odd: a factor of 0 would swallow the other one.
        seed0 = random.nextLong() | 1;
        seed1 = random.nextLong() | 1;
    }

    int size() {
        return size;
    }

    /** The slot of {@code key}, whose flow then is in memory, or {@code -1 - slot} of where it belongs. */
    int find(final FlowKey key) {
        final FlowBuilder before = slots[latest];
        if (before != null && before.hasKey(key)) {
            return latest;
        }
        final int mask = slots.length - 1;
        final int hash = key.hash(seed0, seed1);
        int slot = hash & mask;
        while (true) {
            FlowBuilder flow = slots[slot];
            if (flow == null && !isFrozen(slot)) {
                hashes[slot] = hash;
                return -1 - slot;
            }
            if (hashes[slot] == hash) {
                if (flow == null) {
                    flow = thaw(slot);
                }
                if (flow.hasKey(key)) {
                    latest = slot;
                    return slot;
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    /** The flow in a slot that {@link #find} returned. */
    FlowBuilder get(final int slot) {
        final FlowBuilder flow = slots[slot];
        if (flow == null) {
            throw new IllegalStateException("slot " + slot + " is empty");
        }
        return flow;
    }

    /** Puts another flow of the same key in a slot that {@link #find} returned. */
    void replace(final int slot, final FlowBuilder flow) {
        slots[slot] = flow;
    }

    /** Takes out the flow in a slot that {@link #find} returned; those that it kept from their slots move up (Knuth 6.4, R). */
    void remove(final int slot) {
        final int mask = slots.length - 1;
        int hole = slot;
        for (int next = (hole + 1) & mask; slots[next] != null || isFrozen(next); next = (next + 1) & mask) {
            // It may move unless the slot that its hash asks for lies behind the hole.
            if (((next - hashes[next]) & mask) >= ((next - hole) & mask)) {
                move(next, hole);
                hole = next;
            }
        }
        slots[hole] = null;
        if (places.length > 0) {
            places[hole] = 0;
        }
        size--;
    }

    private void move(final int from, final int to) {
        slots[to] = slots[from];
        hashes[to] = hashes[from];
        if (places.length > 0) {
            places[to] = places[from];
            ids[to] = ids[from];
        }
        if (from < unseen && to >= unseen) {
            // From the table's beginning to its end.
            unseen = to + 1;
        }
    }

    /** Fills an empty slot: {@code slot} is what {@link #find} returned for this flow's key just before, decoded. */
    void insert(final int slot, final FlowBuilder flow) {
        slots[slot] = flow;
        size++;
        if (size > slots.length - (slots.length >>> 2) - (slots.length >>> 3)) {
            grow();
        }
    }

    /**
     * Memory is short: freezes flows until it is not any more. A hand goes round, and who was not asked for since it came
     * by last is frozen.
     */
    void freezeIdle() {
        // Twice round: once to forget who was asked for, once to freeze.
        for (long steps = 2L * slots.length; steps > 0; steps--) {
            hand = (hand + 1) & (slots.length - 1);
            final FlowBuilder flow = slots[hand];
            if (flow != null && !flow.wasTouched() && flow.canFreeze()) {
                freeze(hand, flow);
                if (!memory.isShort()) {
                    return;
                }
            }
        }
        // What is left cannot be frozen.
        memory.acceptShortage();
    }

    private void freeze(final int slot, final FlowBuilder flow) {
        if (places.length == 0) {
            places = new long[slots.length];
            ids = new int[slots.length];
        }
        places[slot] = memory.freeze(flow) + 1;
        ids[slot] = (int) (flow.id() - firstId);
        slots[slot] = null;
    }

    private boolean isFrozen(final int slot) {
        return places.length > 0 && places[slot] != 0;
    }

    private FlowBuilder thaw(final int slot) {
        final FlowBuilder flow = memory.thaw(places[slot] - 1, options);
        places[slot] = 0;
        slots[slot] = flow;
        return flow;
    }

    /** From now on {@link #takeOut} looks at each flow that is here now, at least once. */
    void lookThrough() {
        unseen = slots.length;
    }

    /**
     * Goes on looking through, and takes out which flows are asked for.
     *
     * @param effort to look at so many slots; {@link #FLOW_EFFORT a flow} may cost more
     * @return whether that was all
     */
    boolean takeOut(final int effort, final Predicate<FlowBuilder> which, final Consumer<FlowBuilder> consumer) {
        for (int left = effort; unseen > 0 && left > 0; left--) {
            unseen--;
            final int slot = unseen;
            final boolean isCold = isFrozen(slot);
            final FlowBuilder flow = isCold ? thaw(slot) : slots[slot];
            if (flow == null) {
                continue;
            }
            left -= isCold ? FLOW_EFFORT : 0;
            if (which.test(flow)) {
                remove(slot);
                consumer.accept(flow);
                left -= FLOW_EFFORT;
            } else if (isCold && memory.isShort()) {
                freezeIdle();
            }
        }
        return unseen == 0;
    }

    /** Hands over all flows in order of their ids, one at a time in memory; the table is empty afterwards. */
    void drain(final Consumer<FlowBuilder> consumer) {
        // For each flow its id and slot, and once sorted where it is: the place of a frozen one, or -1 - slot.
        final long[] flows = new long[size];
        int count = 0;
        for (int slot = 0; slot < slots.length; slot++) {
            final FlowBuilder flow = slots[slot];
            if (flow != null || isFrozen(slot)) {
                final int id = flow == null ? ids[slot] : (int) (flow.id() - firstId);
                flows[count++] = (long) id << Integer.SIZE | slot;
            }
        }
        Arrays.sort(flows);
        for (int i = 0; i < count; i++) {
            final int slot = (int) flows[i];
            flows[i] = slots[slot] == null ? places[slot] - 1 : -1 - slot;
        }
        final @Nullable FlowBuilder[] hot = slots;
        clear();
        for (final long whereabout : flows) {
            if (whereabout >= 0) {
                consumer.accept(memory.thaw(whereabout, options));
                continue;
            }
            final int slot = (int) (-1 - whereabout);
            final FlowBuilder flow = hot[slot];
            hot[slot] = null;
            if (flow != null) {
                consumer.accept(flow);
            }
        }
    }

    private void clear() {
        slots = new FlowBuilder[INITIAL_CAPACITY];
        hashes = new int[INITIAL_CAPACITY];
        places = NONE_FROZEN;
        ids = NO_IDS;
        size = 0;
        hand = 0;
        unseen = 0;
    }

    private void grow() {
        final @Nullable FlowBuilder[] oldSlots = slots;
        final int[] oldHashes = hashes;
        final long[] oldPlaces = places;
        final int[] oldIds = ids;
        final int mask = oldSlots.length * 2 - 1;
        slots = new FlowBuilder[mask + 1];
        hashes = new int[mask + 1];
        places = oldPlaces.length == 0 ? NONE_FROZEN : new long[mask + 1];
        ids = oldPlaces.length == 0 ? NO_IDS : new int[mask + 1];
        // They change places: all over again.
        unseen = unseen > 0 ? slots.length : 0;
        for (int i = 0; i < oldSlots.length; i++) {
            final boolean frozen = oldPlaces.length > 0 && oldPlaces[i] != 0;
            if (oldSlots[i] == null && !frozen) {
                continue;
            }
            int slot = oldHashes[i] & mask;
            while (slots[slot] != null || isFrozen(slot)) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = oldSlots[i];
            hashes[slot] = oldHashes[i];
            if (frozen) {
                places[slot] = oldPlaces[i];
                ids[slot] = oldIds[i];
            }
        }
    }
}
