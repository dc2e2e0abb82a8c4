package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowKey;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import java.security.SecureRandom;

/**
 * Gives up whole flows when packets come in faster than they are taken in: half a flow is of no use, and a flow that was not
 * begun costs a look at a table. Which ones is told by a hash of the tuple, keyed, so that no client can choose to be recorded
 * or not; the fuller the ring is beyond its half, or the room for flows that wait for the disk, the more of the flows that
 * begin. What has begun goes on. Fixed memory; one thread.
 */
final class FlowShedder {
    /** So many flows that were given up are known; of more, the oldest would come in as if they had been open before. */
    private static final int SLOT_BITS = 17;

    /** Where a flow may be, of all slots: neighbours in memory. */
    private static final int WAYS = 8;

    /** Below this nobody is in a hurry. */
    static final double FULL_ENOUGH = 0.5;

    private static final long NONE = 0;

    private final long[] shed = new long[1 << SLOT_BITS];
    private final FlowKey key = new FlowKey();
    private final long seed0;
    private final long seed1;
    private double backlog;
    private double share;
    private long flows;
    private long packets;

    FlowShedder() {
        final SecureRandom random = new SecureRandom();
        seed0 = random.nextLong() | 1;
        seed1 = random.nextLong() | 1;
    }

    /** @param fill how full the ring is, 0 to 1 */
    void onFill(final double fill) {
        share = Math.max(0, Math.min(1, (Math.max(fill, backlog) - FULL_ENOUGH) / (1 - FULL_ENOUGH)));
    }

    /** @param fill how much waits for the disk, of what there is room for: 0 to 1; counts from the next {@link #onFill} on */
    void onBacklog(final double fill) {
        backlog = fill;
    }

    /** Whether the segment is taken in; counts it otherwise. */
    boolean takes(final PacketView view) {
        final boolean begins = view.hasFlag(TcpFlags.SYN) && !view.hasFlag(TcpFlags.ACK);
        if (flows == 0 && (share == 0 || !begins)) {
            return true;
        }
        final long hash = hash(view);
        final int slot = find(hash);
        // A SYN that is sent again belongs to its flow; one that comes when there is room begins another.
        if (shed[slot] == hash && begins && share == 0) {
            shed[slot] = NONE;
            return true;
        }
        if (shed[slot] != hash) {
            if (!begins || (hash & 0xffff) >= share * 0x1_0000) {
                return true;
            }
            shed[slot] = hash;
            flows++;
        }
        packets++;
        return false;
    }

    /** Where it is, or where it would be: in a free slot of its eight, or in place of another. */
    private int find(final long hash) {
        final int first = (int) (hash >>> (Long.SIZE - SLOT_BITS)) & -WAYS;
        int slot = first + (int) (flows & (WAYS - 1));
        for (int i = first; i < first + WAYS; i++) {
            if (shed[i] == hash) {
                return i;
            }
            if (shed[i] == NONE) {
                slot = i;
            }
        }
        return slot;
    }

    /** Flows that were given up. */
    long flows() {
        return flows;
    }

    /** Their packets. */
    long packets() {
        return packets;
    }

    /** The same for both directions, and never {@link #NONE}. */
    private long hash(final PacketView view) {
        key.set(view);
        return key.longHash(seed0, seed1) | 1L << 16;
    }
}
