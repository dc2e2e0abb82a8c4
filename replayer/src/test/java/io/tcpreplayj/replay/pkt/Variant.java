package io.tcpreplayj.replay.pkt;

import java.util.ArrayList;
import java.util.List;

/**
 * The numbers that one run of a script begins with (TF-04, TF-45): relative numbers of a script become these on the wire.
 *
 * @param v6 IPv6, else IPv4
 * @param iss the client's initial sequence number
 * @param targetIss the target's
 * @param tsBase what the client's TSval is relative to
 * @param targetTsBase what the target's is relative to
 */
record Variant(boolean v6, int iss, int targetIss, int tsBase, int targetTsBase) {
    /** The client's TSval at a script's start, relative. */
    static final int FIRST_TSVAL = 100;

    private static final int[] EDGES = {
        0, 1, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_ffff, 0xffff_ff9c, 0x7fff_fc00
    };

    /** The sign changes, or the numbers wrap, early in a script; none is 0 (which is no timestamp) at a time that is round. */
    private static final int[] TS_EDGES = {0, 0x7fff_ff80, -137, 0x8000_0000, 0x7fff_f923, -1333};

    /** Both families, each number at each edge of its space. */
    static List<Variant> all() {
        final List<Variant> all = new ArrayList<>();
        for (int i = 0; i < EDGES.length; i++) {
            for (final boolean v6 : new boolean[] {false, true}) {
                all.add(new Variant(v6, EDGES[i], EDGES[(3 * i + 5) % EDGES.length], tsEdge(i), tsEdge(5 * i + 3)));
            }
        }
        return List.copyOf(all);
    }

    private static int tsEdge(final int i) {
        return TS_EDGES[i % TS_EDGES.length];
    }

    @Override
    public String toString() {
        return "%s, ISS 0x%08x, target's 0x%08x, TSval from 0x%08x, target's 0x%08x"
                .formatted(v6 ? "IPv6" : "IPv4", iss, targetIss, tsBase, targetTsBase);
    }
}
