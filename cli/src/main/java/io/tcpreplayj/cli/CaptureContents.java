package io.tcpreplayj.cli;

import io.tcpreplayj.packet.FragmentFate;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.Reassembler;
import io.tcpreplayj.packet.Tunnel;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What was in a capture, or in several: link types, tunnels, fragments, packets that the snaplen cut, copies. */
@SuppressWarnings("EnumOrdinal") // Indexes of counters in memory, one a packet; nothing stores them.
final class CaptureContents {
    /** Link types told apart; the interfaces of a hostile pcapng may have as many as there are numbers. */
    private static final int MAX_LINKTYPES = 32;

    private final int[] linktypes = new int[MAX_LINKTYPES];
    private final long[] byLinktype = new long[MAX_LINKTYPES];
    private final long[] byTunnel = new long[Tunnel.Kind.values().length];
    private final long[] byFate = new long[FragmentFate.values().length];
    private int linktypesSeen;
    private long otherLinktypes;
    private long truncated;
    private long copies;
    private long fragments;

    void onPacket(final int caplen, final int origlen, final int linktype) {
        if (caplen < origlen) {
            truncated++;
        }
        count(linktype, 1);
    }

    /** A segment that is indexed; {@code copy}: the capture holds it once more. */
    void onSegment(final long tunnel, final boolean copy) {
        copies += copy ? 1 : 0;
        if (tunnel != Tunnel.NONE) {
            byTunnel[Tunnel.kind(tunnel).ordinal()]++;
        }
    }

    /** All fragments, once there will be no more. */
    void onFragments(final Reassembler reassembler) {
        fragments += reassembler.fragments();
        for (final FragmentFate fate : FragmentFate.values()) {
            byFate[fate.ordinal()] += reassembler.count(fate);
        }
    }

    void add(final CaptureContents other) {
        for (int i = 0; i < other.linktypesSeen; i++) {
            count(other.linktypes[i], other.byLinktype[i]);
        }
        for (int i = 0; i < byTunnel.length; i++) {
            byTunnel[i] += other.byTunnel[i];
        }
        for (int i = 0; i < byFate.length; i++) {
            byFate[i] += other.byFate[i];
        }
        otherLinktypes += other.otherLinktypes;
        truncated += other.truncated;
        copies += other.copies;
        fragments += other.fragments;
    }

    private void count(final int linktype, final long packets) {
        int i = 0;
        while (i < linktypesSeen && linktypes[i] != linktype) {
            i++;
        }
        if (i == MAX_LINKTYPES) {
            otherLinktypes += packets;
            return;
        }
        linktypes[i] = linktype;
        linktypesSeen = Math.max(linktypesSeen, i + 1);
        byLinktype[i] += packets;
    }

    /** Packets by link type. */
    Map<String, Long> linkTypes() {
        final Map<String, Long> counts = new LinkedHashMap<>();
        for (int i = 0; i < linktypesSeen; i++) {
            // Several numbers may have one name.
            counts.merge(word(Linktype.name(linktypes[i])), byLinktype[i], Long::sum);
        }
        if (otherLinktypes > 0) {
            counts.put("others", otherLinktypes);
        }
        return counts;
    }

    boolean isEthernetOnly() {
        return linktypesSeen == 0 || (linktypesSeen == 1 && linktypes[0] == Linktype.ETHERNET);
    }

    /** Indexed segments by the innermost tunnel that they were in. */
    Map<String, Long> tunnels() {
        final Map<String, Long> counts = new LinkedHashMap<>();
        for (final Tunnel.Kind kind : Tunnel.Kind.values()) {
            put(counts, word(kind.name()), byTunnel[kind.ordinal()]);
        }
        return counts;
    }

    /** IP fragments by what became of them. */
    Map<String, Long> fragments() {
        final Map<String, Long> counts = new LinkedHashMap<>();
        for (final FragmentFate fate : FragmentFate.values()) {
            put(counts, word(fate.name()), byFate[fate.ordinal()]);
        }
        return counts;
    }

    /** Packets of which the capture holds less than was on the wire. */
    long truncated() {
        return truncated;
    }

    /** Indexed segments that were captured before, on another interface or in another tunnel; they count as indexed. */
    long copies() {
        return copies;
    }

    /** The first sum that is wrong, in words; empty when all hold. */
    String fault(final long packets) {
        long sum = otherLinktypes;
        for (final long count : byLinktype) {
            sum += count;
        }
        if (sum != packets) {
            return "link types do not add up: " + packets + " packets, " + sum + " by link type";
        }
        sum = 0;
        for (final long count : byFate) {
            sum += count;
        }
        return sum == fragments ? "" : "fragments do not add up: " + fragments + " seen, " + sum + " accounted for";
    }

    private static void put(final Map<String, Long> counts, final String name, final long count) {
        if (count > 0) {
            counts.put(name, count);
        }
    }

    private static String word(final String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-').replace(' ', '-');
    }
}
