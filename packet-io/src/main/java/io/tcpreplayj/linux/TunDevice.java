package io.tcpreplayj.linux;

import io.tcpreplayj.packet.IpAddress;
import io.tcpreplayj.packet.Linktype;
import io.tcpreplayj.packet.PacketHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A TUN interface of our own: what is written to it arrives in this machine's IP layer as if it came from the network,
 * and what the machine sends to the addresses behind it can be read (linux/if_tun.h). Device, addresses and routes
 * vanish with the process, even at kill -9. One thread.
 */
public final class TunDevice implements AutoCloseable {
    /** The longest packet that IPv4 can name; a local client of the loopback interface would have as much. */
    public static final int MAX_MTU = 65535;

    private static final String PATH = "/dev/net/tun";
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final long TUNSETIFF = 0x400454caL;
    private static final int IFF_TUN = 1;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFNAMSIZ = 16;
    private static final int IFREQ_BYTES = 40;
    // Answers wait here while the one thread sends; the default of 500 drops them (measured).
    private static final int TXQUEUELEN = 10_000;
    private static final int FRAME_BYTES = 64 * 1024;

    private final Descriptor device;
    private final String name;
    private final int mtu;
    private final Netlink netlink;
    private final int index;
    private final LinkSetup setup;
    private final NativeMemory readMemory = NativeMemory.allocate(FRAME_BYTES);
    private final NativeMemory writeMemory = NativeMemory.allocate(FRAME_BYTES);
    private final ByteBuffer readBuffer = readMemory.buffer().duplicate().order(ByteOrder.BIG_ENDIAN);
    private final ByteBuffer writeBuffer = writeMemory.buffer().order(ByteOrder.BIG_ENDIAN);
    private final long wallMinusMonotonicNs;

    private TunDevice(final Descriptor device, final String name, final int mtu, final Netlink netlink)
            throws LinuxException {
        this.device = device;
        this.name = name;
        this.mtu = mtu;
        this.netlink = netlink;
        this.index = Link.byName(name).index();
        this.setup = new LinkSetup(netlink, index);
        this.wallMinusMonotonicNs = new Clock().realtimeNs() - System.nanoTime();
    }

    /**
     * Makes an interface "tj0", "tj1", …, up, without addresses.
     *
     * @param mtu 1280 (the least of IPv6, RFC 8200 5) to {@link #MAX_MTU}
     * @throws LinuxException EPERM without CAP_NET_ADMIN; ENOENT without the tun driver
     */
    public static TunDevice open(final int mtu) throws LinuxException {
        final Descriptor device = Descriptor.open(PATH, O_RDWR | O_NONBLOCK);
        @Nullable Netlink netlink = null;
        boolean done = false;
        try {
            netlink = new Netlink();
            final TunDevice tun = new TunDevice(device, attach(device), mtu, netlink);
            tun.configure();
            done = true;
            return tun;
        } finally {
            if (!done) {
                device.close();
                if (netlink != null) {
                    netlink.close();
                }
            }
        }
    }

    private static String attach(final Descriptor device) throws LinuxException {
        final NativeMemory request = NativeMemory.allocate(IFREQ_BYTES);
        request.buffer().put(0, "tj%d".getBytes(StandardCharsets.US_ASCII));
        request.buffer().putShort(IFNAMSIZ, (short) (IFF_TUN | IFF_NO_PI));
        device.ioctl(TUNSETIFF, request, "ioctl TUNSETIFF", PATH);
        final StringBuilder name = new StringBuilder(IFNAMSIZ);
        for (int i = 0; i < IFNAMSIZ && request.buffer().get(i) != 0; i++) {
            name.append((char) request.buffer().get(i));
        }
        return name.toString();
    }

    private void configure() throws LinuxException {
        setup.queueAndMtu(TXQUEUELEN, mtu);
        setup.openToLoopback();
        try {
            setup.silenceIpv6();
        } catch (final LinuxException e) {
            // A kernel without IPv6, or one where it is off: then there is nothing to silence.
            if (e.isPermission()) {
                throw e;
            }
        }
        setup.up();
    }

    /**
     * Gives the device its own address; the kernel then routes the whole prefix to us.
     *
     * @throws LinuxException EEXIST when the address is taken; EACCES when IPv6 is disabled
     */
    public void addAddress(final IpAddress address, final int prefixLength) throws LinuxException {
        setup.address(address, prefixLength);
    }

    /** The interface's name, as other tools show it. */
    public String name() {
        return name;
    }

    public int mtu() {
        return mtu;
    }

    /** Readable when a packet came. */
    public int fd() {
        return device.fd();
    }

    /**
     * Where the next packet for {@link #write} is to be put: big-endian, from index 0, {@link #mtu()} bytes at most.
     */
    public ByteBuffer frame() {
        return writeBuffer;
    }

    /**
     * Sends the packet that stands at index 0 of {@link #frame()}.
     *
     * @return false when the kernel had no memory for it: the packet is lost
     * @throws LinuxException EINVAL when it is no IP packet; EIO when somebody set the interface down; EBADFD when it
     * was deleted
     */
    public boolean write(final int length) throws LinuxException {
        final long written = LibC.write(device.fd(), writeMemory.address(), length);
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
     * Hands over the packets that are there, as {@link Linktype#RAW}, without waiting.
     *
     * @return packets handed over, at most {@code limit}
     * @throws LinuxException EBADFD when somebody deleted the interface
     */
    public int poll(final PacketHandler handler, final int limit) throws IOException {
        int count = 0;
        while (count < limit) {
            final int length = (int) LibC.read(device.fd(), readMemory.address(), FRAME_BYTES);
            if (length <= 0) {
                final int errno = length == 0 ? Errno.EAGAIN : LibC.errno();
                if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
                    return count;
                }
                throw new LinuxException("read", errno, name);
            }
            final long nowNs = System.nanoTime() + wallMinusMonotonicNs;
            handler.onPacket(readBuffer, 0, length, length, nowNs, Linktype.RAW);
            count++;
        }
        return count;
    }

    /** Packets to us that found the queue full. Asks the kernel: not for the hot path. */
    public long drops() throws LinuxException {
        return Link.byIndex(netlink, index).txDropped();
    }

    /** Removes the interface, its addresses and its routes. */
    @Override
    public void close() {
        netlink.close();
        device.close();
    }
}
