package io.tcpreplayj.replay.doctor;

import io.tcpreplayj.packet.Endpoint;
import java.util.List;

/**
 * All that was found.
 *
 * @param place "replayer", "target" or "intercept": what this host is to the replay
 * @param transport that a replay would take, and {@code reason} why
 * @param findings in the order of the way
 * @param probed whether a connection was tried: not where the transport, or its intercept, is not to be had
 */
public record Examination(
        Endpoint target, String place, String transport, String reason, List<Finding> findings, boolean probed) {
    /** Whether a replay works, as far as one host can know. */
    public boolean healthy() {
        return findings.stream().noneMatch(finding -> finding.level() == Finding.Level.FAIL);
    }
}
