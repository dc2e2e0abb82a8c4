package io.tcpreplayj.replay.judge;

import io.tcpreplayj.flow.Crc32cMath;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
    private static final byte[] SHAPE = ascii("aaa, 99 aaa 9999 99:99:99 GMT");

    private static final byte[] STATUS_LINE = ascii("http/1.");
    private static final byte[] FIELD = ascii("\r\ndate:");
    private static final byte[] HEAD_END = ascii("\r\n\r\n");
    private static final byte[] NO_DIFFERENCE = new byte[SHAPE.length];
    private static final int NONE = -1;

    private final byte[] summed = new byte[SHAPE.length];
    private byte[] recorded = {};
    private int valueAt = NONE;

    /** Takes aim at the answer that begins with {@code recordedHead}; the array is borrowed. */
    void aim(final byte[] recordedHead) {
        recorded = recordedHead;
        valueAt = NONE;
        if (!matches(STATUS_LINE, 0)) {
            return;
        }
        for (int i = lineEnd(0); i < recorded.length && !matches(HEAD_END, i); i = lineEnd(i + 1)) {
            if (matches(FIELD, i)) {
                valueAt = dateAt(i + FIELD.length);
                return;
            }
        }
    }

    /** The next carriage return, or the recorded head's end. */
    private int lineEnd(final int from) {
        int at = from;
        while (at < recorded.length && recorded[at] != '\r') {
            at++;
        }
        return at;
    }

    /**
     * Sums the buffer's remaining bytes and leaves none.
     *
     * @param position of the first one within the answer
     */
    void update(final CRC32C crc, final ByteBuffer live, final long position) {
        final long last = position + live.remaining();
        if (valueAt == NONE || position >= valueAt + SHAPE.length || last <= valueAt) {
            crc.update(live);
            return;
        }
        final int limit = live.limit();
        int at = (int) Math.max(position, valueAt);
        live.limit(live.position() + (int) (at - position));
        crc.update(live);
        live.limit(limit);
        int count = 0;
        for (; at < valueAt + SHAPE.length && live.hasRemaining(); at++) {
            final byte came = live.get();
            summed[count++] = fits(came, SHAPE[at - valueAt]) ? recorded[at] : came;
        }
        crc.update(summed, 0, count);
        crc.update(live);
    }

    /**
     * As {@link #update}, of an answer that was summed before anything was recorded to {@link #aim} with.
     *
     * @param sum CRC-32C of the live answer
     * @param live its first bytes, {@code kept} of them
     * @param length of the whole answer
     * @return what the sum would be with the recorded date in place of the live one
     */
    long correct(final long sum, final byte[] live, final int kept, final long length) {
        if (valueAt == NONE || valueAt + SHAPE.length > kept) {
            return sum;
        }
        for (int i = 0; i < SHAPE.length; i++) {
            final byte came = live[valueAt + i];
            summed[i] = fits(came, SHAPE[i]) ? (byte) (came ^ recorded[valueAt + i]) : 0;
        }
        // CRCs are linear: that of a difference is the difference of CRCs, what is the same in both left out.
        final CRC32C crc = new CRC32C();
        crc.update(summed);
        final long difference = crc.getValue();
        crc.reset();
        crc.update(NO_DIFFERENCE);
        return sum ^ Crc32cMath.shift(difference ^ crc.getValue(), length - valueAt - SHAPE.length);
    }

    /** Where the date behind {@code from} begins, or {@link #NONE} when the head holds none, or not all of it. */
    private int dateAt(final int from) {
        int at = from;
        while (at < recorded.length && (recorded[at] == ' ' || recorded[at] == '\t')) {
            at++;
        }
        if (at + SHAPE.length > recorded.length) {
            return NONE;
        }
        for (int i = 0; i < SHAPE.length; i++) {
            if (!fits(recorded[at + i], SHAPE[i])) {
                return NONE;
            }
        }
        return at;
    }

    private static boolean fits(final byte came, final byte shape) {
        return switch (shape) {
            case 'a' -> lower(came) >= 'a' && lower(came) <= 'z';
            case '9' -> came >= '0' && came <= '9';
            default -> came == shape;
        };
    }

    private boolean matches(final byte[] lowerCase, final int at) {
        if (at + lowerCase.length > recorded.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            if (lower(recorded[at + i]) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static int lower(final byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
    }
}
