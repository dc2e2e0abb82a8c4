package io.tcpreplayj.replay.judge;

import io.tcpreplayj.flow.ClientEvents;
import io.tcpreplayj.flow.Exchanges;
import io.tcpreplayj.replay.script.Script;

/**
 * Answers that the captured client may have cut off: who closes with bytes unread resets, the server stops where it is, and how
 * much of its answer the capture holds was a matter of time, as it is for the replayed client.
 */
final class CutOff {
    /** After so long a silence an answer was over, as it is taken to be when it is replayed. */
    private static final long OVER_NS = 1_000_000_000L;

    private CutOff() {}

    /**
     * How many bytes of the exchange's answer the captured client had when it reset the connection; -1 when it did not, or had all
     * that the server said.
     */
    static long after(final Script script, final int exchange) {
        final ClientEvents events = script.flow().events();
        final Exchanges exchanges = script.flow().exchanges();
        final int last = events.size() - 1;
        if (exchange != exchanges.size() - 1 || last < 0 || events.kind(last) != ClientEvents.RST) {
            return -1;
        }
        final long gate = events.gate(last);
        final boolean over = gate >= script.serverBytes() && events.delayNs(last) >= OVER_NS;
        final boolean serverClosed = gate > script.serverBytes();
        return over || serverClosed ? -1 : Math.max(0, gate - events.gate(exchanges.firstEvent(exchange)));
    }
}
