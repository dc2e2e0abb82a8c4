package io.tcpreplayj.cli;

import io.tcpreplayj.flow.FlowAssembler;
import io.tcpreplayj.flow.FlowKey;
import io.tcpreplayj.packet.FlowHash;
import io.tcpreplayj.packet.PacketView;
import io.tcpreplayj.packet.TcpFlags;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * Gives up whole flows when packets come in faster than they are taken in: half a flow is of no use, and a flow that was not
 * begun costs a look at a table. Which ones is told by a hash of the tuple, keyed, so that no client can choose to be recorded
 * or not. There are two limits to it: above the first one flows do not begin, the more of them the fuller the ring is beyond
 * its half, or the room for flows that wait for the disk; above the second one (see {@link CaptureShare}) flows do not go on
 * either, and the kernel need not even hand them over. UDP conversations are flows as well. Fixed memory; one thread.
 */
final class FlowShedder {
    /** Below this nobody is in a hurry. */
    static final double FULL_ENOUGH = 0.5;

    /** Of {@link FlowAssembler#giveUp}, in one turn: it takes its time from what comes in. */
    private static final int EFFORT_IN_A_HURRY = 1 << 10;

    private static final int EFFORT = 1 << 15;

    /** A conversation that was given up stays so until it has been quiet for so long that the next datagram begins another. */
    private static final int QUIET_MS = (int) (FlowAssembler.CONVERSATION_QUIET_NS / 1_000_000);

    /** TCP flows, with the sequence numbers with which they began. */
    private final ShedFlows shed = new ShedFlows();

    /** UDP conversations, with the milliseconds at which their last datagrams came; made with the first one. */
    private @Nullable ShedFlows conversations;

    private final boolean cutsOnSight;
    private final FlowKey key = new FlowKey();
    private final long seed0;
    private final long seed1;
    private final FlowHash shares;
    private double backlog;
    private int beginning = FlowHash.RANGE;
    private int keeping = FlowHash.RANGE;
    private int leastKept = FlowHash.RANGE;
    private boolean isToCut;
    private boolean isCutting;
    private long flows;
    private long cut;
    private long packets;

    FlowShedder() {
        this(false);
    }

    /** For whom keeps no open flows: one that does not go on is cut when its next packet comes, and counted then. */
    static FlowShedder onSight() {
        return new FlowShedder(true);
    }

    private FlowShedder(final boolean cutsOnSight) {
        this.cutsOnSight = cutsOnSight;
        final SecureRandom random = new SecureRandom();
        seed0 = random.nextLong() | 1;
        seed1 = random.nextLong() | 1;
        shares = FlowHash.keyed(random.nextLong(), random.nextInt());
    }

    /** By which a flow's place among all of them is told, here and in the kernel. */
    FlowHash shares() {
        return shares;
    }

    /** @param fill how full the ring is, 0 to 1 */
    void onFill(final double fill) {
        final double share = Math.max(0, Math.min(1, (Math.max(fill, backlog) - FULL_ENOUGH) / (1 - FULL_ENOUGH)));
        beginning = (int) Math.round((1 - share) * FlowHash.RANGE);
    }

    /** @param fill how much waits for the disk, of what there is room for: 0 to 1; counts from the next {@link #onFill} on */
    void onBacklog(final double fill) {
        backlog = fill;
    }

    /**
     * Takes in from now on what has a hash below {@code limit}. Where that is less than before, open TCP flows are to be {@link #cut},
     * and conversations are by their next datagrams; where it is more, those that were given up stay so, and others begin. While
     * flows are to be cut still, it is not more.
     */
    void keep(final int limit) {
        if (limit > keeping && (isToCut || isCutting)) {
            return;
        }
        isToCut |= limit < keeping && !cutsOnSight;
        keeping = limit;
        leastKept = Math.min(leastKept, limit);
    }

    /** Below which flows are taken in. */
    int keeping() {
        return keeping;
    }

    /** Has open flows that are given up end in {@code open}, some at a time, before another segment is taken in there. */
    void cut(final FlowAssembler open) {
        if (isToCut) {
            isToCut = false;
            isCutting = true;
            // Of those that were cut some may be forgotten here when more is kept again.
            open.takeUpBelow(leastKept, shares);
            open.lookThrough();
        }
        if (isCutting) {
            isCutting = !open.giveUp(beginning < FlowHash.RANGE ? EFFORT_IN_A_HURRY : EFFORT, this::isCut);
        }
    }

