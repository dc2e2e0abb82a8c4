package io.tcpreplayj.flow;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The open flows by address pair: open addressing with linear probing, keyed hash with a seed of its own. Nothing is ever
 * taken out before the end (a flow that ends by reuse is replaced in its slot), so there are no tombstones.
 */
final class FlowTable {
    private static final int INITIAL_CAPACITY = 1 << 10;

    private final long seed0;
    private final long seed1;
    private @Nullable FlowBuilder[] slots = new FlowBuilder[INITIAL_CAPACITY];
    private int[] hashes = new int[INITIAL_CAPACITY];
    private int size;

    FlowTable() {
        final SecureRandom random = new SecureRandom();
        // Odd: a factor of 0 would swallow the other one.
        seed0 = random.nextLong() | 1;
        seed1 = random.nextLong() | 1;
    }

    int size() {
        return size;
    }

    /** The slot of {@code key}, or {@code -1 - slot} of where it belongs. */
    int find(final FlowKey key) {
        final int mask = slots.length - 1;
        final int hash = key.hash(seed0, seed1);
        int slot = hash & mask;
        while (true) {
            final FlowBuilder flow = slots[slot];
            if (flow == null) {
                hashes[slot] = hash;
                return -1 - slot;
            }
            if (hashes[slot] == hash && flow.hasKey(key)) {
                return slot;
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

    /** Fills an empty slot: {@code slot} is what {@link #find} returned for this flow's key just before, decoded. */
    void insert(final int slot, final FlowBuilder flow) {
        slots[slot] = flow;
        size++;
        if (size > slots.length - (slots.length >>> 2) - (slots.length >>> 3)) {
            grow();
        }
    }

    /** All flows in order of their ids; the table is empty afterwards. */
    FlowBuilder[] drain() {
        final FlowBuilder[] flows = new FlowBuilder[size];
        int count = 0;
        for (final FlowBuilder flow : slots) {
            if (flow != null) {
                flows[count++] = flow;
            }
        }
        Arrays.sort(flows, Comparator.comparingLong(FlowBuilder::id));
        slots = new FlowBuilder[INITIAL_CAPACITY];
        hashes = new int[INITIAL_CAPACITY];
        size = 0;
        return flows;
    }

    private void grow() {
        final @Nullable FlowBuilder[] oldSlots = slots;
        final int[] oldHashes = hashes;
        final int mask = oldSlots.length * 2 - 1;
        slots = new FlowBuilder[mask + 1];
        hashes = new int[mask + 1];
        for (int i = 0; i < oldSlots.length; i++) {
            if (oldSlots[i] == null) {
                continue;
            }
            int slot = oldHashes[i] & mask;
            while (slots[slot] != null) {
                slot = (slot + 1) & mask;
            }
            slots[slot] = oldSlots[i];
            hashes[slot] = oldHashes[i];
        }
    }
}
