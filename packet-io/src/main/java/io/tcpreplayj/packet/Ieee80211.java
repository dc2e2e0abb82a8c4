package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * IEEE 802.11 data frames (IEEE 802.11-2020 9.3.2), and what capture tools put before them. Fields of radiotap and PPI are
 * little-endian, those of AVS big-endian.
 *
 * <pre>
 *   0         1        2         4                      22         24
 * +---------+--------+---------+----------------------+----------+------------------------------------------
 * | control | flags  | duration|  three addresses     | sequence | [4th address] [QoS] [HT control] LLC ...
 * +---------+--------+---------+----------------------+----------+------------------------------------------
 * </pre>
 */
final class Ieee80211 {
    private static final int HEADER_LENGTH = 24;
    private static final int SEQUENCE_CONTROL_OFFSET = 22;

    /** First byte: version and type; the subtype's bits above them. */
    private static final int VERSION_AND_TYPE = 0x0f;

    private static final int DATA = 0x08;
    private static final int WITHOUT_DATA = 0x40;
    private static final int WITH_QOS = 0x80;

    /** Second byte. */
    private static final int BETWEEN_STATIONS = 0x03;

    private static final int MORE_FRAGMENTS = 0x04;
    private static final int PROTECTED = 0x40;
    private static final int ORDER = 0x80;

    /** Bit of the QoS control field's first byte: several packets in one frame. */
    private static final int A_MSDU = 0x80;

    private static final int ADDRESS_LENGTH = 6;
    private static final int QOS_LENGTH = 2;
    private static final int HT_CONTROL_LENGTH = 4;

    private static final int RADIOTAP_LENGTH = 8;
    private static final int RADIOTAP_TSFT = 1;
    private static final int RADIOTAP_FLAGS = 2;
    /** Radiotap flag: the header is padded to a multiple of 4 bytes. */
    private static final int PADDED = 0x20;

    private static final int PRISM_LENGTH = 144;
    private static final int AVS_LENGTH = 64;
    private static final int AVS_MAGIC = 0x80211;
    private static final int PPI_LENGTH = 8;

    private Ieee80211() {}

    /** As {@link LinkLayer#findNetworkLayer}, for a frame at {@code at}. */
    static int behind(final ByteBuffer buffer, final int offset, final int at, final int caplen, final boolean padded) {
        if (caplen - at < HEADER_LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        final int frame = offset + at;
        final int control = buffer.get(frame) & 0xff;
        final int flags = buffer.get(frame + 1) & 0xff;
        if ((control & VERSION_AND_TYPE) != DATA || (control & WITHOUT_DATA) != 0) {
            return LinkLayer.NO_ETHERTYPE;
        }
        if ((flags & PROTECTED) != 0) {
            return LinkLayer.ENCRYPTED;
        }
        int length = HEADER_LENGTH + ((flags & BETWEEN_STATIONS) == BETWEEN_STATIONS ? ADDRESS_LENGTH : 0);
        boolean whole = (flags & MORE_FRAGMENTS) == 0 && (buffer.get(frame + SEQUENCE_CONTROL_OFFSET) & 0x0f) == 0;
        if ((control & WITH_QOS) != 0) {
            if (caplen - at < length + QOS_LENGTH) {
                return LinkLayer.TOO_SHORT;
            }
            whole &= (buffer.get(frame + length) & A_MSDU) == 0;
            length += QOS_LENGTH + ((flags & ORDER) != 0 ? HT_CONTROL_LENGTH : 0);
        }
        if (!whole) {
            return LinkLayer.NOT_WHOLE;
        }
        return Llc.behind(buffer, offset, at + (padded ? length + 3 & ~3 : length), caplen);
    }

    /** As {@link LinkLayer#findNetworkLayer}, for a radiotap header (radiotap.org). */
    static int behindRadiotap(final ByteBuffer buffer, final int offset, final int caplen) {
        if (caplen < RADIOTAP_LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        final int length = littleEndian16(buffer, offset + 2);
        if (length < RADIOTAP_LENGTH || length > caplen) {
            return LinkLayer.TOO_SHORT;
        }
        final int present = buffer.get(offset + 4) & 0xff;
        int fields = RADIOTAP_LENGTH;
        // Bit 31 of each word of presence bits says that one more follows; the top byte is the last.
        while (buffer.get(offset + fields - 1) < 0) {
            fields += 4;
            if (fields > length) {
                return LinkLayer.TOO_SHORT;
            }
        }
        if ((present & RADIOTAP_TSFT) != 0) {
            fields = (fields + 7 & ~7) + 8;
        }
        final boolean padded =
                (present & RADIOTAP_FLAGS) != 0 && fields < length && (buffer.get(offset + fields) & PADDED) != 0;
        return behind(buffer, offset, length, caplen, padded);
    }

    /** As {@link LinkLayer#findNetworkLayer}, for Prism's header, in whose place some drivers write AVS's. */
    static int behindPrism(final ByteBuffer buffer, final int offset, final int caplen) {
        if (caplen < AVS_LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        return buffer.getInt(offset) >>> 12 == AVS_MAGIC
                ? behindAvs(buffer, offset, caplen)
                : behind(buffer, offset, PRISM_LENGTH, caplen, false);
    }

    /** As {@link LinkLayer#findNetworkLayer}, for the header of the AVS capture format: version, then its length. */
    static int behindAvs(final ByteBuffer buffer, final int offset, final int caplen) {
        if (caplen < AVS_LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        final int length = buffer.getInt(offset + 4);
        return length < AVS_LENGTH || length > caplen
                ? LinkLayer.TOO_SHORT
                : behind(buffer, offset, length, caplen, false);
    }

    /** As {@link LinkLayer#findNetworkLayer}, for the Per-Packet Information header (PPI 1.0.10) before IEEE 802.11. */
    static int behindPpi(final ByteBuffer buffer, final int offset, final int caplen) {
        if (caplen < PPI_LENGTH) {
            return LinkLayer.TOO_SHORT;
        }
        final int length = littleEndian16(buffer, offset + 2);
        if (length < PPI_LENGTH || length > caplen) {
            return LinkLayer.TOO_SHORT;
        }
        return Integer.reverseBytes(buffer.getInt(offset + 4)) == Linktype.IEEE802_11
                ? behind(buffer, offset, length, caplen, false)
                : LinkLayer.NO_ETHERTYPE;
    }

    private static int littleEndian16(final ByteBuffer buffer, final int at) {
        return Short.reverseBytes(buffer.getShort(at)) & 0xffff;
    }
}
