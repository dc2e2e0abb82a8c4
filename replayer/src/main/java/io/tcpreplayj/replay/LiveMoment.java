package io.tcpreplayj.replay;

import java.util.Map;

/**
 * A moment of the connections that are replayed while they are captured; copies are counted. Maps are as in
 * {@link LiveResult}.
 *
 * @param dropped sessions that never started, and why
 * @param cutShort sessions that were cut short, and why
 * @param requests of sessions that are over
 * @param behindNs from the capture of a request's last bytes until they left
 */
public record LiveMoment(
        Map<String, Long> dropped,
        Map<String, Long> cutShort,
        ReplayResult.Requests requests,
        ReplayResult.Percentiles behindNs) {}
