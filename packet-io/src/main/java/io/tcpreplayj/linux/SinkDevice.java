package io.tcpreplayj.linux;

import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * A TAP interface of our own where frames end: what the kernel's filter forwards to it can be seen by a {@link PacketRing}
 * and goes nowhere else. To who sent it, it was sent. The interface vanishes with the process, even at kill -9; a rule that
 * still forwards to it then throws the frame away (nf_fwd_netdev_egress of net/netfilter/nf_dup_netdev.c).
 */
public final class SinkDevice implements AutoCloseable {
    private static final long TUNATTACHFILTER = 0x401054d5L;
    private static final int LARGEST_MTU = 65_521;
    private static final int QUEUE = 1_000;

    private final Descriptor device;
    private final Netlink netlink;
    private final Link link;

    private SinkDevice(final Descriptor device, final Netlink netlink, final Link link) {
        this.device = device;
        this.netlink = netlink;
        this.link = link;
    }

    /**
     * Makes an interface "tj0", "tj1", …, up, without addresses.
     *
     * @throws LinuxException EPERM without CAP_NET_ADMIN; ENOENT without the tun driver
     */
    public static SinkDevice open() throws LinuxException {
        final Descriptor device = TunDevice.open();
        @Nullable Netlink netlink = null;
        boolean done = false;
        try {
            netlink = new Netlink();
            final String name = TunDevice.attach(device, TunDevice.IFF_TAP);
            keepSegmentsWhole(device);
            queueNothing(device, name);
            final LinkSetup setup = new LinkSetup(netlink, Link.byName(name).index());
            setup.queueAndMtu(QUEUE, LARGEST_MTU);
            setup.silenceIpv6();
            setup.up();
            final SinkDevice sink = new SinkDevice(device, netlink, Link.byName(name));
            done = true;
            return sink;
        } finally {
            if (!done) {
                device.close();
                if (netlink != null) {
                    netlink.close();
                }
            }
        }
    }

    /** The kernel need not cut super-segments nor compute checksums for who looks at headers only. */
    private static void keepSegmentsWhole(final Descriptor device) throws LinuxException {
        final boolean agreed = TunDevice.offload(device, TunDevice.CSUM_AND_TSO | TunDevice.USO)
                || TunDevice.offload(device, TunDevice.CSUM_AND_TSO);
        Descriptor.check(agreed ? 0 : -1, "ioctl TUNSETOFFLOAD", "sink");
    }

    /** Nobody reads from the descriptor: a filter that takes nothing spares the kernel the queue before it. */
    private static void queueNothing(final Descriptor device, final String name) throws LinuxException {
        final PacketFilter nothing = PacketFilter.everything(0);
        final NativeMemory program = nothing.toNative();
        try {
            device.ioctl(TUNATTACHFILTER, nothing.toProgram(program), "ioctl TUNATTACHFILTER", name);
        } finally {
            Reference.reachabilityFence(program);
        }
    }

    public Link link() {
        return link;
    }

    /** Removes the interface. */
    @Override
    public void close() {
        netlink.close();
        device.close();
    }
}
