package io.tcpreplayj.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Sends Ethernet frames by AF_XDP in copy mode, which every driver can: the kernel takes them out of memory that it shares
 * with us, 32 a system call, and hands them to the device straight away. That is the cheapest way there is to send a frame,
 * and it passes by the queueing discipline and by nftables' egress hooks: <b>no rule of this host sees them</b>. Nothing is
 * received, so no program has to be loaded into the kernel. One thread.
 *
 * <p>Of the two rings, the kernel reads descriptors of frames from one (TX) and returns the frames that it is done with
 * through the other (completion). In copy mode it reads the first within our own sendto(2) only, {@value #AT_ONCE} at most
 * (net/xdp/xsk.c, TX_BATCH_SIZE); so many are offered it at a time, for what was offered cannot be taken back: the kernel
 * remembers how far it may read.
 *
 * <pre>
 * struct xdp_umem_reg: addr  len  chunk_size (32 bits)  headroom       struct xdp_desc: addr  len (32 bits)  options
 *                      0     8    16                    20                              0     8              12
 * struct sockaddr_xdp: family (16 bits)  flags (16 bits)  ifindex  queue_id  shared_umem_fd
 *                      0                 2                4        8         12
 * </pre>
 */
public final class XdpSocket implements FrameSocket {
    private static final int AF_XDP = 44;
    private static final int SOCK_RAW = 3;
    private static final int SOL_XDP = 283;
    private static final int XDP_MMAP_OFFSETS = 1;
    private static final int XDP_TX_RING = 3;
    private static final int XDP_UMEM_REG = 4;
    private static final int XDP_UMEM_FILL_RING = 5;
    private static final int XDP_UMEM_COMPLETION_RING = 6;
    private static final short XDP_COPY = 1 << 1;
    private static final long XDP_PGOFF_TX_RING = 0x80000000L;
    private static final long XDP_UMEM_PGOFF_COMPLETION_RING = 0x180000000L;
    private static final int TX_OFFSETS = 32;
    private static final int COMPLETION_OFFSETS = 96;
    private static final int OFFSETS_BYTES = 128;
    private static final int UMEM_REG_BYTES = 24;
    private static final int SOCKADDR_XDP_BYTES = 16;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SEND_BUFFER_BYTES = 4 << 20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final long QUEUE_PATIENCE_NS = 500_000_000;
    private static final long QUEUE_RETRY_NS = 1_000_000;
    private static final int AT_ONCE = 32;
    private static final int FRAMES = 1024;
    private static final int PAGE_BYTES = 4096;
    private static final XdpRing.Shape DESCRIPTORS = new XdpRing.Shape(FRAMES, 16);
    private static final XdpRing.Shape ADDRESSES = new XdpRing.Shape(FRAMES, 8);

    private final Descriptor socket;
    private final List<ByteBuffer> frames;
    private final int frameBytes;
    private final XdpRing transmit;
    private final XdpRing completion;
    private final int[] free = new int[FRAMES];
    private int freeCount = FRAMES;
    private int returned;
    // Counts of frames, as those of the rings never stopping: what the kernel has taken, what it was offered, what was
    // added.
    private int taken;
    private int offered;
    private int added;
    private long sent;
    private long dropped;
    private int lastRefusal;
    private boolean open = true;

    private XdpSocket(
            final Descriptor socket, final ByteBuffer memory, final int frameBytes, final NativeMemory offsets)
            throws LinuxException {
        this.socket = socket;
        this.frameBytes = frameBytes;
        frames = IntStream.range(0, FRAMES)
                .mapToObj(i -> memory.slice(i * frameBytes, frameBytes).order(ByteOrder.BIG_ENDIAN))
                .toList();
        for (int i = 0; i < FRAMES; i++) {
            free[i] = FRAMES - 1 - i;
        }
        transmit = XdpRing.map(socket, offsets, TX_OFFSETS, DESCRIPTORS, XDP_PGOFF_TX_RING);
        try {
            completion = XdpRing.map(socket, offsets, COMPLETION_OFFSETS, ADDRESSES, XDP_UMEM_PGOFF_COMPLETION_RING);
        } catch (final LinuxException e) {
            transmit.unmap();
            throw e;
        }
    }

    /**
     * Opens a socket that sends by {@code link}, by the first of its queues that no other AF_XDP socket has. A frame has room
     * for a page, 4,096 bytes, at most: packets of larger MTUs do not fit.
     *
     * @throws LinuxException EPERM without CAP_NET_RAW; EAFNOSUPPORT from a kernel without AF_XDP; ENOBUFS when the limit of
     *     locked memory (ulimit -l) is below 4 MiB; EBUSY when others have all queues
     */
    public static XdpSocket open(final Link link) throws LinuxException {
        final Descriptor socket = Descriptor.socket(AF_XDP, SOCK_RAW, 0);
        XdpSocket opened = null;
        try {
            SendMark.set(socket);
            socket.setOption(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
            final int frameBytes =
                    link.mtu() + PacketSocket.ETHERNET_HEADER <= PAGE_BYTES / 2 ? PAGE_BYTES / 2 : PAGE_BYTES;
            // Whole pages, which the kernel pins: they outlive us as long as it uses them.
            final ByteBuffer memory =
                    ByteBuffer.allocateDirect(FRAMES * frameBytes + PAGE_BYTES).alignedSlice(PAGE_BYTES);
            register(socket, memory, frameBytes);
            final NativeMemory offsets = NativeMemory.allocate(OFFSETS_BYTES);
            socket.getOption(SOL_XDP, XDP_MMAP_OFFSETS, offsets, NativeMemory.allocate(4), OFFSETS_BYTES);
            opened = new XdpSocket(socket, memory, frameBytes, offsets);
            bind(socket, link);
            return opened;
        } catch (final LinuxException e) {
            if (opened != null) {
                opened.close();
            }
            throw e;
        } finally {
            if (opened == null) {
                socket.close();
            }
        }
    }

    private static void register(final Descriptor socket, final ByteBuffer memory, final int frameBytes)
            throws LinuxException {
        final NativeMemory region = NativeMemory.allocate(UMEM_REG_BYTES);
        region.buffer()
                .putLong(0, NativeMemory.addressOf(memory))
                .putLong(8, (long) FRAMES * frameBytes)
                .putInt(16, frameBytes);
        socket.setOption(SOL_XDP, XDP_UMEM_REG, region, UMEM_REG_BYTES);
        socket.setOption(SOL_XDP, XDP_UMEM_COMPLETION_RING, FRAMES);
        // Never filled, for nothing is received; but bind(2) asks for one.
        socket.setOption(SOL_XDP, XDP_UMEM_FILL_RING, 1);
        socket.setOption(SOL_XDP, XDP_TX_RING, FRAMES);
    }

    /** Closed sockets give their queues back a moment later, by a worker of the kernel: all busy is asked once more. */
    private static void bind(final Descriptor socket, final Link link) throws LinuxException {
        final NativeMemory address = NativeMemory.allocate(SOCKADDR_XDP_BYTES);
        address.buffer().putShort(0, (short) AF_XDP).putShort(2, XDP_COPY).putInt(4, link.index());
        final long deadlineNs = System.nanoTime() + QUEUE_PATIENCE_NS;
        int queue = 0;
        while (true) {
            address.buffer().putInt(8, queue);
            try {
                socket.bind(address, SOCKADDR_XDP_BYTES, link.name() + ", queue " + queue);
                return;
            } catch (final LinuxException e) {
                if (e.errno().equals(Errno.name(Errno.EBUSY))) {
                    queue++;
                } else if (queue == 0 || !e.errno().equals(Errno.name(Errno.EINVAL))) {
                    throw e;
                } else if (System.nanoTime() < deadlineNs) {
                    // There is no such queue, and all before it are others'.
                    queue = 0;
                    LockSupport.parkNanos(QUEUE_RETRY_NS);
                } else {
                    throw new LinuxException("bind", Errno.EBUSY, link.name() + ", " + queue + " queues");
                }
            }
        }
    }

    @Override
    public List<ByteBuffer> frames() {
        return frames;
    }

    @Override
    public int frameBytes() {
        return frameBytes;
    }

    @Override
    public @Nullable ByteBuffer frame() {
        if (freeCount == 0) {
            takeBack();
        }
        return freeCount == 0 ? null : frames.get(free[freeCount - 1]);
    }

    @Override
    public void add(final int length) {
        final int index = free[--freeCount];
        final int entry = transmit.entry(added);
        transmit.memory().putLong(entry, (long) index * frameBytes).putInt(entry + 8, length);
        added++;
    }

    private void takeBack() {
        checkOpen();
        final int done = completion.produced();
        while (returned != done) {
            final long address = completion.memory().getLong(completion.entry(returned));
            free[freeCount++] = (int) (address / frameBytes);
            returned++;
        }
        completion.consume(returned);
    }

    @Override
    public int flush() throws LinuxException {
        checkOpen();
        while (taken != added) {
            offered = taken + Math.min(AT_ONCE, added - taken);
            transmit.produce(offered);
            final int before = taken;
            final int result = (int) LibC.sendto(socket.fd(), 0, 0, MSG_DONTWAIT, 0, 0);
            final int errno = result < 0 ? LibC.errno() : 0;
            // Where none of several is sent, the kernel does not say at once that it took them.
            taken += Math.max(0, transmit.consumed() - taken);
            if (errno == Errno.EBUSY) {
                // The last one that was taken was thrown away: the carrier is gone, or the device's queue stands still.
                taken += taken == before ? 1 : 0;
                sent--;
                refused(errno, 1);
            } else if (errno == Errno.ENETDOWN) {
                withdraw();
            } else if (!isNoRoom(errno)) {
                throw new LinuxException("sendto", errno, added - taken + " frames");
            } else if (errno == 0 && taken == before) {
                throw new LinuxException("sendto", Errno.ENXIO, "a queue that sends nothing: has it been taken away?");
            }
            sent += taken - before;
            if (taken == before) {
                return queued();
            }
        }
        takeBack();
        return 0;
    }

    private static boolean isNoRoom(final int errno) {
        return switch (errno) {
            case 0, Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM, Errno.EINTR -> true;
            default -> false;
        };
    }

    /** As frames of a link that is down, they are lost; but those that the kernel was offered leave when it is up again. */
    private void withdraw() {
        final int count = added - offered;
        while (added != offered) {
            added--;
            free[freeCount++] = (int) (transmit.memory().getLong(transmit.entry(added)) / frameBytes);
        }
        refused(Errno.ENETDOWN, count);
    }

    private void refused(final int errno, final int count) {
        lastRefusal = errno;
        dropped += count;
    }

    private void checkOpen() {
        if (!open) {
            throw new IllegalStateException("the AF_XDP socket is closed");
        }
    }

    @Override
    public int queued() {
        return added - taken;
    }

    @Override
    public long sent() {
        return sent;
    }

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public String lastRefusal() {
        return lastRefusal == 0 ? "" : Errno.name(lastRefusal);
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            socket.close();
            transmit.unmap();
            completion.unmap();
        }
    }
}
