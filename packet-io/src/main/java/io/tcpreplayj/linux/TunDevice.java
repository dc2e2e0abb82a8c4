package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
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

    static final String PATH = "/dev/net/tun";
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final long TUNSETIFF = 0x400454caL;
    static final int IFF_TUN = 1;
    static final int IFF_TAP = 2;
    private static final int IFF_NO_PI = 0x1000;
    private static final int IFF_VNET_HDR = 0x4000;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    // TUN_F_CSUM, TSO4, TSO6, TSO_ECN; USO4 and USO6, which came with Linux 6.2 (linux/if_tun.h).
    static final int CSUM_AND_TSO = 0x0f;
    static final int USO = 0x60;
    private static final int IFNAMSIZ = 16;
    private static final int IFREQ_BYTES = 40;
    // Answers wait here while the one thread sends; the default of 500 drops them (measured).
    private static final int TXQUEUELEN = 10_000;

    private final PacketChannel packets;
    private final String name;
    private final int mtu;
    private final Netlink netlink;
    private final int index;
    private final LinkSetup setup;
    private final boolean superSegments;

    private TunDevice(final PacketChannel packets, final Attached made, final int mtu, final Netlink netlink)
            throws LinuxException {
        this.packets = packets;
        this.name = made.name;
        this.superSegments = made.superSegments;
        this.mtu = mtu;
        this.netlink = netlink;
        this.index = Link.byName(name).index();
        this.setup = new LinkSetup(netlink, index);
    }

    /** What the kernel made of our wishes. */
    private record Attached(String name, boolean vnetHeader, boolean superSegments) {}

    /**
     * Makes an interface "tj0", "tj1", …, up, without addresses; what the kernel sends to it is cut to its MTU and has all its
     * checksums.
     *
     * @param mtu 1280 (the least of IPv6, RFC 8200 5) to {@link #MAX_MTU}
     * @throws LinuxException EPERM without CAP_NET_ADMIN; ENOENT without the tun driver
     */
    public static TunDevice open(final int mtu) throws LinuxException {
        return open(mtu, 0, PacketChannel.FRAME_BYTES);
    }

    /**
     * As {@link #open(int)}, to which the kernel may send TCP segments of up to 64 KiB as one packet, with checksums that are not
     * computed yet ({@link PacketChannel#checksumKnown}): one read instead of 45.
     *
     * @param snaplen bytes of each packet that are wanted, at most 65,536
     */
    public static TunDevice openForSuperSegments(final int mtu, final int snaplen) throws LinuxException {
        return open(mtu, CSUM_AND_TSO, Math.min(snaplen, PacketChannel.FRAME_BYTES));
    }

    /** @param offloads that the kernel may leave to us, TUN_F_*; those that it does not know are refused together */
    static TunDevice open(final int mtu, final int offloads, final int snaplen) throws LinuxException {
        final Descriptor device = open();
        @Nullable Netlink netlink = null;
        boolean done = false;
        try {
            netlink = new Netlink();
            final Attached made = attachWith(device, offloads);
            final PacketChannel packets = new PacketChannel(device, made.name, made.vnetHeader, snaplen);
            final TunDevice tun = new TunDevice(packets, made, mtu, netlink);
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

    static Descriptor open() throws LinuxException {
        return Descriptor.open(PATH, O_RDWR | O_NONBLOCK);
    }

    private static Attached attachWith(final Descriptor device, final int offloads) throws LinuxException {
        if (offloads == 0) {
            return new Attached(attach(device, IFF_TUN), false, false);
        }
        // Since Linux 2.6.27. A kernel that refuses the offloads has the header all the same, and says nothing in it.
        final String name = attach(device, IFF_TUN | IFF_VNET_HDR);
        return new Attached(name, true, offload(device, offloads));
    }

    /** Whether the kernel agrees to leave all of {@code offloads} undone; else it does everything itself. */
    static boolean offload(final Descriptor device, final int offloads) {
        return LibC.ioctl(device.fd(), TUNSETOFFLOAD, offloads) >= 0;
    }

    /** Makes the interface of {@code device}: "tj0" or the next that is free. */
    static String attach(final Descriptor device, final int kind) throws LinuxException {
        final NativeMemory request = NativeMemory.allocate(IFREQ_BYTES);
        request.buffer().put(0, "tj%d".getBytes(StandardCharsets.US_ASCII));
        request.buffer().putShort(IFNAMSIZ, (short) (kind | IFF_NO_PI));
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
        setup.silenceIpv6();
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

    /**
     * Routes a network to the device, which needs no address for it.
     *
     * @throws LinuxException EEXIST when there is a route for this very network
     */
    public void addRoute(final Cidr network) throws LinuxException {
        setup.route(network);
    }

    /** The interface's name, as other tools show it. */
    public String name() {
        return name;
    }

    public int mtu() {
        return mtu;
    }

    /** Whether packets longer than {@link #mtu()} may come: false also where the kernel refused the wish. */
    public boolean superSegments() {
        return superSegments;
    }

    /** The packets that arrive in this machine's IP layer, {@link #mtu()} bytes at most, and those that leave it to us. */
    public PacketChannel packets() {
        return packets;
    }

    /** Packets to us that found the queue full. Asks the kernel: not for the hot path. */
    public long drops() throws LinuxException {
        return Link.byIndex(netlink, index).txDropped();
    }

    /** Removes the interface, its addresses and its routes. */
    @Override
    public void close() {
        netlink.close();
        packets.close();
    }
}
