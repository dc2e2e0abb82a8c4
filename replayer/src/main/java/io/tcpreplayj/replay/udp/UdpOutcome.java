package io.tcpreplayj.replay.udp;

import io.tcpreplayj.packet.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What became of one conversation.
 *
 * @param state how it ended: {@code completed}, or why it failed
 * @param local the live client, or null when it never had a socket
 * @param sentBytes payload
 * @param queries of DNS, as captured
 */
public record UdpOutcome(
        String state,
        @Nullable Endpoint local,
        long sent,
        long sentBytes,
        long received,
        long receivedBytes,
        int queries,
        int answered) {

    /** Is told of each conversation, by its index in the plan. */
    @FunctionalInterface
    public interface Listener {
        /** It begins. */
        default void onStarted(final int index) {}

        /** It is over, or never began. */
        void onEnded(int index, UdpOutcome outcome);
    }
}
