package io.tcpreplayj.cli.export;

import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fragments whose flow is not known before their datagram is whole, in bounded memory: the oldest datagram makes room, as
 * in the reassembly.
 */
final class HeldFragments {
    private static final long MAX_BYTES = 32L << 20;
    /** What a fragment takes beside its bytes, about. */
    private static final int OVERHEAD = 128;

    private record Fragment(ByteBuffer bytes, int origlen, long captureTimeNs, int linktype) {}

    private final Map<Long, List<Fragment>> datagrams = new LinkedHashMap<>();
    private long heldBytes;

    void hold(
            final long datagram,
            final ByteBuffer buffer,
            final int offset,
            final int caplen,
            final int origlen,
            final long captureTimeNs,
            final int linktype) {
        while (heldBytes + caplen + OVERHEAD > MAX_BYTES && !datagrams.isEmpty()) {
            release(datagrams.keySet().iterator().next(), null);
        }
        final byte[] copy = new byte[caplen];
        buffer.get(offset, copy);
        heldBytes += caplen + OVERHEAD;
        datagrams
                .computeIfAbsent(datagram, key -> new ArrayList<>())
                .add(new Fragment(ByteBuffer.wrap(copy), origlen, captureTimeNs, linktype));
    }

    /** The datagram is whole: its fragments go to {@code out}, or nowhere. */
    void release(final long datagram, final @Nullable PacketHandler out) {
        final List<Fragment> fragments = datagrams.remove(datagram);
        if (fragments == null) {
            return;
        }
        for (final Fragment fragment : fragments) {
            final int caplen = fragment.bytes.capacity();
            heldBytes -= caplen + OVERHEAD;
            if (out != null) {
                out.onPacket(fragment.bytes, 0, caplen, fragment.origlen, fragment.captureTimeNs, fragment.linktype);
            }
        }
    }
}
