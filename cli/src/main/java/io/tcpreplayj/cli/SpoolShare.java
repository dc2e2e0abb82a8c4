package io.tcpreplayj.cli;

import io.tcpreplayj.packet.FlowHash;

/**
 * Which share of all flows goes on to a host whose packets are spooled. A ring overflows within milliseconds, and has to be looked
 * at often and over time, see {@link CaptureShare}; a spool fills for minutes, so that how full it is says enough: each time half
 * of the room that was left is gone, half of the flows go. When it is half empty again, all that begin are sent.
 */
final class SpoolShare {
    private int halvings;

    /**
     * Looks at the spool, at each batch.
     *
     * @param fill of it, 0 to 1
     * @return flows whose {@link FlowHash} is below it go on
     */
    int look(final double fill) {
        while (halvings < CaptureShare.MOST_HALVINGS && 1 - fill < (1 - FlowShedder.FULL_ENOUGH) / (2 << halvings)) {
            halvings++;
        }
        if (fill < FlowShedder.FULL_ENOUGH) {
            halvings = 0;
        }
        return FlowHash.RANGE >> halvings;
    }

    /** For people, at the last look: "all" or "1/4". */
    String words() {
        return halvings == 0 ? "all" : "1/" + (1 << halvings);
    }
}
