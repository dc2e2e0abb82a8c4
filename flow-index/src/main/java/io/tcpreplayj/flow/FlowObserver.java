package io.tcpreplayj.flow;

import org.jspecify.annotations.Nullable;

/**
 * Is told of flows while they are being captured, on the thread of the {@link FlowAssembler}, which waits meanwhile. What it
 * hears is what the {@link FlowRecord} will say in the end; where that turns out otherwise the flow is lost.
 */
public interface FlowObserver {
    /**
     * A client's first bytes came.
     *
     * @return whether to hear of what it does; of others nothing but {@link #onEnded} is told
     */
    boolean onOpened(OpenFlow flow);

    /** The client's next row: its bytes were captured, and so were all before them. */
    void onRow(long flow, ClientRow row);

    /**
     * A recorded answer is complete: the client has asked for something else. Of a flow's last answer {@link #onEnded} tells.
     *
     * @param exchange see {@link Exchanges}, as the rest
     * @param head borrowed: must not be written to
     */
    void onAnswer(
            long flow,
            int exchange,
            long responseBytes,
            long firstResponseNs,
            long lastResponseNs,
            long digest,
            byte[] head);

    /** The flow goes on, but what it lacks will never come; nothing but {@link #onEnded} follows. */
    void onLost(long flow, FlowRecord.SkipReason reason);

    /** A flow is over, whether or not it was ever told of. */
    void onEnded(FlowRecord flow);

    /** Who is to be told of UDP conversations, or null. */
    default @Nullable UdpObserver udp() {
        return null;
    }
}
