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
 * @param behindNs from the capture of a request's last bytes until they left
 */
public record LiveResult(
        ReplayResult replay,
        long sessions,
        Map<String, Long> dropped,
        Map<String, Long> lost,
        ReplayResult.Percentiles behindNs) {
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
        if (accounted != sessions) {
            throw new IllegalStateException(
                    "the ledger does not balance: sessions of captured flows: " + sessions + " against " + accounted);
        }
        return this;
    }
}
