package io.tcpreplayj.linux;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sends Ethernet frames by one interface, many a system call. Frames are laid out once; sending allocates nothing. One
 * thread.
 */
public interface FrameSocket extends AutoCloseable {
    /** All frames, for headers that never change. */
    List<ByteBuffer> frames();

    /** Bytes that a frame has room for, Ethernet header included. */
    int frameBytes();

    /** The next frame, big-endian, Ethernet header first; null when all are under way: {@link #flush}. */
    @Nullable
    ByteBuffer frame();

    /** Queues the frame of {@code length} bytes, Ethernet header included, that {@link #frame} returned. */
    void add(int length);

    /**
     * Sends what is queued.
     *
     * @return frames that stay queued because the kernel has no room now
     * @throws LinuxException ENXIO when the interface is gone
     */
    int flush() throws LinuxException;

    /** Frames that wait for {@link #flush}. */
    int queued();

    /** Frames that the kernel took. */
    long sent();

    /** Frames refused for good: longer than the MTU, or the link is down. */
    long dropped();

    /** Why the latest dropped frame was refused, such as "EMSGSIZE"; "" when none was. */
    String lastRefusal();

    @Override
    void close();
}
