package io.tcpreplayj.replay.udp;

import io.tcpreplayj.replay.ReplayResult;
import java.util.Map;

/**
 * A moment of the UDP conversations that are replayed while they are captured.
 *
 * @param open those that wait for something, each with a socket
 * @param replayed those that were replayed to their end, copies counted
 * @param failed those that were not, by reason
 */
public record LiveUdpMoment(
        int open,
        long replayed,
        Map<String, Long> failed,
        ReplayResult.Udp.Datagrams datagrams,
        ReplayResult.Udp.Dns dns,
        ReplayResult.Udp.Answers answers) {}
