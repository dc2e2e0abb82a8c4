package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.tcp.Outcome;
import org.jspecify.annotations.Nullable;

/** What an agent tells of its sessions' lives; on the agent's thread. */
public interface SessionEvents {
    /** The session's SYN leaves, or left. */
    void onStarted(int index, long nowNs);

    /**
     * The session is over; nothing more comes of it. Called once for every session of the plan that was started.
     *
     * @param ackedBytes client bytes that the target acknowledged (where the kernel does not tell: that it took)
     * @param receivedBytes in-order bytes of the server's stream
     * @param retransmittedBytes client bytes that left more than once, 0 where the kernel does not tell
     * @param local the address and port that were used, or null when it never got one
     */
    void onEnded(
            int index,
            Outcome outcome,
            long ackedBytes,
            long receivedBytes,
            long retransmittedBytes,
            @Nullable Endpoint local,
            long nowNs);
}
