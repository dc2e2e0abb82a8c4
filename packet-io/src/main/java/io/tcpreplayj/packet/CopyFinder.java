package io.tcpreplayj.packet;

/**
 * Tells copies that the capture made from segments that the sender sent again. One packet is captured twice by
 * {@code -i any}, by mirror ports on both sides of a router, and inside and outside of a tunnel; link layer, tunnel and
 * TTL differ then, and what the sender wrote does not.
 *
 * <p>A segment is a copy when one before it had the same addresses, ports, sequence number, acknowledgement, flags, window,
 * length, TCP checksum and IP identification, at most 100 ms earlier or later. Who sends again takes another
 * identification (RFC 791 3.2, RFC 6864 4.1) or waits for longer (RFC 6298 2.4). IPv6 has none, and some write 0 always;
 * then only 1 ms is allowed, less than a round trip that could have asked for it, and what the clock of RFC 7323 timestamps
 * changes the checksum by. A UDP datagram, which has no numbers and whose checksum may be left to the network card, is told by
 * its bytes instead. Only the last few thousand segments are known.
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

    /** Whether the segment was captured before; {@link PacketView#isCopy()} says so from now on. */
    public boolean mark(final PacketView view, final long captureTimeNs) {
        return mark(view, captureTimeNs, fingerprint(view));
    }

    /** The same of a UDP datagram. */
    public boolean markDatagram(final PacketView view, final long captureTimeNs) {
        return mark(view, captureTimeNs, mix(fingerprint(view) ^ ofPayload(view), K1));
    }

    private boolean mark(final PacketView view, final long captureTimeNs, final long fingerprint) {
        // The upper bits: each bit of the last word changes some of them.
        final int slot = (int) (fingerprint >>> (Long.SIZE - SLOT_BITS)) << 1;
        final long windowNs = view.ipId == 0 ? WINDOW_WITHOUT_ID_NS : WINDOW_NS;
        // Also before the first one: files of several interfaces are not always in order of time.
        final boolean copy = known[slot] == fingerprint && Math.abs(captureTimeNs - known[slot + 1]) <= windowNs;
        if (!copy) {
            known[slot] = fingerprint;
            known[slot + 1] = captureTimeNs;
        }
        view.copy = copy;
        return copy;
    }

    private static long fingerprint(final PacketView view) {
        final long checksum = view.tcpChecksum;
        final long ports = (long) view.sourcePort << 48 | (long) view.destinationPort << 32;
        final long control = (long) view.segFlags << 56 ^ (long) view.segWnd << 32 ^ view.payloadLength;
        long hash = mix(view.sourceLow, K0);
        hash = mix(hash ^ view.destinationLow, K1);
        hash = mix(hash ^ view.sourceHigh, K2);
        hash = mix(hash ^ view.destinationHigh, K0);
        hash = mix(hash ^ (ports | (view.segSeq & 0xffff_ffffL)), K1);
        hash = mix(hash ^ ((long) view.segAck << 32 | checksum << 16 | view.ipId), K2);
        return mix(hash ^ control, K0);
    }

    private static long ofPayload(final PacketView view) {
        final int end = view.payloadOffset + view.payloadCaplen;
        int at = view.payloadOffset;
        long hash = K2;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            hash = mix(hash ^ Words.i64(view.buffer, at), K0);
        }
        for (; at < end; at++) {
            hash = mix(hash ^ view.buffer.get(at), K1);
        }
        return hash;
    }

    /** No two words become one: an odd factor and a shift can be undone. The shift lets high bits of a word matter to low ones. */
    private static long mix(final long word, final long factor) {
        final long product = word * factor;
        return product ^ product >>> 32;
    }
}
