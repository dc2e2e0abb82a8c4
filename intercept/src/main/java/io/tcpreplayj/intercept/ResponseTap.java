package io.tcpreplayj.intercept;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/** Where the target's packets to the replayed clients can be seen. One thread. */
public interface ResponseTap extends AutoCloseable {
    /**
     * Hands over the packets that are there, without waiting.
     *
     * @return packets handed over, at most {@code limit}
     */
    int poll(PacketHandler handler, int limit) throws IOException;

    /** Of the packet that is being handed over: whether its TCP checksum needs no look. */
    boolean checksumKnown();

    /** The file descriptor that becomes readable when a packet comes, for {@code poll(2)}. */
    int fd();

    /** Packets that the kernel dropped because we were too slow. It is asked: not for the hot path. */
    long drops();

    /** Whether who polls it must have CAP_NET_ADMIN. */
    default boolean needsNetAdmin() {
        return false;
    }

    /** Whether packets that come now are seen; false while a tap elsewhere is not heard of. */
    default boolean isAlive() {
        return true;
    }

    /** Why no packet will be seen any more, for people; empty while some may. */
    default String ended() {
        return "";
    }

    @Override
    void close();
}
