package io.tcpreplayj.linux;

import io.tcpreplayj.packet.IpAddress;
import java.nio.ByteBuffer;

/**
 * The link-layer address of a next hop. The kernel is asked to find it out (NTF_USE, linux/neighbour.h) as if it had a
 * packet to send, so that ARP and neighbour discovery stay its business. One thread.
 */
public final class Neighbour implements AutoCloseable {
    private static final int RTM_NEWNEIGH = 28;
    private static final int RTM_GETNEIGH = 30;
    private static final int NDMSG_BYTES = 12;
    private static final int NTF_USE = 1;
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    // REACHABLE, STALE, DELAY, PROBE, NOARP, PERMANENT: an address is known. Not INCOMPLETE (1), not FAILED (0x20).
    private static final int NUD_VALID = 0xde;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final long RETRY_NS = 10_000_000L;

    private final Netlink netlink;
    private final Clock clock = new Clock();
    private final Link link;
    private final IpAddress nextHop;
    private final String what;
    private final NetlinkMessage use;
    private final NetlinkMessage get;
    private long mac = -1;

    /** Needs CAP_NET_ADMIN for {@link #resolve} and {@link #refresh}, and Linux 5.0. */
    public Neighbour(final Link link, final IpAddress nextHop) throws LinuxException {
        this.link = link;
        this.nextHop = nextHop;
        this.what = "neighbour " + nextHop + " on " + link.name();
        this.use = request(RTM_NEWNEIGH, NetlinkMessage.NLM_F_CREATE | NetlinkMessage.NLM_F_REPLACE, NTF_USE);
        this.get = request(RTM_GETNEIGH, 0, 0);
        this.netlink = new Netlink();
    }

    /**
     * The address, waiting for it if the kernel does not have it yet.
     *
     * @return 6 bytes in the low end
     * @throws LinuxException EHOSTUNREACH when nobody answered within {@code timeoutNs}
     */
    public long resolve(final long timeoutNs) throws LinuxException {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        while (true) {
            use();
            final long found = lookUp();
            if (found >= 0) {
                return found;
            }
            if (System.nanoTime() >= deadlineNs) {
                throw new LinuxException("neighbour", Errno.EHOSTUNREACH, nextHop + " on " + link.name());
            }
            clock.sleepUntil(System.nanoTime() + RETRY_NS);
        }
    }

    /**
     * Keeps the entry in use, as a flow of packets would, and looks whether it changed: once a second is enough.
     *
     * @return the address, or -1 when the kernel has lost it for now
     */
    public long refresh() throws LinuxException {
        use();
        return lookUp();
    }

    private void use() throws LinuxException {
        netlink.change(use, what);
    }

    private long lookUp() throws LinuxException {
        mac = -1;
        try {
            netlink.ask(get, what, this::onNeighbour);
        } catch (final LinuxException e) {
            if (!e.errno().equals(Errno.name(Errno.ENOENT))) {
                throw e;
            }
        }
        return mac;
    }

    private void onNeighbour(final int type, final ByteBuffer message, final int body, final int end) {
        final int address = NetlinkMessage.find(message, body + NDMSG_BYTES, end, NDA_LLADDR);
        final boolean known = type == RTM_NEWNEIGH && (message.getShort(body + 8) & NUD_VALID) != 0;
        if (known && address >= 0) {
            mac = Link.mac(NetlinkMessage.value(message, address));
        }
    }

    private NetlinkMessage request(final int type, final int messageFlags, final int neighbourFlags) {
        return new NetlinkMessage(type, messageFlags)
                .u8(nextHop.isV4() ? AF_INET : AF_INET6)
                .u8(0)
                .u16(0)
                .u32(link.index())
                .u16(0)
                .u8(neighbourFlags)
                .u8(0)
                .attribute(NDA_DST, nextHop.toBytes());
    }

    @Override
    public void close() {
        netlink.close();
    }
}
