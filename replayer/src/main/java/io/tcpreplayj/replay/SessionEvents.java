package io.tcpreplayj.replay;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.replay.script.ScriptListener;
import io.tcpreplayj.replay.tcp.Outcome;
import io.tcpreplayj.replay.tcp.ResponseBytes;
import org.jspecify.annotations.Nullable;

/** What an agent tells of its sessions' lives, and whom it tells the details; on the agent's thread. */
public interface SessionEvents {
    /** Hears of the requests and answers of a session that is about to start. */
    ScriptListener scriptListener(int index);

    /** Sees the server's stream of a session that is about to start, or null. */
    @Nullable
    ResponseBytes responseBytes(int index);

    /** The session begins: its SYN leaves, or waits for room to leave. */
    void onStarted(int index, long nowNs);

    /** The first SYN of a connection of the session left. */
    default void onSynLeft(final int index, final long nowNs) {}

    /**
     * The target took a connection of the session.
     *
     * @param roundTripNs from its SYN to the answer, or -1 where that cannot be told from a retransmission's
     */
    default void onConnected(final int index, final long roundTripNs, final long nowNs) {}

    /** The target refused a connection of the session, which will try again. */
    default void onRefused(final int index) {}

    /** For some time nothing could be heard, or nothing left this host: nobody is to blame for silence. */
    default void onExcused(final long nowNs) {}

    /** Whether another session may start; asked before each, and every now and then. */
    default boolean mayStart(final long nowNs) {
        return true;
    }

    /** Before then none may start; 0 when one may. */
    default long startsNs() {
        return 0;
    }

    /**
     * The session's connection is lost, and it will go on over another one, which tells the same listeners, its exchanges
     * counted from {@code next} on.
     *
     * @param done exchanges of the flow that were done with
     * @param next the exchange of the flow with which the next connection begins
     */
    void onConnectionLost(int index, int done, int next, Moved moved);

    /**
     * The session is over; nothing more comes of it. Called once for every session of the plan, whether or not it was
     * ever started.
     *
     * @param ackedBytes client bytes that the target acknowledged (where the kernel does not tell: that it took), over the
     *     last connection
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
