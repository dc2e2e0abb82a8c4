package io.tcpreplayj.linux;

import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends IP packets, headers included, to one target through the kernel's routing and filters (raw(7)). The slowest way
 * out and the one that needs least. One thread.
 */
public final class RawSocket implements AutoCloseable {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int SOCK_RAW = 3;
    private static final int IPPROTO_IP = 0;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPPROTO_RAW = 255;
    private static final int IP_HDRINCL = 3;
    private static final int IP_RECVERR = 11;
    private static final int IPV6_RECVERR = 25;
    private static final int IPV6_HDRINCL = 36;
    private static final int SOCKADDR_IN_BYTES = 16;
    private static final int SOCKADDR_IN6_BYTES = 28;
    private static final int BATCH = 64;

    private final Descriptor socket;
    private final IpAddress target;
    // The batch holds the bare address only: this field keeps the memory alive.
    private final NativeMemory sockaddr;
    private final SendBatch batch;

    private RawSocket(final Descriptor socket, final IpAddress target, final int mtu) {
        this.socket = socket;
        this.target = target;
        final int length = target.isV4() ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES;
        this.sockaddr = NativeMemory.allocate(length);
        sockaddr.buffer().putShort(0, (short) (target.isV4() ? AF_INET : AF_INET6));
        sockaddr.buffer().put(target.isV4() ? 4 : 8, target.toBytes());
        this.batch = new SendBatch(socket, BATCH, mtu, sockaddr, length);
    }

    /**
     * Opens a socket for packets to {@code target} only.
     *
     * @param mtu longest packet, bytes: the kernel refuses longer ones with EMSGSIZE, DF or not
     * @throws LinuxException EPERM without CAP_NET_RAW
     */
    public static RawSocket open(final IpAddress target, final int mtu) throws LinuxException {
        final Descriptor socket = Descriptor.socket(target.isV4() ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW);
        RawSocket opened = null;
        try {
            SendMark.set(socket);
            // Without RECVERR the kernel hides what a full queue dropped (measured: 500 of 500 reported as sent).
            if (target.isV4()) {
                socket.setOption(IPPROTO_IP, IP_HDRINCL, 1);
                socket.setOption(IPPROTO_IP, IP_RECVERR, 1);
            } else {
                socket.setOption(IPPROTO_IPV6, IPV6_HDRINCL, 1);
                socket.setOption(IPPROTO_IPV6, IPV6_RECVERR, 1);
            }
            opened = new RawSocket(socket, target, mtu);
            return opened;
        } finally {
            if (opened == null) {
                socket.close();
            }
        }
    }

    /** The next packet's buffer, big-endian; null when the batch is full: {@link #flush}. */
    public @Nullable ByteBuffer frame() {
        return batch.frame();
    }

    /**
     * Queues the packet of {@code length} bytes.
     *
     * @throws IllegalArgumentException when its header names another destination: the kernel would send it there
     */
    public void add(final int length) {
        final ByteBuffer packet = batch.frame();
        if (packet == null || !target.isDestinationOf(packet, 0)) {
            throw new IllegalArgumentException("a packet that is not to " + target);
        }
        batch.add(length);
    }

    /** Sends what is queued; returns the packets that stay queued because the kernel has no room now. */
    public int flush() throws LinuxException {
        return batch.flush();
    }

    public int queued() {
        return batch.queued();
    }

    public long sent() {
        return batch.sent();
    }

    /** Packets refused for good: too long, filtered away (EPERM), no route. */
    public long dropped() {
        return batch.dropped();
    }

    /** Why the latest dropped packet was refused, such as "EPERM"; "" when none was. */
    public String lastRefusal() {
        return batch.lastRefusal();
    }

    @Override
    public void close() {
        socket.close();
    }
}
