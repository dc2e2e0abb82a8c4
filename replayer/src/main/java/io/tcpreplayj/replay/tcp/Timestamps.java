package io.tcpreplayj.replay.tcp;

import io.tcpreplayj.packet.TcpOptions;

/** The Timestamps option of one connection (RFC 7323). */
final class Timestamps {
    /** NOP, NOP, kind 8 (RFC 7323 appendix A). */
    static final int OPTION_BYTES = 12;

    private static final long NS_PER_TICK = 1_000_000L;
    /** RFC 7323 5.5: after 24 days of idleness TS.Recent may have wrapped. */
    private static final long RECENT_VALID_NS = 24L * 86_400 * 1_000_000_000L;

    private int offset;
    private boolean on;
    private int tsRecent;
    private long tsRecentNs;
    private int lastAckSent;
    private int firstAcked;

    void init(final int tsOffset) {
        offset = tsOffset;
    }

    /**
     * Both sides agreed: from now on every segment carries the option.
     *
     * @param ack what the handshake's last segment will acknowledge, whenever it can leave
     */
    void confirm(final int tsVal, final int ack, final long nowNs) {
        on = true;
        lastAckSent = ack;
        firstAcked = now(nowNs);
        tsRecent = tsVal;
        tsRecentNs = nowNs;
    }

    boolean on() {
        return on;
    }

    /** TSval of a segment that leaves now: one tick a millisecond. */
    int now(final long nowNs) {
        return offset + (int) (nowNs / NS_PER_TICK);
    }

    void onAckSent(final int ack, final long nowNs) {
        if (ack != lastAckSent) {
            lastAckSent = ack;
            firstAcked = now(nowNs);
        }
    }

    /**
     * Whether the target had heard our last acknowledgement when it sent this: then it echoes that or what left later. The time of a
     * probe it never echoes, for what is not acceptable leaves its TS.Recent alone (RFC 7323 4.3). Without the option nobody knows,
     * and it is believed.
     */
    boolean tellsThatAckWasHeard(final TcpOptions options) {
        // What left in the tick of the first such segment may have been something else.
        return !on || !options.hasTimestamps() || options.tsEcr() - firstAcked > 0;
    }

    /** Whether {@code tsEcr} was our clock before a segment left at {@code sentNs} (RFC 8985 6.2 step 2). */
    boolean isBefore(final int tsEcr, final long sentNs) {
        return tsEcr - now(sentNs) < 0;
    }

    /** How long ago our clock was {@code tsEcr}, ns in steps of a tick. */
    long sinceNs(final int tsEcr, final long nowNs) {
        return (now(nowNs) - tsEcr) * NS_PER_TICK;
    }

    /** RFC 7323 5.3 R1: the segment is older than one already accepted. */
    boolean isOld(final TcpOptions options, final long nowNs) {
        return on && options.hasTimestamps() && options.tsVal() - tsRecent < 0 && nowNs - tsRecentNs < RECENT_VALID_NS;
    }

    /** RFC 7323 4.3 (2): only a segment that covers Last.ACK.sent moves TS.Recent; one that {@link #isOld} is never acceptable. */
    void onAcceptable(final TcpOptions options, final int segSeq, final long nowNs) {
        if (on && options.hasTimestamps() && segSeq - lastAckSent <= 0) {
            tsRecent = options.tsVal();
            tsRecentNs = nowNs;
        }
    }

    /** The round trip that TSecr tells, ns in steps of a tick, or -1 when it tells none. */
    long roundTripNs(final TcpOptions options, final long nowNs) {
        if (!on || !options.hasTimestamps() || options.tsEcr() == 0) {
            return -1;
        }
        final int ticks = now(nowNs) - options.tsEcr();
        return ticks < 0 ? -1 : Math.max(1, ticks) * NS_PER_TICK;
    }

    /** Appends the option when it was agreed upon. */
    void write(final SegmentOut out, final long nowNs) {
        if (!on) {
            return;
        }
        final byte[] options = out.options;
        final int at = out.optionsLength;
        options[at] = TcpOptions.NOP;
        options[at + 1] = TcpOptions.NOP;
        options[at + 2] = TcpOptions.TIMESTAMPS;
        options[at + 3] = 10;
        putInt(options, at + 4, now(nowNs));
        putInt(options, at + 8, tsRecent);
        out.optionsLength = at + OPTION_BYTES;
    }

    static void putInt(final byte[] bytes, final int at, final int value) {
        bytes[at] = (byte) (value >> 24);
        bytes[at + 1] = (byte) (value >> 16);
        bytes[at + 2] = (byte) (value >> 8);
        bytes[at + 3] = (byte) value;
    }
}
