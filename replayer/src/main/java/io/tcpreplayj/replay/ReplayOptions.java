package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.Pace;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the user asked a replay to do, checked and complete.
 *
 * @param targets where each captured server port goes; never empty
 * @param transport "auto", "tun", "packet", "xdp", "raw" or "socket"
 * @param speed 2.0 is twice as fast; {@link Double#POSITIVE_INFINITY} is {@code --speed max}
 * @param copies each flow so many times (1 to 65535)
 * @param seed of phase shifts and port bases
 * @param responseTimeoutNs the longest wait for an answer
 * @param prewarmNs each connection is opened so long before its first request is due; 0 at {@code --speed max}
 * @param limits how many sessions may begin, and be open
 * @param sessionsFile one JSON line a session goes there, or null
 * @param interception where answers come from, or null: this host sees them itself
 * @param socketClients where clients over kernel sockets live, or null: at this host's own address
 * @param allowPublic networks beyond the private ranges that may be targets
 * @param rails what keeps the target from harm
 * @param rules how faithful the replay is to what it cannot reproduce exactly
 */
public record ReplayOptions(
        List<TargetMapping> targets,
        String transport,
        double speed,
        int copies,
        long seed,
        long responseTimeoutNs,
        long prewarmNs,
        StartLimits limits,
        @Nullable Path sessionsFile,
        @Nullable Interception interception,
        @Nullable SocketClients socketClients,
        List<Cidr> allowPublic,
        GuardRails rails,
        ReplayRules rules) {
    /** The pace that every session keeps. */
    Pace pace() {
        return new Pace(speed, responseTimeoutNs, rules.gates());
    }

    /**
     * Flows to {@code serverPort} go to {@code target}.
     *
     * @param serverPort captured port, or -1 for every flow
     */
    public record TargetMapping(int serverPort, Endpoint target) {}
}
