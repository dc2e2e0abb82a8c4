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
     * Whether an answer of another length than the recorded one says nothing of the server: the captured client reset the
     * connection before it had all, and this one got as much as that, or more.
     */
    static boolean explains(final Script script, final int exchange, final long bytes) {
        final ClientEvents events = script.flow().events();
        final Exchanges exchanges = script.flow().exchanges();
        final int last = events.size() - 1;
        if (exchange != exchanges.size() - 1 || last < 0 || events.kind(last) != ClientEvents.RST) {
            return false;
        }
        final long gate = events.gate(last);
        final boolean serverClosed = gate > script.serverBytes();
        final boolean over = gate == script.serverBytes() && events.delayNs(last) >= OVER_NS;
        return !serverClosed && !over && bytes >= gate - events.gate(exchanges.firstEvent(exchange));
    }
}
