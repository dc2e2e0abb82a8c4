package io.tcpreplayj.flow;

import java.nio.ByteBuffer;

/** Is told of UDP conversations while they are being captured, as {@link FlowObserver} is of connections; on the same thread. */
public interface UdpObserver {
    /**
     * A client's first datagram came; {@link #onClient} tells it.
     *
     * @return whether to hear of it; of others nothing but {@link #onEnded} is told
     */
    boolean onOpened(OpenFlow flow);

    /**
     * The client's next datagram, whole; borrowed.
     *
     * @param gate datagrams of the server that were captured before
     */
    void onClient(long flow, long timeNs, int gate, ByteBuffer buffer, int offset, int length);

    /**
     * The server's next datagram, and as much of it as was captured; borrowed.
     *
     * @param digest CRC-32C of it all, or -1
     */
    void onServer(long flow, long timeNs, int length, long digest, ByteBuffer buffer, int offset, int caplen);

    /** The capture lacks bytes of the client's next datagram; nothing but {@link #onEnded} follows. */
    void onLost(long flow);

    /** A conversation is over, whether or not it was ever told of. */
    void onEnded(FlowRecord flow);
}
