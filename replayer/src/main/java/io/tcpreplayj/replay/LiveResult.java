package io.tcpreplayj.replay;

import java.util.Map;
import java.util.Set;

/**
 * What a replay of flows did that were being captured meanwhile. Every session, which is a copy of a flow, is in exactly one
 * place: replayed, skipped or failed in {@code replay}, or dropped. Maps are as in {@link ReplayResult}.
 *
 * @param replay as of any replay; the requests and bytes are those of the flows that were replayed or failed
 * @param sessions that the capture's flows were worth, {@code = replay.flows().total() + Σ dropped}
 * @param dropped sessions that never started, and why
 * @param lost sessions that were cut short, and why; they are among the failed ones, as {@code capture-lost}
 * @param captured what the clients of those that started asked
 * @param behindNs from the capture of a request's last bytes until they left
 */
public record LiveResult(
        ReplayResult replay,
        long sessions,
        Map<String, Long> dropped,
        Map<String, Long> lost,
        Captured captured,
        ReplayResult.Percentiles behindNs) {
    /**
     * What clients sent for whom a session was started; copies are counted.
     *
     * @param requests {@code = replay.requests().total() + requestsAfterEnd}
     * @param clientBytes {@code = replay.bytes().clientPlanned() + bytesAfterEnd}
     * @param requestsAfterEnd those captured when the replayed connection was over already
     * @param bytesAfterEnd the same of bytes
     * @param requestsReplayed those that left, of flows that turned out to be replayable once they were over
     */
    public record Captured(
            long requests, long clientBytes, long requestsAfterEnd, long bytesAfterEnd, long requestsReplayed) {}

    /** Whether every session was started that should be; nobody wants our own ones replayed. */
    public boolean isComplete() {
        return Set.of(LiveDrop.OWN.label()).containsAll(dropped.keySet());
    }

    /**
     * That nothing disappeared without a name.
     *
     * @throws IllegalStateException a fault of ours
     */
    LiveResult check() {
        final long accounted = replay.flows().total()
                + dropped.values().stream().mapToLong(Long::longValue).sum();
        balance("sessions of captured flows", sessions, accounted);
        balance("requests captured", captured.requests, replay.requests().total() + captured.requestsAfterEnd);
        balance("client bytes captured", captured.clientBytes, replay.bytes().clientPlanned() + captured.bytesAfterEnd);
        return this;
    }

    private static void balance(final String what, final long expected, final long actual) {
        if (expected != actual) {
            throw new IllegalStateException(
                    "the ledger does not balance: " + what + ": " + expected + " against " + actual);
        }
    }
}
