package io.tcpreplayj.packet;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Datagrams that are not whole yet, in memory of a fixed size: {@value #SLOTS} slots of 64 KiB, allocated with the first
 * fragment. When all are taken, the datagram that waited longest for its next fragment makes room.
 *
 * <p>Which bytes are there is told by a bit for each 8 of them, the unit of fragment offsets. Of overlapping fragments
 * the first wins: a later one fills holes only. (RFC 5722 drops such IPv6 datagrams; a capture shows what was sent, and
 * which of them the host took, nobody knows.)
 */
final class FragmentTable {
    static final int SLOTS = 256;

    /** {@link #add}: the datagram is not whole. */
    static final int WAITS = -1;

    private static final int SLOT_BYTES = 1 << 16;
    /** The longest payload of a datagram: RFC 791 3.1, RFC 8200 4.5. */
    private static final int MAX_LENGTH = 65_535;

    private static final int WORDS = SLOT_BYTES / 8 / Long.SIZE;
    private static final int UNKNOWN = -1;

    /** What Linux waits by default (net.ipv4.ipfrag_time), and what RFC 8200 4.5 says. */
    private static final long TIMEOUT_IPV4_NS = 30_000_000_000L;

    private static final long TIMEOUT_IPV6_NS = 60_000_000_000L;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(SLOTS * SLOT_BYTES);
    private final long[] present = new long[SLOTS * WORDS];
    private final long[] keys = new long[SLOTS * FragmentKey.WORDS];
    private final FragmentKey key = new FragmentKey();
    /** Fragments of the slot's datagram so far; 0 for a free slot. */
    private final int[] fragments = new int[SLOTS];

    private final long[] firstNs = new long[SLOTS];
    private final long[] lastUse = new long[SLOTS];
    /** Bytes of the whole datagram's payload, once its last fragment was seen. */
    private final int[] length = new int[SLOTS];
    /** End of what was seen. */
    private final int[] end = new int[SLOTS];
    /** From here on bytes are missing that the snaplen cut. */
    private final int[] caplen = new int[SLOTS];

    private final int[] presentUnits = new int[SLOTS];
    private final long[] fates = new long[FragmentFate.values().length];
    private long uses;

    /**
     * Takes in one fragment.
     *
     * @param view as {@link PacketDecoder} fills it for {@link Verdict#FRAGMENT}
     * @return the slot of the datagram that it completes, which stays the caller's until {@link #release}; or
     *     {@link #WAITS}
     */
    int add(final PacketView view, final long captureTimeNs) {
        final int from = view.fragmentOffset;
        final int to = from + view.payloadLength;
        final boolean whole = view.payloadLength > 0 && (!view.moreFragments || (view.payloadLength & 7) == 0);
        if (!whole || to > MAX_LENGTH) {
            return drop(FragmentFate.MALFORMED);
        }
        key.set(view);
        int slot = find();
        if (slot >= 0 && isOver(slot, captureTimeNs)) {
            free(slot, FragmentFate.INCOMPLETE);
            slot = -1;
        }
        if (slot < 0) {
            slot = begin(captureTimeNs);
        }
        lastUse[slot] = ++uses;
        final boolean contradicts = length[slot] != UNKNOWN
                ? to > length[slot] || (!view.moreFragments && to != length[slot])
                : !view.moreFragments && to < end[slot];
        if (contradicts) {
            return drop(FragmentFate.MALFORMED);
        }
        if (!view.moreFragments) {
            length[slot] = to;
        }
        end[slot] = Math.max(end[slot], to);
        if (fill(slot, from, to, view)) {
            fragments[slot]++;
        } else {
            drop(FragmentFate.OVERLAPPING);
        }
        if (length[slot] == UNKNOWN || presentUnits[slot] != units(length[slot])) {
            return WAITS;
        }
        FragmentKey.clear(keys, slot);
        return slot;
    }

    /** Where the bytes of a whole datagram begin in {@link #bytes()}. */
    int offset(final int slot) {
        return slot * SLOT_BYTES;
    }

    int length(final int slot) {
        return length[slot];
    }

    /** Bytes from the beginning that are there without a hole. */
    int caplen(final int slot) {
        return Math.min(caplen[slot], length[slot]);
    }

    ByteBuffer bytes() {
        return bytes;
    }

    /** A whole datagram was used. */
    void release(final int slot) {
        free(slot, FragmentFate.REASSEMBLED);
    }

    /** No more fragments will come. */
    void finish() {
        for (int slot = 0; slot < SLOTS; slot++) {
            free(slot, FragmentFate.INCOMPLETE);
        }
    }

    long count(final FragmentFate fate) {
        return fates[fate.ordinal()];
    }

    private int drop(final FragmentFate fate) {
        fates[fate.ordinal()]++;
        return WAITS;
    }

    private void free(final int slot, final FragmentFate fate) {
        fates[fate.ordinal()] += fragments[slot];
        fragments[slot] = 0;
        lastUse[slot] = 0;
    }

    private int find() {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (lastUse[slot] != 0 && key.equals(keys, slot)) {
                return slot;
            }
        }
        return -1;
    }

    private boolean isOver(final int slot, final long nowNs) {
        return nowNs - firstNs[slot] > (FragmentKey.isIpv4(keys, slot) ? TIMEOUT_IPV4_NS : TIMEOUT_IPV6_NS);
    }

    private int begin(final long captureTimeNs) {
        int slot = 0;
        for (int other = 1; other < SLOTS && lastUse[slot] != 0; other++) {
            slot = lastUse[other] < lastUse[slot] ? other : slot;
        }
        if (lastUse[slot] != 0) {
            free(slot, isOver(slot, captureTimeNs) ? FragmentFate.INCOMPLETE : FragmentFate.EVICTED);
        }
        key.store(keys, slot);
        Arrays.fill(present, slot * WORDS, (slot + 1) * WORDS, 0);
        presentUnits[slot] = 0;
        firstNs[slot] = captureTimeNs;
        length[slot] = UNKNOWN;
        end[slot] = 0;
        caplen[slot] = MAX_LENGTH;
        return slot;
    }

    /** Copies what is new; says whether all of it was. */
    private boolean fill(final int slot, final int from, final int to, final PacketView view) {
        final int captured = from + view.payloadCaplen;
        boolean allNew = true;
        for (int unit = from >>> 3; unit < units(to); unit++) {
            final int word = slot * WORDS + (unit >>> 6);
            final long bit = 1L << (unit & 63);
            if ((present[word] & bit) != 0) {
                allNew = false;
                continue;
            }
            present[word] |= bit;
            presentUnits[slot]++;
            final int at = unit << 3;
            final int here = Math.min(Math.min(at + 8, to), captured) - at;
            if (here < Math.min(8, to - at)) {
                caplen[slot] = Math.min(caplen[slot], Math.max(at, captured));
            }
            if (here > 0) {
                bytes.put(offset(slot) + at, view.buffer, view.payloadOffset + at - from, here);
            }
        }
        return allNew;
    }

    private static int units(final int length) {
        return (length + 7) >>> 3;
    }
}
