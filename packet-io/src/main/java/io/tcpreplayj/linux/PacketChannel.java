package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * IP packets through one descriptor that never blocks, one packet a write(2) or read(2): a TUN device's, or one end of a
 * pair of sockets within this process. One thread; reading and writing allocate nothing.
 *
 * <p>A TUN device opened with IFF_VNET_HDR has a header before each packet (virtio 1.2, 5.1.6; linux/virtio_net.h):
 *
 * <pre>
 * struct virtio_net_hdr: flags  gso_type  hdr_len  gso_size  csum_start  csum_offset
 *                        0      1         2 (16)   4 (16)    6 (16)      8 (16)
 * </pre>
 *
 * Ours is zero, for what we write is complete. Of the kernel's only the flags are looked at: how long a packet is, its own
 * headers say, and none of the other fields is believed.
 */
public final class PacketChannel implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int VNET_HEADER = 10;
    // VIRTIO_NET_HDR_F_NEEDS_CSUM: not computed yet; VIRTIO_NET_HDR_F_DATA_VALID: found right.
    private static final int CHECKSUM_KNOWN = 1 | 2;

    /** As many as any packet has. */
    static final int FRAME_BYTES = 64 * 1024;

    private final Descriptor descriptor;
    private final String name;
    private final int header;
    private final int snaplen;
    private final NativeMemory readMemory;
    private final NativeMemory writeMemory;
    private final ByteBuffer readHeader;
    private final ByteBuffer received;
    private final ByteBuffer frame;
    private final WallClock clock = new WallClock();

    /** Takes over {@code descriptor}; {@code name} is what errors call it. */
    PacketChannel(final Descriptor descriptor, final String name) {
        this(descriptor, name, false, FRAME_BYTES);
    }

    /**
     * As above.
     *
     * @param withVnetHeader whether the kernel puts a header before each packet, and wants one
     * @param snaplen bytes of a packet that are read, at most {@link #FRAME_BYTES}; the kernel throws the rest away
     */
    PacketChannel(final Descriptor descriptor, final String name, final boolean withVnetHeader, final int snaplen) {
        this.descriptor = descriptor;
        this.name = name;
        this.header = withVnetHeader ? VNET_HEADER : 0;
        this.snaplen = snaplen;
        this.readMemory = NativeMemory.allocate(header + snaplen);
        this.writeMemory = NativeMemory.allocate(header + FRAME_BYTES);
        this.readHeader = readMemory.buffer();
        this.received = readHeader.slice(header, snaplen).order(ByteOrder.BIG_ENDIAN);
        this.frame = writeMemory.buffer().slice(header, FRAME_BYTES).order(ByteOrder.BIG_ENDIAN);
    }

    /** Two ends: what is written to one is read from the other, in order and with its boundaries (unix(7)). */
    public record Pair(PacketChannel near, PacketChannel far) implements AutoCloseable {
        public static Pair open() throws LinuxException {
            final Descriptor[] ends = Descriptor.socketPair(AF_UNIX, SOCK_SEQPACKET);
            return new Pair(new PacketChannel(ends[0], "near end"), new PacketChannel(ends[1], "far end"));
        }

        @Override
        public void close() {
            near.close();
            far.close();
        }
    }

    /** Readable when a packet came. */
    public int fd() {
        return descriptor.fd();
    }

    /** Where the next packet for {@link #write} is to be put: big-endian, from index 0, 64 KiB at most. */
    public ByteBuffer frame() {
        return frame;
    }

    /**
     * Sends the packet that stands at index 0 of {@link #frame()}.
     *
     * @return false when the kernel had no room for it: the packet is lost
     * @throws LinuxException of a TUN device: EINVAL when it is no IP packet; EIO when somebody set the interface down;
     *     EBADFD when it was deleted
     */
    public boolean write(final int length) throws LinuxException {
        final long written = LibC.write(descriptor.fd(), writeMemory.address(), header + length);
        if (written >= 0) {
            return true;
        }
        final int errno = LibC.errno();
        if (errno == Errno.EAGAIN || errno == Errno.ENOBUFS || errno == Errno.ENOMEM || errno == Errno.EINTR) {
            return false;
        }
        throw new LinuxException("write", errno, name + ", packet of " + length + " bytes");
    }

    /**
     * Takes the next packet into {@link #received()}, from index 0 on, without waiting.
     *
     * @return how many bytes of it are there, or 0 when there is none
     * @throws LinuxException EBADFD when somebody deleted a TUN device
     */
    public int read() throws LinuxException {
        final int length = (int) LibC.read(descriptor.fd(), readMemory.address(), header + snaplen);
        if (length >= 0) {
            return Math.max(0, length - header);
        }
        final int errno = LibC.errno();
        if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
            return 0;
        }
        throw new LinuxException("read", errno, name);
    }

    /** The packet that {@link #read} took last; big-endian. */
    public ByteBuffer received() {
        return received;
    }

    /**
     * Of the packet that {@link #read} took last: whether its transport checksum needs no look, because it has not been computed
     * yet, was found right, or came from a kernel that had to complete it.
     */
    public boolean checksumKnown() {
        return header == 0 || (readHeader.get(0) & CHECKSUM_KNOWN) != 0;
    }

    /** Takes what is there and throws it away. */
    public void discard() throws LinuxException {
        while (read() > 0) {
            // Nobody wants it.
        }
    }

    /**
     * Hands over the packets that are there, as {@link Linktype#RAW}, without waiting. A TUN device has no stamps of its
     * own: all have the time at which this was called.
     *
     * @return packets handed over, at most {@code limit}
     * @throws LinuxException as {@link #read}
     */
    public int poll(final PacketHandler handler, final int limit) throws LinuxException {
        final long nowNs = clock.nowNs();
        int count = 0;
        while (count < limit) {
            final int length = read();
            if (length == 0) {
                return count;
            }
            // Of one that the snaplen cut, the IP header alone knows how long it was.
            final int origlen = length < snaplen ? length : FRAME_BYTES;
            handler.onPacket(received, 0, length, origlen, nowNs, Linktype.RAW);
            count++;
        }
        return count;
    }

    /** Closes the descriptor; a TUN device vanishes with it. */
    @Override
    public void close() {
        descriptor.close();
    }
}
