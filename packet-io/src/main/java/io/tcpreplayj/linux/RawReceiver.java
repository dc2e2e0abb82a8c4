package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A raw socket (raw(7), ipv6(7)) that receives what comes in for this host of one protocol of one IP version. Of IPv6 the
 * kernel keeps the header to itself: it is written anew in front of the packet, from what the kernel says of it.
 *
 * <pre>
 * struct mmsghdr: msg_name  msg_namelen  msg_iov  msg_iovlen  msg_control  msg_controllen  msg_flags  msg_len
 *                 0         8            16       24          32           40              48         56
 * struct cmsghdr: cmsg_len  cmsg_level  cmsg_type  data, aligned to 8
 *                 0         8           12         16
 * </pre>
 */
final class RawReceiver {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_RAW = 3;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int SO_BINDTODEVICE = 25;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SO_TIMESTAMPNS = 35;
    private static final int SO_MEMINFO = 55;
    // linux/sock_diag.h: indexes of SO_MEMINFO's 32-bit numbers.
    private static final int SK_MEMINFO_RMEM_ALLOC = 0;
    private static final int SK_MEMINFO_RCVBUF = 1;
    private static final int SK_MEMINFO_DROPS = 8;
    private static final int MEMINFO_BYTES = 36;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_RECVPKTINFO = 49;
    private static final int IPV6_PKTINFO = 50;
    private static final int IPV6_RECVHOPLIMIT = 51;
    private static final int IPV6_HOPLIMIT = 52;
    private static final int IPV6_RECVTCLASS = 66;
    private static final int IPV6_TCLASS = 67;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;

    private static final int BATCH = 64;
    private static final int V6_HEADER = 40;
    /** The longest packet that either version can name, and the header in front. */
    private static final int SLOT_BYTES = 65_536 + 64;

    private static final int MMSGHDR_BYTES = 64;
    private static final int IOVEC_BYTES = 16;
    private static final int NAME_BYTES = 32;
    private static final int SIN6_ADDR = 8;
    private static final int CONTROL_BYTES = 192;
    private static final int CMSGHDR_BYTES = 16;

    private final Descriptor socket;
    private final boolean v4;
    private final int protocol;
    private final NativeMemory memory = NativeMemory.allocate(BATCH * SLOT_BYTES);
    private final ByteBuffer packets = memory.buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
    private final NativeMemory iovecs = NativeMemory.allocate(BATCH * IOVEC_BYTES);
    private final NativeMemory messages = NativeMemory.allocate(BATCH * MMSGHDR_BYTES);
    private final NativeMemory names = NativeMemory.allocate(BATCH * NAME_BYTES);
    private final NativeMemory controls = NativeMemory.allocate(BATCH * CONTROL_BYTES);
    private final NativeMemory info = NativeMemory.allocate(MEMINFO_BYTES);
    private final NativeMemory infoLength = NativeMemory.allocate(4);
    private boolean mayHaveMore;
    private long read;
    private int counted;
    private long drops;

    private RawReceiver(final Descriptor socket, final boolean v4, final int protocol) {
        this.socket = socket;
        this.v4 = v4;
        this.protocol = protocol;
        final int headroom = v4 ? 0 : V6_HEADER;
        for (int i = 0; i < BATCH; i++) {
            iovecs.buffer().putLong(i * IOVEC_BYTES, memory.address() + (long) i * SLOT_BYTES + headroom);
            iovecs.buffer().putLong(i * IOVEC_BYTES + 8, SLOT_BYTES - headroom);
            final int message = i * MMSGHDR_BYTES;
            messages.buffer().putLong(message, names.address() + (long) i * NAME_BYTES);
            messages.buffer().putLong(message + 16, iovecs.address() + (long) i * IOVEC_BYTES);
            messages.buffer().putLong(message + 24, 1);
            messages.buffer().putLong(message + 32, controls.address() + (long) i * CONTROL_BYTES);
        }
    }

