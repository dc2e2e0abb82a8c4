package io.tcpreplayj.replay.tcp;

/**
 * The largest packet that the path takes: what the first hop takes, less after an ICMP message that says so (RFC 1191,
 * RFC 8201), or, where such messages are filtered, after timeouts that only large segments suffer (RFC 4821 7.6.1). Ten
 * minutes later it is tried anew.
 */
final class PathMtu {
    private static final long NEVER = RetransmitTimer.NEVER;
    /** Linux net.ipv4.route.min_pmtu: who names less is mistaken, or an attacker (RFC 5927 7.1). */
    private static final int MIN_V4 = 552;
    /** RFC 8200 5. */
    private static final int MIN_V6 = 1280;
    /** RFC 1191 7.1, table 7-1: what a router means that names no size, and where a black hole is tried next. */
    private static final int[] PLATEAUS = {17914, 8166, 4352, 2002, 1492, 1280, 1006, 576, MIN_V4};

    /** The plateau just below the packets of Ethernet. */
    private static final int BELOW_ETHERNET = 1492;

    private static final int ETHERNET = 1500;
    /** Linux net.ipv4.tcp_retries1: from so many timeouts in a row on, each tries smaller packets (tcp_write_timeout). */
    private static final int TIMEOUTS_OF_A_BLACK_HOLE = 3;
    /** By now a packet may be too large that nearly all links take. */
    private static final int TIMEOUTS_OF_A_NARROW_ONE = 5;
    /** RFC 1191 6.3, RFC 8201 5.3. */
    private static final long AGE_NS = 600_000_000_000L;

    private static final int UNKNOWN = Integer.MAX_VALUE;

    private int firstHop;
    private final int least;
    /** What the path is known to take; {@link #UNKNOWN} while nobody said less than the first hop. */
    private int path = UNKNOWN;

    private long raiseNs = NEVER;

    /** @param firstHop bytes of the largest IP packet that the interface takes */
    PathMtu(final int firstHop, final boolean v4) {
        this.firstHop = firstHop;
        least = v4 ? MIN_V4 : MIN_V6;
    }

    /** Bytes of the largest IP packet. */
    int bytes() {
        return Math.min(firstHop, path);
    }

    /**
     * A router could not forward a packet of ours.
     *
     * @param named the size it names, 0 for none
     * @return whether packets become smaller
     */
    boolean onTooBig(final int named, final long nowNs) {
        return lower(named == 0 ? plateauBelow(bytes()) : named, nowNs);
    }

    /**
     * The first segment in flight timed out once more.
     *
     * @param timeouts in a row
     * @param packetBytes of the segment, headers included
     * @return whether packets become smaller
     */
    boolean onTimeout(final int timeouts, final int packetBytes, final long nowNs) {
        if (timeouts < TIMEOUTS_OF_A_BLACK_HOLE) {
            return false;
        }
        // Short of the largest, only what is larger than any link must take (RFC 8200 5): else it is not its size, at
        // first.
        final boolean large = packetBytes >= bytes() || packetBytes > MIN_V6 || timeouts >= TIMEOUTS_OF_A_NARROW_ONE;
        // What this very packet does not fit: it may be smaller than the largest, and still too big.
        final int bytes = Math.min(bytes(), packetBytes);
        // The timeouts double: a jumbo frame that went down plateau by plateau would come late (RFC 9293 3.8.3, R2).
        final int next = bytes > ETHERNET ? BELOW_ETHERNET : plateauBelow(bytes);
        return large && packetBytes > next && lower(next, nowNs);
    }

    /**
     * The interface takes packets of {@code bytes} now. Larger ones are sent at once, unless the path is known to take less.
     *
     * @return whether packets become smaller, or may be larger
     */
    boolean onFirstHop(final int bytes) {
        final int before = bytes();
        firstHop = bytes;
        return bytes() != before;
    }

    /** Returns whether packets may be larger again. */
    boolean onTimer(final long nowNs) {
        if (nowNs < raiseNs) {
            return false;
        }
        raiseNs = NEVER;
        path = UNKNOWN;
        return true;
    }

    private boolean lower(final int bytes, final long nowNs) {
        final int bounded = Math.max(least, bytes);
        if (bounded >= bytes()) {
            return false;
        }
        path = bounded;
        raiseNs = nowNs + AGE_NS;
        return true;
    }

    private int plateauBelow(final int bytes) {
        for (final int plateau : PLATEAUS) {
            if (plateau < bytes) {
                return Math.max(least, plateau);
            }
        }
        return least;
    }
}
