package io.tcpreplayj.replay.sim;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** The story of a simulation: always as a number, and as lines when somebody wants to read it. */
final class Trace {
    private static final String FLAG_LETTERS = "FSRPAUEC";
    private static final int LINES = 4000;

    private final Deque<String> lines = new ArrayDeque<>();
    private final boolean wanted;
    private long hash = 1;
    private long startNs;

    Trace(final boolean wanted) {
        this.wanted = wanted;
    }

    void begin(final long nowNs) {
        startNs = nowNs;
    }

    boolean wanted() {
        return wanted;
    }

    void count(final long nowNs, final long what) {
        hash = Seeded.mix(hash ^ nowNs) + what;
    }

    long hash() {
        return hash;
    }

    void line(final long nowNs, final String text) {
        if (wanted) {
            lines.add(String.format(Locale.ROOT, "%12.6f  %s", (nowNs - startNs) / 1e9, text));
            if (lines.size() > LINES) {
                lines.remove();
            }
        }
    }

    String text() {
        return String.join("\n", lines);
    }

    static String flags(final int flags) {
        final StringBuilder letters = new StringBuilder();
        for (int bit = 0; bit < FLAG_LETTERS.length(); bit++) {
            if ((flags & 1 << bit) != 0) {
                letters.append(FLAG_LETTERS.charAt(bit));
            }
        }
        return letters.toString();
    }
}