    /** The same for all of them, at the end. */
    void cutRest(final FlowAssembler open) {
        while (isToCut || isCutting) {
            cut(open);
        }
    }

    private boolean isCut(final FlowKey of, final int isn) {
        if (of.hash(shares) < keeping) {
            return false;
        }
        final long hash = hash(of);
        final int slot = shed.find(hash);
        if (!shed.has(slot, hash)) {
            remember(slot, hash, isn);
        } else if (shed.mark(slot) != isn) {
            // Its ports began anew meanwhile: that is another flow, and counted.
            flows++;
        }
        cut++;
        return true;
    }

    /** Whether the segment is taken in; counts it otherwise. */
    boolean takes(final PacketView view) {
        final boolean begins = view.hasFlag(TcpFlags.SYN) && !view.hasFlag(TcpFlags.ACK);
        if (flows == 0 && keeping == FlowHash.RANGE && (beginning == FlowHash.RANGE || !begins)) {
            return true;
        }
        key.set(view);
        final int share = key.hash(shares);
        final long hash = hash(key);
        final int slot = shed.find(hash);
        final boolean isShed = shed.has(slot, hash);
        if (begins) {
            // A SYN that is sent again belongs to its flow.
            if (!isShed || shed.mark(slot) != view.segSeq()) {
                if (share < Math.min(beginning, keeping)) {
                    if (isShed) {
                        shed.forget(slot);
                    }
                    return true;
                }
                remember(slot, hash, view.segSeq());
            }
        } else if (!isShed) {
            if (share < keeping) {
                return true;
            }
            if (cutsOnSight) {
                remember(slot, hash, 0);
                cut++;
            }
        }
        packets++;
        return false;
    }

    private void remember(final int slot, final long hash, final int isn) {
        shed.put(slot, hash, isn);
        flows++;
    }

    /** Whether something is given up, or was: {@link #takesDatagram} has to know then which conversations are open. */
    boolean isAtWork() {
        return flows > 0 || keeping < FlowHash.RANGE || beginning < FlowHash.RANGE;
    }

    /**
     * Whether the UDP datagram is taken in; counts it otherwise. That one begins a conversation nothing in it says. One that does
     * not go on is cut here; where nothing more comes of it, it was whole.
     *
     * @param open has the conversations that are open, and ends those that are cut; null where nobody knows them: each may be
     *     open then, and none is left out for that it begins
     */
    boolean takesDatagram(final PacketView view, final long captureTimeNs, final @Nullable FlowAssembler open) {
        if (!isAtWork()) {
            return true;
        }
        ShedFlows known = conversations;
        if (known == null) {
            known = new ShedFlows();
            conversations = known;
        }
        key.set(view);
        final long hash = hash(key);
        final int slot = known.find(hash);
        final int nowMs = (int) (captureTimeNs / 1_000_000);
        final boolean isShed = known.has(slot, hash);
        if (!isShed || wasQuiet(nowMs - known.mark(slot))) {
            if (goesOn(captureTimeNs, open)) {
                if (isShed) {
                    known.forget(slot);
                }
                return true;
            }
            known.put(slot, hash, nowMs);
            flows++;
        }
        known.mark(slot, nowMs);
        packets++;
        return false;
    }

    /** What is far behind comes after weeks, when the milliseconds have gone round; what another overtook is nearer. */
    private static boolean wasQuiet(final int sinceMs) {
        return sinceMs > QUIET_MS || sinceMs < -QUIET_MS;
    }

    /** Of a conversation that was not given up; ends it otherwise. */
    private boolean goesOn(final long captureTimeNs, final @Nullable FlowAssembler open) {
        final int share = key.hash(shares);
        if (open == null) {
            return share < keeping;
        }
        if (!open.isConversation(key, captureTimeNs)) {
            return share < Math.min(beginning, keeping);
        }
        if (share < keeping) {
            return true;
        }
        open.giveUpConversation(key);
        cut++;
        return false;
    }

    /** Flows that were given up: those that were not begun, and those that were {@link #flowsCut cut}. */
    long flows() {
        return flows;
    }

    /** Flows that were open; what had been taken in of them is kept. */
    long flowsCut() {
        return cut;
    }

    /** Packets of flows that were given up, as far as they were read. */
    long packets() {
        return packets;
    }

    /** The same for both directions, and never 0. */
    private long hash(final FlowKey of) {
        return of.longHash(seed0, seed1) | 1L << 16;
    }
}
