package io.tcpreplayj.replay.judge;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Sums an HTTP answer as if it had been sent when the recorded one was: where the recorded head holds the value of the
 * Date field (RFC 9110 6.6.1), the recorded bytes are summed in place of live ones that are a date as well.
 *
 * <p>All other bytes are summed as they came, the field's name before the value and the line's end behind it too. So a
 * Date at another place, or none, still makes a different sum. Only the first head of an answer is looked at, and only as
 * much of it as was recorded. No allocation after construction.
 */
final class DateMask {
    /** RFC 9110 5.6.7, IMF-fixdate; {@code a} stands for a letter, {@code 9} for a digit. */
    private static final String SHAPE = "aaa, 99 aaa 9999 99:99:99 GMT";

    private static final String STATUS_LINE = "http/1.";
    private static final String FIELD = "\r\ndate:";
    private static final int NONE = -1;

    private byte[] recorded = {};
    private int valueAt = NONE;

    /** Takes aim at the answer that begins with {@code recordedHead}; the array is borrowed. */
    void aim(final byte[] recordedHead) {
        recorded = recordedHead;
        valueAt = NONE;
        if (!matches(STATUS_LINE, 0)) {
            return;
        }
        for (int i = 0; !matches("\r\n\r\n", i) && i < recorded.length; i++) {
            if (matches(FIELD, i)) {
                valueAt = dateAt(i + FIELD.length());
                return;
            }
        }
    }

    /**
     * Sums the buffer's remaining bytes and leaves none.
     *
     * @param position of the first one within the answer
     */
    void update(final CRC32C crc, final ByteBuffer live, final long position) {
        final long last = position + live.remaining();
        if (valueAt == NONE || position >= valueAt + SHAPE.length() || last <= valueAt) {
            crc.update(live);
            return;
        }
        final int limit = live.limit();
        int at = (int) Math.max(position, valueAt);
        live.limit(live.position() + (int) (at - position));
        crc.update(live);
        live.limit(limit);
        for (; at < valueAt + SHAPE.length() && live.hasRemaining(); at++) {
            final byte came = live.get();
            crc.update(fits(came, SHAPE.charAt(at - valueAt)) ? recorded[at] : came);
        }
        crc.update(live);
    }

    /** Where the date behind {@code from} begins, or {@link #NONE} when the head holds none, or not all of it. */
    private int dateAt(final int from) {
        int at = from;
        while (at < recorded.length && (recorded[at] == ' ' || recorded[at] == '\t')) {
            at++;
        }
        if (at + SHAPE.length() > recorded.length) {
            return NONE;
        }
        for (int i = 0; i < SHAPE.length(); i++) {
            if (!fits(recorded[at + i], SHAPE.charAt(i))) {
                return NONE;
            }
        }
        return at;
    }

    private static boolean fits(final byte came, final char shape) {
        return switch (shape) {
            case 'a' -> lower(came) >= 'a' && lower(came) <= 'z';
            case '9' -> came >= '0' && came <= '9';
            default -> came == shape;
        };
    }

    private boolean matches(final String lowerCase, final int at) {
        if (at + lowerCase.length() > recorded.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length(); i++) {
            if (lower(recorded[at + i]) != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int lower(final byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
    }
}
