package io.tcpreplayj.cli;

import io.tcpreplayj.packet.FlowHash;

/**
 * Which share of all flows is captured: all, half of them, a quarter, down to one in 64. Halved where the ring fills up or has
 * overflowed, doubled where it has had room for a while: for long enough that half a minute of calm is not paid for with the
 * next half of the flows. Has no clock of its own.
 */
final class CaptureShare {
    /** Above it the ring is about to overflow, unless it is on its way down. */
    static final double FULL = 0.6;

    /**
     * Beyond three quarters a packet may be lost already: with a quarter of the blocks less than free, Linux finds no room while
     * another processor is on its way to the next one (net/packet/af_packet.c, __packet_rcv_has_room). Seen on 6.18, at 0.83.
     */
    private static final double OVERFLOWING = 0.75;

    /** So long it has to be without getting emptier: whoever was held up for a moment catches up. */
    private static final long FILLING_NS = 10_000_000L;

    static final int MOST_HALVINGS = 6;

    /** So long it takes until what is in the ring is of the smaller share, and what was lost before it has been counted. */
    private static final long SETTLE_NS = 250_000_000L;

    /** And so many looks: whoever was held up for that time has read nothing yet. */
    private static final int SETTLE_LOOKS = 20;

    /** By so much a ring that is nearly full has to have been emptied by then. */
    private static final double PROGRESS = 0.05;

    /** So long there has to be room before there is to be less of it. */
    static final long PATIENCE_NS = 10_000_000_000L;

    private static final long MOST_PATIENCE_NS = 16 * PATIENCE_NS;

    /** Where the larger share is too large within so many times the patience, it was doubled too early. */
    private static final int TOO_EARLY = 3;

    private int halvings;
    private double lastFill;
    private double fillOnceFull;
    private long fillingSinceNs;
    private long lastDrops;
    private double fillBefore;
    private long settlingNs;
    private int looks = SETTLE_LOOKS;
    private long doubledNs;
    private boolean wasDoubled;
    private long roomSinceNs;
    private long patienceNs = PATIENCE_NS;

    /** @param nowNs when the capture begins, with all flows */
    CaptureShare(final long nowNs) {
        settlingNs = nowNs - SETTLE_NS;
        roomSinceNs = nowNs;
    }

    /**
     * Looks at the ring, some times a second at least.
     *
     * @param fill of it, 0 to 1
     * @param drops what the kernel has dropped so far
     * @return whether the share is another one now
     */
    boolean look(final double fill, final long drops, final long nowNs) {
        final boolean isLosing = drops > lastDrops;
        if (fill <= FULL || lastFill <= FULL || fill < fillOnceFull) {
            fillingSinceNs = nowNs;
            fillOnceFull = fill;
        }
        final boolean isFilling = nowNs - fillingSinceNs >= FILLING_NS;
        lastDrops = drops;
        lastFill = fill;
        looks++;
        if (isLosing || fill > FlowShedder.FULL_ENOUGH) {
            roomSinceNs = nowNs;
        }
        if (halvings < MOST_HALVINGS && isTooMuch(isLosing, isFilling, nowNs)) {
            halve(nowNs);
            return true;
        }
        if (halvings > 0 && nowNs - roomSinceNs >= patienceNs) {
            halvings--;
            wasDoubled = true;
            doubledNs = nowNs;
            roomSinceNs = nowNs;
            return true;
        }
        return false;
    }

    private boolean isTooMuch(final boolean isLosing, final boolean isFilling, final long nowNs) {
        if (nowNs - settlingNs < SETTLE_NS || looks < SETTLE_LOOKS) {
            // It had room left, of which half is gone: there is no time to wait.
            return fillBefore > FULL && fillBefore < OVERFLOWING && lastFill >= (fillBefore + OVERFLOWING) / 2;
        }
        if (halvings == 0 || lastFill <= OVERFLOWING) {
            return isLosing || isFilling;
        }
        if (lastFill < fillBefore - PROGRESS) {
            settle(nowNs);
            return false;
        }
        return true;
    }

    private void settle(final long nowNs) {
        settlingNs = nowNs;
        looks = 0;
        fillBefore = lastFill;
    }

    private void halve(final long nowNs) {
        halvings++;
        settle(nowNs);
        if (wasDoubled) {
            final boolean tooEarly = nowNs - doubledNs < TOO_EARLY * PATIENCE_NS;
            patienceNs = tooEarly ? Math.min(2 * patienceNs, MOST_PATIENCE_NS) : PATIENCE_NS;
            wasDoubled = false;
        }
    }

    /** Flows whose {@link FlowHash} is below it are captured. */
    int limit() {
        return FlowHash.RANGE >> halvings;
    }

    /** 1 for all. */
    double ratio() {
        return (double) limit() / FlowHash.RANGE;
    }

    /** For people: "all" or "1/4". */
    String words() {
        return halvings == 0 ? "all" : "1/" + (1 << halvings);
    }
}
