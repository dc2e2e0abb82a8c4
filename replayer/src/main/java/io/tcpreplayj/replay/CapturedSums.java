package io.tcpreplayj.replay;

import io.tcpreplayj.flow.ClientRow;
import io.tcpreplayj.replay.script.GrowingScript;

/**
 * What clients asked for whom there was a session, whether or not it lived to send it: counted as it is captured, while the
 * {@link io.tcpreplayj.replay.judge.Ledger} counts what sessions had of it when they ended.
 */
final class CapturedSums {
    private long requests;
    private long clientBytes;
    private long requestsAfter;
    private long bytesAfter;

    /** A row came, for so many sessions. */
    void row(final ClientRow row, final int requestsBegun, final int sessions) {
        requests += (long) requestsBegun * sessions;
        clientBytes += (long) row.length() * sessions;
    }

    /** One of the sessions that were to play this counts as if it had never been. */
    void dropped(final GrowingScript script) {
        requests -= script.requests();
        clientBytes -= script.clientLength();
    }

    /** Nothing more will be captured of it. */
    void over(final GrowingScript script) {
        requestsAfter += script.requestsAfter();
        bytesAfter += script.bytesAfter();
    }

    LiveResult.Captured sums(final long requestsReplayed) {
        return new LiveResult.Captured(requests, clientBytes, requestsAfter, bytesAfter, requestsReplayed);
    }
}
