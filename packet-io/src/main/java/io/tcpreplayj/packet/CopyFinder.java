package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * Tells copies that the capture made from segments that the sender sent again. One packet is captured twice by
 * {@code -i any}, by mirror ports on both sides of a router, and inside and outside of a tunnel; link layer, tunnel and
 * TTL differ then, and what the sender wrote does not.
 *
 * <p>A segment is a copy when one before it had the same addresses, ports, sequence number, acknowledgement, flags, window,
 * length, TCP checksum and IP identification, at most 100 ms earlier or later. Who sends again takes another
 * identification (RFC 791 3.2, RFC 6864 4.1) or waits for longer (RFC 6298 2.4). IPv6 has none, and some write 0 always;
 * then only 1 ms is allowed, less than a round trip that could have asked for it, and what the clock of RFC 7323 timestamps
 * changes the checksum by. Only the last few thousand segments are known.
 *
 * <p>A UDP datagram has no numbers, and its checksum may be left to the network card: it is told by its bytes instead. A
 * sender may well write the same ones twice in a millisecond, though. So without an identification (Linux writes 0 into what
 * must not be fragmented and comes from a socket that is not connected, RFC 6864 4.1) only that is a copy which was seen
 * elsewhere: with another link-layer header (addresses, VLAN, and of a cooked capture interface and direction), in another
 * tunnel or with another TTL. Where nothing of that differs, both count. An identification that never changes says as
 * little ({@link FixedIds}): who writes one is known by different datagrams with the same, or by a third equal one that comes
 * later than mirrors of one switch are apart.
 */
public final class CopyFinder {
    private static final int SLOT_BITS = 12;
    private static final long WINDOW_NS = 100_000_000;
    private static final long WINDOW_WITHOUT_ID_NS = 1_000_000;

    /** Odd and random (those of wyhash). */
    private static final long K0 = 0xa076_1d64_78bd_642fL;

    private static final long K1 = 0xe703_7ed1_a0b4_28dbL;
    private static final long K2 = 0x8ebc_6af0_9c88_c6e3L;

    /** Fingerprint and time of the segment that came first, by turns. */
    private final long[] known = new long[2 << SLOT_BITS];

    /** Where a datagram was seen that came first. */
    private final long[] places = new long[1 << SLOT_BITS];

    /** Whether it was seen once more in that place. */
    private final boolean[] again = new boolean[1 << SLOT_BITS];

    private final FixedIds fixedIds = new FixedIds();

    /** Whether the segment was captured before; {@link PacketView#isCopy()} says so from now on. */
    public boolean mark(final PacketView view, final long captureTimeNs) {
        final long fingerprint = fingerprint(view);
        view.copy = isKnown(view, captureTimeNs, fingerprint);
        if (!view.copy) {
            note(slot(fingerprint), fingerprint, captureTimeNs);
        }
        return view.copy;
    }

    /** The same of a UDP datagram. */
    public boolean markDatagram(final PacketView view, final long captureTimeNs) {
        final long ends = ends(view);
        final long fingerprint = mix(fingerprint(view) ^ ofPayload(view), K1);
        final int slot = slot(fingerprint);
        final long place = mix(mix(view.linkPlace ^ view.tunnel, K2) ^ view.hopLimit, K0);
        view.copy = isKnown(view, captureTimeNs, fingerprint)
                && (places[slot] != place || isCopyInPlace(view, captureTimeNs, slot, ends));
        if (!view.copy) {
            note(slot, fingerprint, captureTimeNs);
            places[slot] = place;
            again[slot] = false;
            fixedIds.onDatagram(ends, view.ipId);
        }
        return view.copy;
    }

    /** An equal datagram came before, and nothing says that this one was seen elsewhere. */
    private boolean isCopyInPlace(final PacketView view, final long captureTimeNs, final int slot, final long ends) {
        if (view.ipId == 0 || fixedIds.isFixed(ends, view.ipId)) {
            return false;
        }
        if (again[slot] && Math.abs(captureTimeNs - known[(slot << 1) + 1]) > WINDOW_WITHOUT_ID_NS) {
            fixedIds.found(ends, view.ipId);
            return false;
        }
        again[slot] = true;
        return true;
    }

    private boolean isKnown(final PacketView view, final long captureTimeNs, final long fingerprint) {
        final int slot = slot(fingerprint) << 1;
        final long windowNs = view.ipId == 0 ? WINDOW_WITHOUT_ID_NS : WINDOW_NS;
        // Also before the first one: files of several interfaces are not always in order of time.
        return known[slot] == fingerprint && Math.abs(captureTimeNs - known[slot + 1]) <= windowNs;
    }

    private void note(final int slot, final long fingerprint, final long captureTimeNs) {
        known[slot << 1] = fingerprint;
        known[(slot << 1) + 1] = captureTimeNs;
    }

    /** The upper bits: each bit of the last word changes some of them. */
    private static int slot(final long fingerprint) {
        return (int) (fingerprint >>> (Long.SIZE - SLOT_BITS));
    }

    /** What tells one place on the link layer from another; a header that tells one packet from the next is none. */
    static long placeOf(final ByteBuffer buffer, final int offset, final int length, final int linktype) {
        return switch (linktype) {
            case Linktype.ETHERNET, Linktype.LINUX_SLL, Linktype.LINUX_SLL2 ->
                ofBytes(buffer, offset, offset + length, linktype);
            default -> linktype;
        };
    }

    private static long fingerprint(final PacketView view) {
        final long checksum = view.tcpChecksum;
        final long ports = (long) view.sourcePort << 48 | (long) view.destinationPort << 32;
        final long control = (long) view.segFlags << 56 ^ (long) view.segWnd << 32 ^ view.payloadLength;
        long hash = mix(addresses(view) ^ (ports | (view.segSeq & 0xffff_ffffL)), K1);
        hash = mix(hash ^ ((long) view.segAck << 32 | checksum << 16 | view.ipId), K2);
        return mix(hash ^ control, K0);
    }

    /** Of all that a direction of a conversation has in common. */
    private static long ends(final PacketView view) {
        final long ports = (long) view.sourcePort << 16 | view.destinationPort;
        return mix(mix(addresses(view) ^ ports, K2), K0);
    }

    private static long addresses(final PacketView view) {
        long hash = mix(view.sourceLow, K0);
        hash = mix(hash ^ view.destinationLow, K1);
        hash = mix(hash ^ view.sourceHigh, K2);
        return mix(hash ^ view.destinationHigh, K0);
    }

    private static long ofPayload(final PacketView view) {
        return ofBytes(view.buffer, view.payloadOffset, view.payloadOffset + view.payloadCaplen, K2);
    }

    private static long ofBytes(final ByteBuffer buffer, final int from, final int end, final long seed) {
        int at = from;
        long hash = seed;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            hash = mix(hash ^ Words.i64(buffer, at), K0);
        }
        for (; at < end; at++) {
            hash = mix(hash ^ buffer.get(at), K1);
        }
        return hash;
    }

    /** No two words become one: an odd factor and a shift can be undone. The shift lets high bits of a word matter to low ones. */
    private static long mix(final long word, final long factor) {
        final long product = word * factor;
        return product ^ product >>> 32;
    }
}