    /**
     * Opens one.
     *
     * @param link or null for all interfaces
     * @param queueBytes that may wait in it, as the kernel counts them
     * @throws LinuxException EPERM without CAP_NET_RAW; EAFNOSUPPORT without that IP version
     */
    static RawReceiver open(
            final boolean v4,
            final int protocol,
            final @Nullable Link link,
            final PacketFilter filter,
            final long queueBytes)
            throws LinuxException {
        final Descriptor socket = Descriptor.socket(v4 ? AF_INET : AF_INET6, SOCK_RAW, protocol);
        boolean done = false;
        try {
            // It gets packets from the moment on at which it is there.
            PacketFilter.nothing().attachTo(socket);
            if (link != null) {
                socket.setOption(
                        SOL_SOCKET,
                        SO_BINDTODEVICE,
                        NativeMemory.cString(link.name()),
                        link.name().length() + 1);
            }
            queue(socket, queueBytes);
            socket.setOption(SOL_SOCKET, SO_TIMESTAMPNS, 1);
            if (!v4) {
                socket.setOption(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
                socket.setOption(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
                socket.setOption(IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
            }
            final RawReceiver receiver = new RawReceiver(socket, v4, protocol);
            receiver.begin(filter);
            done = true;
            return receiver;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /** The kernel doubles what it is told, and counts its own structures in. */
    private static void queue(final Descriptor socket, final long bytes) throws LinuxException {
        final int half = (int) (bytes / 2);
        try {
            socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, half);
        } catch (final LinuxException e) {
            // Without CAP_NET_ADMIN: as much as net.core.rmem_max allows.
            socket.setOption(SOL_SOCKET, SO_RCVBUF, half);
        }
    }

    private void begin(final PacketFilter filter) throws LinuxException {
        while (receive() > 0) {
            // What came before the filter.
        }
        counted = memoryInfo().getInt(4 * SK_MEMINFO_DROPS);
        filter(filter);
    }

    void filter(final PacketFilter filter) throws LinuxException {
        (v4 ? filter : filter.fromNetworkHeader()).withoutOwn().attachTo(socket);
    }

    void stop() throws LinuxException {
        PacketFilter.nothing().attachTo(socket);
    }

    private int receive() throws LinuxException {
        for (int i = 0; i < BATCH; i++) {
            messages.buffer().putInt(i * MMSGHDR_BYTES + 8, NAME_BYTES);
            messages.buffer().putLong(i * MMSGHDR_BYTES + 40, CONTROL_BYTES);
        }
        final int count = LibC.recvmmsg(socket.fd(), messages.address(), BATCH, MSG_DONTWAIT | MSG_TRUNC, 0);
        if (count >= 0) {
            return count;
        }
        final int errno = LibC.errno();
        if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
            return 0;
        }
        throw new LinuxException("recvmmsg", errno, "raw socket");
    }

    /** Hands over a batch of what is there, as {@link Linktype#RAW}; valid until the next call. */
    int poll(final PacketHandler handler) throws LinuxException {
        final int count = receive();
        mayHaveMore = count == BATCH;
        for (int i = 0; i < count; i++) {
            final int length = messages.buffer().getInt(i * MMSGHDR_BYTES + 56);
            final int at = i * SLOT_BYTES;
            final long captureTimeNs = readControls(i, at);
            if (v4) {
                handler.onPacket(packets, at, Math.min(length, SLOT_BYTES), length, captureTimeNs, Linktype.RAW);
            } else {
                header(i, at, length);
                handler.onPacket(
                        packets,
                        at,
                        Math.min(V6_HEADER + length, SLOT_BYTES),
                        V6_HEADER + length,
                        captureTimeNs,
                        Linktype.RAW);
            }
        }
        read += count;
        return count;
    }

    /** Returns the time; what is known of an IPv6 header goes to where it will be. */
    private long readControls(final int number, final int at) {
        final ByteBuffer control = controls.buffer();
        final int end = number * CONTROL_BYTES + (int) messages.buffer().getLong(number * MMSGHDR_BYTES + 40);
        long timeNs = 0;
        int trafficClass = 0;
        int next = number * CONTROL_BYTES;
        while (next + CMSGHDR_BYTES <= end) {
            final int data = next + CMSGHDR_BYTES;
            final int level = control.getInt(next + 8);
            final int type = control.getInt(next + 12);
            if (level == SOL_SOCKET && type == SO_TIMESTAMPNS) {
                timeNs = control.getLong(data) * 1_000_000_000L + control.getLong(data + 8);
            } else if (level == IPPROTO_IPV6 && type == IPV6_PKTINFO) {
                packets.put(at + 24, control, data, 16);
            } else if (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT) {
                packets.put(at + 7, (byte) control.getInt(data));
            } else if (level == IPPROTO_IPV6 && type == IPV6_TCLASS) {
                trafficClass = control.getInt(data);
            }
            next += (int) (control.getLong(next) + 7) & -8;
        }
        if (!v4) {
            packets.putInt(at, 6 << 28 | (trafficClass & 0xff) << 20);
        }
        return timeNs;
    }

    /** The rest of it. Extension headers were taken off, and fragments are put together (RFC 8200 4). */
    private void header(final int number, final int at, final int length) {
        packets.putShort(at + 4, (short) Math.min(length, 0xffff));
        packets.put(at + 6, (byte) protocol);
        packets.put(at + 8, names.buffer(), number * NAME_BYTES + SIN6_ADDR, 16);
    }

    /** Which share of the queue waits; asked of the kernel only where the last batch left something. */
    double fill() throws LinuxException {
        if (!mayHaveMore) {
            return 0;
        }
        final ByteBuffer sizes = memoryInfo();
        return Math.min(
                1, (double) sizes.getInt(4 * SK_MEMINFO_RMEM_ALLOC) / Math.max(1, sizes.getInt(4 * SK_MEMINFO_RCVBUF)));
    }

    /** Bytes that may wait. */
    long queueBytes() throws LinuxException {
        return memoryInfo().getInt(4 * SK_MEMINFO_RCVBUF);
    }

    /**
     * By SO_MEMINFO, not by the SO_RXQ_OVFL of packets: that one is heard of only when another packet comes. It is of 32 bits.
     */
    void count() throws LinuxException {
        final int now = memoryInfo().getInt(4 * SK_MEMINFO_DROPS);
        drops += Integer.toUnsignedLong(now - counted);
        counted = now;
    }

    private ByteBuffer memoryInfo() throws LinuxException {
        socket.getOption(SOL_SOCKET, SO_MEMINFO, info, infoLength, MEMINFO_BYTES);
        return info.buffer();
    }

    long read() {
        return read;
    }

    long drops() {
        return drops;
    }

    int fd() {
        return socket.fd();
    }

    void close() {
        socket.close();
    }
}
