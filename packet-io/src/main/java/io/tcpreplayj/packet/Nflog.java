package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * Packets as Linux's netfilter logs them (LINKTYPE_NFLOG): a header of 4 bytes, then attributes, each padded to 4 bytes.
 * One of them is the packet. Their fields are in the byte order of the capturing host, which the file does not tell.
 *
 * <pre>
 * +--------+---------+-------------+---------+---------+---------------+-----
 * | family | version | resource id | length  |  type   |  value ...    | ...
 * +--------+---------+-------------+---------+---------+---------------+-----
 * </pre>
 */
final class Nflog {
    private static final int HEADER_LENGTH = 4;
    private static final int ATTRIBUTE_LENGTH = 4;

    /** NFULA_PAYLOAD of linux/netfilter/nfnetlink_log.h. */
    private static final int PAYLOAD = 9;

    /** The kernel defines about twenty attributes; more than these are an attack. */
    private static final int MAX_ATTRIBUTES = 64;

    private Nflog() {}

    /** As {@link LinkLayer#findNetworkLayer}. */
    static int behind(final ByteBuffer buffer, final int offset, final int caplen) {
        int at = HEADER_LENGTH;
        for (int i = 0; i < MAX_ATTRIBUTES && caplen - at >= ATTRIBUTE_LENGTH; i++) {
            final int type = buffer.getShort(offset + at + 2) & 0xffff;
            // Types are small and not 0, so the byte that is 0 is the upper one.
            final boolean bigEndian = type < 0x100;
            final int rawLength = buffer.getShort(offset + at) & 0xffff;
            final int length = bigEndian ? rawLength : Short.reverseBytes((short) rawLength) & 0xffff;
            if (length < ATTRIBUTE_LENGTH) {
                return LinkLayer.TOO_SHORT;
            }
            if ((bigEndian ? type : type >>> 8) == PAYLOAD) {
                return LinkLayer.byVersion(buffer, offset, at + ATTRIBUTE_LENGTH, caplen);
            }
            at += length + 3 & ~3;
        }
        return caplen - at < ATTRIBUTE_LENGTH ? LinkLayer.TOO_SHORT : LinkLayer.NO_ETHERTYPE;
    }
}
