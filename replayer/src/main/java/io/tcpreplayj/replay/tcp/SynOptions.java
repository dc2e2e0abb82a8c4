package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.TcpOptions;
import java.util.Arrays;

/**
 * The options of our SYN: those of the captured one, in its order and with its padding, so that the target sees the same
 * kind of client. What we could not honour is left out; the values that must be ours are set.
 */
final class SynOptions {
    /** RFC 7323 2.2; the shift of the windows we offer unless the window needs more. */
    private static final int USUAL_WINDOW_SHIFT = 7;

    private static final int MAX_LENGTH = 40;
    private static final byte[] SYNTHESIZED = {
        TcpOptions.MSS,
        4,
        (byte) 0xff,
        (byte) 0xff,
        TcpOptions.SACK_PERMITTED,
        2,
        TcpOptions.TIMESTAMPS,
        10,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        TcpOptions.NOP,
        TcpOptions.WINDOW_SCALE,
        3,
        USUAL_WINDOW_SHIFT
    };

    private final byte[] bytes;
    private final int mssAt;
    private final int timestampsAt;
    private final boolean sackPermitted;
    private final int windowShift;

    /**
     * What our SYN will carry.
     *
     * @param captured options of the captured SYN, empty when it was not captured
     * @param maxMss what the path's first hop takes
     * @param receiveWindow the window we mean to offer, bytes
     */
    SynOptions(final byte[] captured, final int maxMss, final int receiveWindow) {
        final byte[] from = captured.length == 0 ? SYNTHESIZED : captured;
        final byte[] to = new byte[MAX_LENGTH];
        int length = 0;
        int mss = -1;
        int ts = -1;
        boolean sack = false;
        int shift = -1;
        int at = 0;
        while (at < from.length && length < MAX_LENGTH) {
            final int kind = from[at] & 0xff;
            final int optionLength = lengthAt(from, at);
            if (optionLength == 0) {
                break;
            }
            final int next = at + optionLength;
            if (offered(kind, optionLength) && length + optionLength <= MAX_LENGTH) {
                System.arraycopy(from, at, to, length, optionLength);
                switch (kind) {
                    case TcpOptions.MSS -> {
                        mss = length + 2;
                        clampMss(to, mss, maxMss);
                    }
                    case TcpOptions.SACK_PERMITTED -> sack = true;
                    case TcpOptions.TIMESTAMPS -> {
                        ts = length + 2;
                        Arrays.fill(to, ts, ts + 8, (byte) 0);
                    }
                    case TcpOptions.WINDOW_SCALE -> {
                        shift = shiftFor(receiveWindow);
                        to[length + 2] = (byte) shift;
                    }
                    default -> {
                        // Sent as captured.
                    }
                }
                length += optionLength;
            }
            at = next;
        }
        // RFC 9293 3.1: the header ends on a 32-bit boundary, padded with zeros.
        bytes = Arrays.copyOf(to, (length + 3) & ~3);
        mssAt = mss;
        timestampsAt = ts;
        sackPermitted = sack;
        windowShift = shift;
    }

    /** Length of the option, 1 for END and NOP, 0 when it is not all there. */
    private static int lengthAt(final byte[] options, final int at) {
        final int kind = options[at] & 0xff;
        if (kind == TcpOptions.END || kind == TcpOptions.NOP) {
            return 1;
        }
        final int length = at + 1 < options.length ? options[at + 1] & 0xff : 0;
        return length < 2 || length > options.length - at ? 0 : length;
    }

    /** Whether we can honour the option: an unknown one is the target's to ignore, these change the protocol. */
    private static boolean offered(final int kind, final int length) {
        return switch (kind) {
            case TcpOptions.MSS -> length == 4;
            case TcpOptions.WINDOW_SCALE -> length == 3;
            case TcpOptions.SACK_PERMITTED -> length == 2;
            case TcpOptions.TIMESTAMPS -> length == 10;
            // MD5 (RFC 2385), AO (RFC 5925), MPTCP (RFC 8684), Fast Open (RFC 7413), AccECN (RFC 9768),
            // experiments (RFC 6994).
            case 19, 29, 30, 34, 172, 174, 253, 254 -> false;
            default -> true;
        };
    }

    private static void clampMss(final byte[] options, final int at, final int maxMss) {
        final int captured = (options[at] & 0xff) << 8 | (options[at + 1] & 0xff);
        final int mss = Math.min(captured, maxMss);
        options[at] = (byte) (mss >> 8);
        options[at + 1] = (byte) mss;
    }

    private static int shiftFor(final int receiveWindow) {
        int shift = USUAL_WINDOW_SHIFT;
        while (shift < TcpOptions.MAX_WINDOW_SHIFT && receiveWindow >> shift > 0xffff) {
            shift++;
        }
        return shift;
    }

    /** The first hop takes no more than that any more: as with the kernel, what was offered before is not offered again. */
    void narrow(final int maxMss) {
        if (mssAt >= 0) {
            clampMss(bytes, mssAt, maxMss);
        }
    }

    /** Fills in the options of a SYN that leaves now. */
    void write(final SegmentOut out, final int tsVal) {
        System.arraycopy(bytes, 0, out.options, 0, bytes.length);
        out.optionsLength = bytes.length;
        if (timestampsAt >= 0) {
            Timestamps.putInt(out.options, timestampsAt, tsVal);
        }
    }

    boolean offersTimestamps() {
        return timestampsAt >= 0;
    }

    boolean offersSack() {
        return sackPermitted;
    }

    /** The shift we offer, or -1 when we offer none. */
    int windowShift() {
        return windowShift;
    }
}
