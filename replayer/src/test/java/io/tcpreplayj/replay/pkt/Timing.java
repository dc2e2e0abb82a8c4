package io.tcpreplayj.replay.pkt;

/**
 * When an event is due.
 *
 * @param relative counted from the event before, else from the script's start
 * @param fromNs earliest
 * @param toNs latest
 */
record Timing(boolean relative, long fromNs, long toNs) {
    private static final long WHENEVER_NS = Long.MAX_VALUE / 4;

    /** {@code 1.5}, {@code +.2}, {@code +.2~+.25}, or {@code *} for any time. */
    static Timing parse(final ScriptLine line) {
        if (line.eat("*")) {
            return new Timing(true, 0, WHENEVER_NS);
        }
        final boolean relative = line.eat("+");
        final long from = line.seconds();
        if (!line.eat("~")) {
            return new Timing(relative, from, from);
        }
        final int at = line.position();
        if (line.eat("+") != relative) {
            throw line.errorAt(at, "both ends of a range are relative, or none");
        }
        final long to = line.seconds();
        if (to < from) {
            throw line.errorAt(at, "the range ends before it begins");
        }
        return new Timing(relative, from, to);
    }

    long earliestNs(final long previousNs) {
        return relative ? previousNs + fromNs : fromNs;
    }

    long latestNs(final long previousNs) {
        return relative ? previousNs + toNs : toNs;
    }

    boolean exact() {
        return fromNs == toNs;
    }
}
