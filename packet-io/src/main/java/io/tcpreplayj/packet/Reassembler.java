package io.tcpreplayj.packet;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Packets to segments with IP fragments put together: a {@link PacketDecoder} that opens tunnels, behind it datagrams
 * that wait for their other fragments, also inside tunnels. The fragment that completes a datagram gets the datagram's
 * verdict, so a segment that came in fragments counts once; the others are {@link Verdict#FRAGMENT}.
 *
 * <p>What a view says is valid until the next call.
 */
public final class Reassembler {
    private static final int NOTHING = -1;

    private final PacketDecoder decoder = PacketDecoder.openingTunnels();
    private @Nullable FragmentTable table;
    /** A slot that the last view points into. */
    private int lent = NOTHING;

    private long fragments;
    private long datagram;

    /** As {@link PacketDecoder#decode}, at the packet's time. */
    public Verdict decode(
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype,
            final PacketView view) {
        final Verdict verdict = decoder.decode(buffer, offset, caplen, origlen, linktype, view);
        datagram = verdict == Verdict.FRAGMENT ? hash(view) : 0;
        return verdict == Verdict.FRAGMENT ? reassemble(captureTimeNs, view) : verdict;
    }

    /**
     * Of which datagram the last packet was a fragment: a hash of what RFC 791 and RFC 8200 tell datagrams apart by, the
     * same for all fragments of one; 0 for a packet that was none. (Of a fragment within a fragmented one: the outer one.)
     */
    public long datagram() {
        return datagram;
    }

    private static long hash(final PacketView view) {
        long hash = mix(view.sourceHigh, view.sourceLow);
        hash = mix(hash, view.destinationHigh);
        hash = mix(hash, view.destinationLow);
        hash = mix(hash, (long) view.fragmentId << 8 | view.fragmentProtocol);
        return hash == 0 ? 1 : hash;
    }

    private static long mix(final long hash, final long value) {
        final long mixed = (hash ^ value) * 0x9e37_79b9_7f4a_7c15L;
        return mixed ^ mixed >>> 32;
    }

    private Verdict reassemble(final long captureTimeNs, final PacketView view) {
        final FragmentTable datagrams = table == null ? new FragmentTable() : table;
        table = datagrams;
        if (lent != NOTHING) {
            datagrams.release(lent);
            lent = NOTHING;
        }
        Verdict verdict = Verdict.FRAGMENT;
        // A datagram may hold a fragment of another one; each of them has a slot, so this ends.
        while (verdict == Verdict.FRAGMENT) {
            fragments++;
            final int slot = datagrams.add(view, captureTimeNs);
            if (lent != NOTHING) {
                datagrams.release(lent);
            }
            lent = slot;
            if (slot == FragmentTable.WAITS) {
                return Verdict.FRAGMENT;
            }
            view.buffer = datagrams.bytes();
            verdict = decoder.decodeReassembled(
                    datagrams.offset(slot), datagrams.caplen(slot), datagrams.length(slot), view);
        }
        return verdict;
    }

    /** No more packets will come: what waits is incomplete. */
    public void finish() {
        if (table != null) {
            if (lent != NOTHING) {
                table.release(lent);
                lent = NOTHING;
            }
            table.finish();
        }
    }

    /** IP fragments so far; one inside a tunnel whose own packet was fragmented is one more. */
    public long fragments() {
        return fragments;
    }

    /** Fragments that came to this end so far; of all ends they add up to {@link #fragments} after {@link #finish}. */
    public long count(final FragmentFate fate) {
        return table == null ? 0 : table.count(fate);
    }
}
