package io.tcpreplayj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Frames that leave together by one sendmmsg(2); frames, iovecs and message headers are laid out once, so nothing is
 * allocated afterwards. What the kernel has no room for stays queued. One thread.
 *
 * <pre>
 * struct mmsghdr (64 bytes): name *  namelen  iov *  iovlen  control *  controllen  flags  | msg_len
 *                            0       8        16     24      32         40          48       56
 * struct iovec   (16 bytes): base *  len
 * </pre>
 */
final class SendBatch {
    private static final int MMSGHDR_BYTES = 64;
    private static final int IOVEC_BYTES = 16;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int ALIGNMENT = 64;

    private final Descriptor socket;
    private final int capacity;
    private final ByteBuffer[] frames;
    private final NativeMemory memory;
    private final NativeMemory iovecs;
    private final NativeMemory messages;
    private int head;
    private int tail;
    private long sent;
    private long dropped;
    private int lastRefusal;

    /**
     * Lays out the batch.
     *
     * @param capacity frames that one system call may carry
     * @param frameBytes longest frame
     * @param destination a sockaddr for every frame, or null for a bound socket
     */
    SendBatch(
            final Descriptor socket,
            final int capacity,
            final int frameBytes,
            final @Nullable NativeMemory destination,
            final int destinationLength) {
        this.socket = socket;
        this.capacity = capacity;
        final int stride = (frameBytes + ALIGNMENT - 1) & -ALIGNMENT;
        memory = NativeMemory.allocate(capacity * stride);
        iovecs = NativeMemory.allocate(capacity * IOVEC_BYTES);
        messages = NativeMemory.allocate(capacity * MMSGHDR_BYTES);
        frames = new ByteBuffer[capacity];
        for (int i = 0; i < capacity; i++) {
            frames[i] = memory.buffer().slice(i * stride, frameBytes).order(ByteOrder.BIG_ENDIAN);
            iovecs.buffer().putLong(i * IOVEC_BYTES, memory.address() + (long) i * stride);
            final int message = i * MMSGHDR_BYTES;
            if (destination != null) {
                messages.buffer().putLong(message, destination.address());
                messages.buffer().putInt(message + 8, destinationLength);
            }
            messages.buffer().putLong(message + 16, iovecs.address() + (long) i * IOVEC_BYTES);
            messages.buffer().putLong(message + 24, 1);
        }
    }

    /** The next free frame, or null when the batch is full. */
    @Nullable
    ByteBuffer frame() {
        return tail == capacity ? null : frames[tail];
    }

    /** All frames, for what is the same in each of them. */
    ByteBuffer[] frames() {
        return frames;
    }

    /** Queues the frame that {@link #frame} returned. */
    void add(final int length) {
        iovecs.buffer().putLong(tail * IOVEC_BYTES + 8, length);
        tail++;
    }

    /**
     * Sends what is queued.
     *
     * @return frames that stay queued because the kernel has no room now
     * @throws LinuxException when no frame can ever leave by this socket: ENXIO, EBADF
     */
    int flush() throws LinuxException {
        boolean downBefore = false;
        while (head < tail) {
            final long first = messages.address() + (long) head * MMSGHDR_BYTES;
            final int count = LibC.sendmmsg(socket.fd(), first, tail - head, MSG_DONTWAIT);
            if (count > 0) {
                head += count;
                sent += count;
                downBefore = false;
                continue;
            }
            final int errno = count == 0 ? Errno.EAGAIN : LibC.errno();
            if (errno == Errno.EAGAIN || errno == Errno.ENOBUFS || errno == Errno.ENOMEM) {
                return tail - head;
            }
            if (errno == Errno.ENXIO || errno == Errno.EBADF) {
                throw new LinuxException("sendmmsg", errno, tail - head + " frames");
            }
            if (errno == Errno.EINTR || (errno == Errno.ENETDOWN && !downBefore)) {
                // A link that was down leaves one stale ENETDOWN behind after it is up again (measured).
                downBefore = errno == Errno.ENETDOWN;
                continue;
            }
            lastRefusal = errno;
            dropped++;
            head++;
        }
        head = 0;
        tail = 0;
        return 0;
    }

    int queued() {
        return tail - head;
    }

    long sent() {
        return sent;
    }

    long dropped() {
        return dropped;
    }

    /** Why the latest dropped frame was refused, such as "EMSGSIZE"; "" when none was. */
    String lastRefusal() {
        return lastRefusal == 0 ? "" : Errno.name(lastRefusal);
    }
}
