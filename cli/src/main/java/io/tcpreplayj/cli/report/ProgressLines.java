package io.tcpreplayj.cli.report;

import io.tcpreplayj.replay.Replay;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Progress on stderr: on a terminal two lines, redrawn at most 5 times a second; elsewhere a line every 10 s; nothing when
 * it is quiet. Own lines and not a bar of a library: the bars draw one line on a thread of their own and bring a
 * terminal library for it, while this must be two lines of our fields, drawn by whoever does the work.
 */
public final class ProgressLines implements Replay.Progress, AutoCloseable {
    private static final long REDRAW_NS = 200_000_000L;
    private static final long LINE_NS = 10_000_000_000L;
    /** Sessions may think as long as that. */
    private static final long HUSH_NS = 10_000_000_000L;

    /** How it is shown. */
    public enum Style {
        /** Not at all. */
        QUIET,
        /** A line now and then. */
        LINES,
        /** Two lines in place. */
        REDRAW
    }

    private final PrintStream err;
    private final Style style;
    private final LongSupplier clockNs;
    private long lastNs;
    private boolean drawn;
    private boolean givesUp;

    public ProgressLines(final PrintStream err, final Style style, final LongSupplier clockNs) {
        this.err = err;
        this.style = style;
        this.clockNs = clockNs;
        lastNs = clockNs.getAsLong() - (style == Style.REDRAW ? REDRAW_NS : 0);
    }

    /** Whoever waits for a silent target has set a limit to that. */
    public void givesUp() {
        givesUp = true;
    }

    /**
     * The style that the surroundings ask for.
     *
     * @param term the value of TERM, empty when unset; "dumb" cannot move its cursor
     */
    public static Style style(final boolean quiet, final boolean terminal, final boolean noColor, final String term) {
        if (quiet) {
            return Style.QUIET;
        }
        return terminal && !noColor && !term.equals("dumb") ? Style.REDRAW : Style.LINES;
    }

    @Override
    public void onStart(final String banner) {
        if (style != Style.QUIET) {
            err.println(Human.safe(banner));
        }
    }

    @Override
    public void onTick(final Replay.Snapshot now) {
        if (due()) {
            draw(
                    String.format(
                            Locale.ROOT,
                            "%3.0f %%  %s of %s, %s requests/s",
                            100 * now.doneFraction(),
                            Human.duration(now.elapsedNs()),
                            Human.duration(now.plannedNs()),
                            Human.rate(now.requestsPerSecond())),
                    "flows: " + now.openFlows() + " open, " + now.okFlows() + " ok, " + now.failedFlows()
                            + " failed; lag p99 " + Human.duration(now.lagP99Ns())
                            + (now.hushNs() < HUSH_NS
                                    ? ""
                                    : "; nothing heard of the target for " + Human.duration(now.hushNs())
                                            + (givesUp ? "" : ", --give-up TIME would end that")));
        }
    }

    /**
     * Progress of indexing.
     *
     * @param name the capture
     * @param packets read so far
     * @param bytes of the decompressed capture so far
     * @param elapsedNs since its first packet
     */
    public void onIndexed(final String name, final long packets, final long bytes, final long elapsedNs) {
        if (due()) {
            final double seconds = Math.max(1, elapsedNs) / 1e9;
            draw(
                    Human.safe(name) + ": " + packets + " packets, " + Human.bytes(bytes) + " in "
                            + Human.duration(elapsedNs),
                    Human.rate(packets / seconds) + " packets/s, " + Human.bytes((long) (bytes / seconds)) + "/s");
        }
    }

    /** Takes the two lines away, so that what is printed next stands alone. */
    @Override
    public void close() {
        if (drawn) {
            err.print("\033[2F\033[J");
            err.flush();
            drawn = false;
        }
    }

    private boolean due() {
        final long nowNs = clockNs.getAsLong();
        if (style == Style.QUIET || nowNs - lastNs < (style == Style.REDRAW ? REDRAW_NS : LINE_NS)) {
            return false;
        }
        lastNs = nowNs;
        return true;
    }

    private void draw(final String first, final String second) {
        if (style == Style.LINES) {
            err.println(first + "; " + second);
            return;
        }
        // ECMA-48: CPL goes up to the first line, EL clears what a longer line left behind.
        err.print((drawn ? "\033[2F" : "") + first + "\033[K\n" + second + "\033[K\n");
        err.flush();
        drawn = true;
    }
}
