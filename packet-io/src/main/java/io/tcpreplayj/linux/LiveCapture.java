package io.tcpreplayj.linux;

import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;

/** The packets of one interface, or of all, as they come. One thread. */
public interface LiveCapture extends AutoCloseable {
    /** The longest packet kept whole. Super-segments have 64 KiB. */
    int SNAPLEN = 252 * 1024;

    /** By then a block that the kernel was filling when the filter changed has been handed over. */
    long HANDED_OVER_NS = 100_000_000L;

    /** What packets begin with, and what a {@link #filter} is compiled for. */
    int linktype();

    /**
     * Hands over the packets that are there, without waiting. They stay where they are until the next call.
     *
     * @return packets handed over, at most {@code limit} and what is left of a batch that is not cut
     */
    int poll(PacketHandler handler, int limit) throws IOException;

    /** Which share of the room for packets waits to be read, 0 to 1; about. */
    double fill() throws IOException;

    /** What became of the interface: true when it went down, or away, since the last call. */
    boolean wentDown() throws IOException;

    /** From now on nothing more comes in, but for what the kernel has in hand; what came before stays to be read. */
    void stop() throws IOException;

    /** Another filter from now on; packets that the one before let in may come still. */
    void filter(PacketFilter filter) throws IOException;

    /** Asks the kernel for its counts: not for the hot path. */
    void count() throws IOException;

    /** Packets that passed the filter, at the last {@link #count}. */
    long seen();

    /** Packets of those that found no room. */
    long drops();

    /** Descriptors that are readable when there are packets. */
    int[] fds();

    @Override
    void close();
}
