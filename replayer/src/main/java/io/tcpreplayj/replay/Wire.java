package io.tcpreplayj.replay;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The way out: IP packets from the replayer to the target. One implementation per transport; not thread-safe, owned by one
 * agent. Write a packet at {@link #offset()} of {@link #frame()}, then {@link #send}.
 */
public interface Wire extends AutoCloseable {
    /** "tun", "packet", "xdp", "raw": the word in reports. */
    String name();

    /** Largest IP packet, bytes; {@link #lookAtLink} may change it. */
    int mtu();

    /** Takes up the MTU that the interface has by now. */
    default void lookAtLink() {}

    /**
     * The buffer for the next packet (big-endian), with room for the first {@link #mtu()} bytes behind {@link #offset()}; null
     * when the wire is full: {@link #flush} and try again.
     */
    @org.jspecify.annotations.Nullable
    ByteBuffer frame();

    /** Where the IP header begins in the buffer that {@link #frame()} returned last. */
    int offset();

    /** Queues or sends the packet of {@code length} bytes that stands in the current frame. */
    void send(int length) throws IOException;

    /** Hands everything queued to the kernel; what the kernel had no room for stays queued. */
    void flush() throws IOException;

    /** Packets handed to the kernel. */
    long sentPackets();

    /** Packets that the kernel refused for good, by any error; they count as lost on the network. */
    long droppedPackets();

    /** The error of the last packet counted by {@link #droppedPackets}, as "EMSGSIZE"; empty when none was. */
    default String lastRefusal() {
        return "";
    }

    @Override
    void close();
}
