package io.tcpreplayj.linux;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * An AF_PACKET socket with a ring that the kernel fills (PACKET_RX_RING, packet(7)): what {@link PacketRing} and
 * {@link CaptureRing} share, whatever the layout of their rings.
 */
final class RingSocket {
    static final int SOCK_RAW = 3;
    static final int SOCK_DGRAM = 2;
    /** The frame or block is the kernel's to fill. */
    static final int TP_STATUS_KERNEL = 0;
    /** It is ours to read. */
    static final int TP_STATUS_USER = 1;

    private static final VarHandle STATUS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_RX_RING = 5;
    private static final int PACKET_STATISTICS = 6;
    private static final int PACKET_VERSION = 10;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    private static final short ETH_P_ALL = 3;

    private final Descriptor socket;
    private final NativeMemory option = NativeMemory.allocate(12);
    private final NativeMemory optionLength = NativeMemory.allocate(4);
    private @Nullable SharedMemory memory;

    private RingSocket(final Descriptor socket) {
        this.socket = socket;
    }

    /**
     * One that gets nothing until it is {@link #bind bound}: the kernel must not queue anything that is not asked for.
     *
     * @param version TPACKET_V2 or TPACKET_V3
     */
    static RingSocket open(final int type, final int version) throws LinuxException {
        final RingSocket opened = new RingSocket(Descriptor.socket(PacketSocket.AF_PACKET, type, 0));
        boolean done = false;
        try {
            opened.socket.setOption(SOL_PACKET, PACKET_VERSION, version);
            done = true;
            return opened;
        } finally {
            if (!done) {
                opened.close();
            }
        }
    }

    /** Leaves out what this machine sends. */
    void ignoreOutgoing() throws LinuxException {
        socket.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
    }

    /**
     * Makes the ring of {@code bytes} that {@code request} (struct tpacket_req or tpacket_req3) describes.
     *
     * @param detail what errors call it
     */
    ByteBuffer map(final NativeMemory request, final int requestBytes, final int bytes, final String detail)
            throws LinuxException {
        socket.setOption(SOL_PACKET, PACKET_RX_RING, request, requestBytes);
        final SharedMemory mapped = SharedMemory.map(socket, bytes, 0, detail);
        memory = mapped;
        return mapped.buffer();
    }

    /**
     * From now on frames come.
     *
     * @param index of the interface; 0 for all
     */
    void bind(final int index, final String name) throws LinuxException {
        PacketSocket.bind(socket, index, Short.reverseBytes(ETH_P_ALL), name);
    }

    /** Whose the frame or block is whose status stands at {@code index}: what the kernel wrote before it is seen. */
    static int status(final ByteBuffer ring, final int index) {
        return (int) STATUS.getAcquire(ring, index);
    }

    /** Gives it back to the kernel. */
    static void release(final ByteBuffer ring, final int index) {
        STATUS.setRelease(ring, index, TP_STATUS_KERNEL);
    }

    /**
     * Takes away the pending error, which makes the descriptor readable for ever.
     *
     * @return whether it said that the interface is down, or gone
     * @throws LinuxException for any other one
     */
    boolean wentDown(final String name) throws LinuxException {
        socket.getOption(SOL_SOCKET, SO_ERROR, option, optionLength, 4);
        final int error = option.buffer().getInt(0);
        if (error != 0 && error != Errno.ENETDOWN) {
            throw new LinuxException("poll", error, name);
        }
        return error == Errno.ENETDOWN;
    }

    /**
     * The kernel's counts since they were asked for last: packets and drops, 32 bits each.
     *
     * @param bytes of struct tpacket_stats, 8, or tpacket_stats_v3, 12
     */
    ByteBuffer statistics(final int bytes) throws LinuxException {
        socket.getOption(SOL_PACKET, PACKET_STATISTICS, option, optionLength, bytes);
        return option.buffer();
    }

    Descriptor descriptor() {
        return socket;
    }

    /** The ring goes with the socket. */
    void close() {
        final SharedMemory mapped = memory;
        if (mapped != null) {
            memory = null;
            mapped.unmap();
        }
        socket.close();
    }
}
