package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.TcpOptions;

/**
 * Finds lost segments by time (RFC 8985 6): a segment is lost when one that was sent sufficiently later has arrived. How
 * much later is the reordering window, which adapts to the reordering that the path shows.
 */
final class Rack {
    private static final long NEVER = RetransmitTimer.NEVER;
    private static final long UNKNOWN = -1;
    /** RFC 8985 6.2 step 4: without reordering so many segments held behind a hole prove it. */
    private static final int DUP_THRESH = 3;
    /** RFC 8985 6.2 step 4: a grown window shrinks again after so many recoveries. */
    private static final int RECOVERIES_TO_REMEMBER = 16;
    /** The smallest round trip is forgotten after so long: paths change (RFC 8985 6.2 step 1). */
    private static final long MIN_RTT_AGE_NS = 300_000_000_000L;

    private final Timestamps timestamps;
    /** Of the delivered segment that was sent last. */
    private long sentNs;

    private long end;
    private long rttNs = UNKNOWN;
    private long minRttNs = NEVER;
    private long minRttAtNs;
    /** The highest position delivered so far, RACK.fack. */
    private long highest;

    private boolean reorderingSeen;
    private int windowMultiple = 1;
    /** The most by which a segment came later than one that was sent behind it. */
    private long reorderingNs;

    private int recoveriesLeft;
    /** No DSACK below this counts once more: one a round trip. */
    private long dsackRound;

    private long deadlineNs = NEVER;
    // The ACK that is being read.
    private long ackNs;
    private boolean echoed;
    private int tsEcr;
    private long oldestSentNs;

    Rack(final Timestamps timestamps) {
        this.timestamps = timestamps;
    }

    /** The handshake's round trip is the first measure. */
    void onHandshake(final long roundTripNs, final long nowNs) {
        minRttNs = roundTripNs;
        minRttAtNs = nowNs;
    }

    /** An ACK is read; what it delivers follows. */
    void beginAck(final TcpOptions options, final long nowNs) {
        ackNs = nowNs;
        echoed = timestamps.on() && options.hasTimestamps();
        tsEcr = options.tsEcr();
        oldestSentNs = NEVER;
    }

    /** RFC 8985 6.2 steps 1 to 3, for a segment that the ACK acknowledges or selectively acknowledges first. */
    void onDelivered(final long segmentSentNs, final long segmentEnd, final boolean retransmitted) {
        final long rtt = ackNs - segmentSentNs;
        if (retransmitted) {
            // Step 2: perhaps the ACK is for an earlier copy.
            if ((echoed && timestamps.isBefore(tsEcr, segmentSentNs)) || rtt < minRttNs) {
                return;
            }
        } else if (segmentEnd < highest) {
            onReordering(rtt);
        }
        if (echoed || !retransmitted) {
            oldestSentNs = Math.min(oldestSentNs, segmentSentNs);
        }
        highest = Math.max(highest, segmentEnd);
        if (rtt <= minRttNs || ackNs - minRttAtNs > MIN_RTT_AGE_NS) {
            minRttNs = rtt;
            minRttAtNs = ackNs;
        }
        if (isAfter(segmentSentNs, segmentEnd, sentNs, end)) {
            sentNs = segmentSentNs;
            end = segmentEnd;
            rttNs = rtt;
        }
    }

    /**
     * What the ACK measured, ns, or -1: by segments that were sent once, or whose last copy it echoes (RFC 6298 3). An echo of
     * an earlier copy tells when the target took that, not when its ACK left: all ACKs since may have been lost.
     */
    long roundTripNs() {
        return oldestSentNs == NEVER ? UNKNOWN : ackNs - oldestSentNs;
    }

    /** RFC 3522 3.2: whether this ACK echoes what left before {@code sentAgainNs}: it was not needed again. */
    boolean echoesBefore(final long sentAgainNs) {
        return echoed && timestamps.isBefore(tsEcr, sentAgainNs);
    }

    /** Whether this ACK echoes what left at {@code segmentSentNs}. */
    boolean echoes(final long segmentSentNs) {
        return echoed && tsEcr == timestamps.now(segmentSentNs);
    }

    /** What this ACK echoes was taken for lost and only late. */
    void onSpurious() {
        onReordering(timestamps.sinceNs(tsEcr, ackNs));
    }

    /** Segments overtake each other, and one took {@code segmentRttNs} so. */
    private void onReordering(final long segmentRttNs) {
        reorderingSeen = true;
        if (rttNs != UNKNOWN && segmentRttNs - rttNs > reorderingNs) {
            reorderingNs = segmentRttNs - rttNs;
            recoveriesLeft = RECOVERIES_TO_REMEMBER;
        }
    }

    /** The target had a segment twice: perhaps we were too quick (RFC 8985 6.2 step 4). */
    void onDsack(final long una, final long nxt) {
        if (una >= dsackRound) {
            dsackRound = nxt;
            windowMultiple++;
            recoveriesLeft = RECOVERIES_TO_REMEMBER;
        }
    }

    void onRecoveryEnded() {
        if (recoveriesLeft > 0 && --recoveriesLeft == 0) {
            windowMultiple = 1;
            reorderingNs = 0;
        }
    }

    /** RFC 8985 6.2 step 5: marks what is lost by now; {@link #deadlineNs()} is when to look again. */
    void detect(final Flight flight, final boolean recovering, final long srttNs, final long nowNs) {
        deadlineNs = NEVER;
        if (rttNs == UNKNOWN) {
            return;
        }
        final long windowNs = reorderingWindowNs(flight.sackedSegments(), recovering, srttNs);
        for (int i = 0; i < flight.size(); i++) {
            if (flight.isSacked(i) || flight.isLost(i) || !isAfter(sentNs, end, flight.sentNs(i), flight.end(i))) {
                continue;
            }
            final long lostAtNs = flight.sentNs(i) + rttNs + windowNs;
            if (lostAtNs <= nowNs) {
                flight.markLost(i);
            } else {
                deadlineNs = Math.min(deadlineNs, lostAtNs);
            }
        }
    }

    /** RFC 8985 6.3: at a retransmission timeout the first segment is lost, and whatever is as old. */
    void detectAtTimeout(final Flight flight, final long srttNs, final long nowNs) {
        deadlineNs = NEVER;
        for (int i = 0; i < flight.size(); i++) {
            final boolean old = rttNs == UNKNOWN || flight.sentNs(i) + rttNs + adaptedNs(srttNs) <= nowNs;
            if (i == 0 || old) {
                flight.markLost(i);
            }
        }
    }

    private long reorderingWindowNs(final int sackedSegments, final boolean recovering, final long srttNs) {
        if (!reorderingSeen && (recovering || sackedSegments >= DUP_THRESH)) {
            return 0;
        }
        return adaptedNs(srttNs);
    }

    /**
     * RFC 8985 6.2 step 4, but no shorter than what was seen: a path's jitter may be many of its least round trips. Never more
     * than SRTT, once that is known.
     */
    private long adaptedNs(final long srttNs) {
        final long adaptedNs = Math.max(windowMultiple * minRttNs / 4, reorderingNs);
        return srttNs < 0 ? adaptedNs : Math.min(adaptedNs, srttNs);
    }

    /** When {@link #detect} must be called next, or {@link RetransmitTimer#NEVER}. */
    long deadlineNs() {
        return deadlineNs;
    }

    /** RFC 8985 6.1, RACK_sent_after. */
    private static boolean isAfter(final long aNs, final long aEnd, final long bNs, final long bEnd) {
        return aNs > bNs || (aNs == bNs && aEnd > bEnd);
    }
}
