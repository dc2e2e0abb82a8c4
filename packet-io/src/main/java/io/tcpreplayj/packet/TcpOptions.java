package io.tcpreplayj.packet;

import java.nio.ByteBuffer;

/**
 * The options of one TCP header that a connection acts upon; one instance is reused. Lengths that an option claims are
 * compared with its kind and with what is there: an option of the wrong length is passed over, one that claims less than
 * its own header or more than there is ends the parsing (RFC 9293 3.1).
 */
public final class TcpOptions {
    public static final int END = 0;
    public static final int NOP = 1;
    public static final int MSS = 2;
    public static final int WINDOW_SCALE = 3;
    public static final int SACK_PERMITTED = 4;
    public static final int SACK = 5;
    public static final int TIMESTAMPS = 8;

    /** RFC 7323 2.3: a greater shift is taken as 14. */
    public static final int MAX_WINDOW_SHIFT = 14;

    private int mss;
    private int windowShift;
    private boolean sackPermitted;
    private boolean timestamps;
    private int tsVal;
    private int tsEcr;
    private int sackBlocks;
    private int sackOffset;

    /** Parses {@code length} bytes of options from the absolute index {@code offset} on. */
    public void parse(final ByteBuffer buffer, final int offset, final int length) {
        mss = -1;
        windowShift = -1;
        sackPermitted = false;
        timestamps = false;
        sackBlocks = 0;
        final int end = offset + length;
        int at = offset;
        while (at < end) {
            final int kind = buffer.get(at) & 0xff;
            if (kind == END) {
                return;
            }
            if (kind == NOP) {
                at++;
                continue;
            }
            final int optionLength = at + 1 < end ? buffer.get(at + 1) & 0xff : 0;
            if (optionLength < 2 || optionLength > end - at) {
                return;
            }
            take(buffer, at, kind, optionLength);
            at += optionLength;
        }
    }

    private void take(final ByteBuffer buffer, final int at, final int kind, final int optionLength) {
        if (kind == TIMESTAMPS && optionLength == 10) {
            timestamps = true;
            tsVal = buffer.getInt(at + 2);
            tsEcr = buffer.getInt(at + 6);
        } else if (kind == MSS && optionLength == 4) {
            mss = buffer.getShort(at + 2) & 0xffff;
        } else if (kind == WINDOW_SCALE && optionLength == 3) {
            windowShift = Math.min(buffer.get(at + 2) & 0xff, MAX_WINDOW_SHIFT);
        } else if (kind == SACK_PERMITTED && optionLength == 2) {
            sackPermitted = true;
        } else if (kind == SACK && (optionLength & 7) == 2) {
            sackBlocks = optionLength >> 3;
            sackOffset = at + 2;
        }
    }

    /** Maximum segment size, 0 to 65535, or -1. */
    public int mss() {
        return mss;
    }

    /** Window shift, 0 to 14, or -1. */
    public int windowShift() {
        return windowShift;
    }

    public boolean sackPermitted() {
        return sackPermitted;
    }

    public boolean hasTimestamps() {
        return timestamps;
    }

    /** TSval; meaningless unless {@link #hasTimestamps()}. */
    public int tsVal() {
        return tsVal;
    }

    /** TSecr; meaningless unless {@link #hasTimestamps()}. */
    public int tsEcr() {
        return tsEcr;
    }

    /** SACK blocks, 0 to 4. */
    public int sackBlocks() {
        return sackBlocks;
    }

    /** Absolute index of the first SACK block (left and right edge, 4 bytes each); meaningless without blocks. */
    public int sackOffset() {
        return sackOffset;
    }
}
