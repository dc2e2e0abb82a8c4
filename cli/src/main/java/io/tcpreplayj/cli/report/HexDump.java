package io.tcpreplayj.cli.report;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Locale;

/** Captured bytes, safe for a terminal. */
public final class HexDump {
    private static final int ROW = 16;

    private HexDump() {}

    /** As {@code hexdump -C} prints: offset, 16 bytes, what of them is printable. */
    public static void print(final ByteBuffer bytes, final PrintStream out) {
        for (int row = 0; row < bytes.remaining(); row += ROW) {
            final StringBuilder hex = new StringBuilder(ROW * 3 + 1);
            final StringBuilder text = new StringBuilder(ROW);
            final int end = Math.min(bytes.remaining(), row + ROW);
            for (int i = row; i < end; i++) {
                final int value = bytes.get(bytes.position() + i) & 0xff;
                hex.append(String.format(Locale.ROOT, i - row == ROW / 2 ? "  %02x" : " %02x", value));
                text.append(value >= 0x20 && value < 0x7f ? (char) value : '.');
            }
            out.println(String.format(Locale.ROOT, "%08x %-49s  |%s|", row, hex, text));
        }
        out.println(String.format(Locale.ROOT, "%08x", bytes.remaining()));
    }

    /** As text: a line of the bytes is a line, anything that is not printable ASCII an escape. */
    public static void text(final ByteBuffer bytes, final PrintStream out) {
        final StringBuilder line = new StringBuilder(128);
        for (int i = bytes.position(); i < bytes.limit(); i++) {
            line.append(Human.escaped(bytes.get(i)));
            if (bytes.get(i) == '\n' || line.length() >= 4096) {
                out.println(line);
                line.setLength(0);
            }
        }
        if (line.length() > 0) {
            out.println(line);
        }
    }

    /** The first bytes on one line. */
    public static String head(final byte[] bytes, final int most) {
        final StringBuilder text = new StringBuilder(most);
        for (final byte value : bytes) {
            if (text.length() >= most) {
                return text.append("...").toString();
            }
            text.append(Human.escaped(value));
        }
        return text.toString();
    }
}
