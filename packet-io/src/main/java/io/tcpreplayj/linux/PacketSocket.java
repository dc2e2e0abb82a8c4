package io.tcpreplayj.linux;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends Ethernet frames by AF_PACKET (packet(7)), up to 256 a system call; receives nothing. One thread. */
public final class PacketSocket implements FrameSocket {
    /** Bytes of destination, source and type in front of the packet. */
    public static final int ETHERNET_HEADER = 14;

    static final int AF_PACKET = 17;
    static final int SOCKADDR_LL_BYTES = 20;
    private static final int SOCK_RAW = 3;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SEND_BUFFER_BYTES = 4 << 20;
    private static final int BATCH = 256;
    private static final int LONGEST_PACKET = 65_535;

    private final Descriptor socket;
    private final SendBatch batch;

    private PacketSocket(final Descriptor socket, final Link link) {
        this.socket = socket;
        this.batch = new SendBatch(socket, BATCH, Math.min(link.mtu(), LONGEST_PACKET) + ETHERNET_HEADER, null, 0);
    }

    /**
     * Opens a socket that sends by {@code link}.
     *
     * @throws LinuxException EPERM without CAP_NET_RAW
     */
    public static PacketSocket open(final Link link) throws LinuxException {
        // Protocol 0: no packet is ever queued for reading.
        final Descriptor socket = Descriptor.socket(AF_PACKET, SOCK_RAW, 0);
        PacketSocket opened = null;
        try {
            bind(socket, link, 0);
            SendMark.set(socket);
            // Cut down to net.core.wmem_max by the kernel, without an error.
            socket.setOption(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
            opened = new PacketSocket(socket, link);
            return opened;
        } finally {
            if (opened == null) {
                socket.close();
            }
        }
    }

    /** Binds to an interface; {@code protocol} is an EtherType in network order. */
    static void bind(final Descriptor socket, final Link link, final int protocol) throws LinuxException {
        bind(socket, link.index(), protocol, link.name());
    }

    /** @param index 0 for all interfaces */
    static void bind(final Descriptor socket, final int index, final int protocol, final String name)
            throws LinuxException {
        final NativeMemory address = NativeMemory.allocate(SOCKADDR_LL_BYTES);
        address.buffer().putShort(0, (short) AF_PACKET);
        address.buffer().putShort(2, (short) protocol);
        address.buffer().putInt(4, index);
        socket.bind(address, SOCKADDR_LL_BYTES, name);
    }

    @Override
    public List<ByteBuffer> frames() {
        return Arrays.asList(batch.frames());
    }

    @Override
    public int frameBytes() {
        return batch.frames()[0].capacity();
    }

    @Override
    public @Nullable ByteBuffer frame() {
        return batch.frame();
    }

    @Override
    public void add(final int length) {
        batch.add(length);
    }

    @Override
    public int flush() throws LinuxException {
        return batch.flush();
    }

    @Override
    public int queued() {
        return batch.queued();
    }

    @Override
    public long sent() {
        return batch.sent();
    }

    @Override
    public long dropped() {
        return batch.dropped();
    }

    @Override
    public String lastRefusal() {
        return batch.lastRefusal();
    }

    @Override
    public void close() {
        socket.close();
    }
}
