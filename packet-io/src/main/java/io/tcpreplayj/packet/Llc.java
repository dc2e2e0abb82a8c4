package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * An LLC header (IEEE 802.2), with SNAP behind it (RFC 1042) or not.
 *
 * <pre>
 * +------+------+---------+-----------------+-----------+
 * | DSAP | SSAP | control |  organization   | EtherType |
 * |  aa  |  aa  |   03    |    00 00 00     |           |
 * +------+------+---------+-----------------+-----------+
 * </pre>
 */
final class Llc {
    private static final int LENGTH = 3;
    private static final int SNAP_LENGTH = 8;

    /** DSAP and SSAP. */
    private static final int SNAP = 0xaaaa;

    private static final int IP = 0x0606;
    private static final int UNNUMBERED_INFORMATION = 3;

    /** The organization code of IEEE 802.1H's bridge tunnels, which hold EtherTypes too. */
    private static final int BRIDGE_TUNNEL = 0x0000f8;

    private Llc() {}

    /** As {@link LinkLayer#findNetworkLayer}, for an LLC header at {@code at}. */
    static int behind(final ByteBuffer buffer, final int offset, final int at, final int caplen) {
        if (caplen - at < LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        final int saps = buffer.getShort(offset + at) & 0xffff;
        if (buffer.get(offset + at + 2) != UNNUMBERED_INFORMATION || (saps != SNAP && saps != IP)) {
            return LinkLayer.NO_ETHERTYPE;
        }
        if (saps == IP) {
            return LinkLayer.found(at + LENGTH, EtherType.IPV4);
        }
        if (caplen - at < SNAP_LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        final int organization = buffer.getInt(offset + at + LENGTH) >>> 8;
        return organization == 0 || organization == BRIDGE_TUNNEL
                ? LinkLayer.found(at + SNAP_LENGTH, buffer.getShort(offset + at + 6) & 0xffff)
                : LinkLayer.NO_ETHERTYPE;
    }
}
