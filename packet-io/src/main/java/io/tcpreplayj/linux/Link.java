package io.tcpreplayj.linux;

import io.tcpreplayj.packet.Cidr;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A network interface as the kernel described it (struct ifinfomsg of linux/rtnetlink.h).
 *
 * @param index 1 and up
 * @param mtu largest packet, bytes
 * @param mac 6 bytes in the low end; 0 for an interface without
 * @param loopback IFF_LOOPBACK
 * @param up IFF_UP
 * @param ethernet frames begin with an Ethernet header (ARPHRD_ETHER, or loopback, which mimics it)
 * @param txDropped packets that the interface threw away instead of sending
 */
public record Link(
        String name, int index, int mtu, long mac, boolean loopback, boolean up, boolean ethernet, long txDropped) {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_GETLINK = 18;
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_STATS64 = 23;
    /** IFLA_GSO_MAX_SIZE, IFLA_GRO_MAX_SIZE, and the same for IPv4. */
    private static final int[] LARGEST = {41, 58, 63, 64};

    private static final int IFINFOMSG_BYTES = 16;
    private static final int STATS64_TX_DROPPED = 56;
    private static final int IFF_UP = 1;
    private static final int IFF_LOOPBACK = 8;
    private static final int ARPHRD_ETHER = 1;
    private static final int ARPHRD_LOOPBACK = 772;

    /**
     * Asks for the interface of that name.
     *
     * @throws LinuxException ENODEV when there is none
     */
    public static Link byName(final String name) throws LinuxException {
        try (Netlink netlink = new Netlink()) {
            final NetlinkMessage request = request(0).attributeString(IFLA_IFNAME, name);
            return one(netlink, request, "interface " + name);
        }
    }

    /**
     * The largest packet that some interface of this network namespace may hand over in one piece: 64 KiB, unless somebody lets
     * them be larger (BIG TCP; gso_max_size and gro_max_size of ip-link(8)).
     */
    public static int largestPacket() throws LinuxException {
        final int[] largest = {0};
        try (Netlink netlink = new Netlink()) {
            final NetlinkMessage request = new NetlinkMessage(RTM_GETLINK, NetlinkMessage.NLM_F_DUMP)
                    .u32(0)
                    .u32(0)
                    .u32(0)
                    .u32(0);
            netlink.ask(request, "interfaces", (type, message, body, end) -> {
                for (final int attribute : LARGEST) {
                    final int at = NetlinkMessage.find(message, body + IFINFOMSG_BYTES, end, attribute);
                    largest[0] = Math.max(largest[0], at < 0 ? 0 : message.getInt(at));
                }
            });
        }
        return largest[0];
    }

    /** Whether {@code address} lies in the network of one of this interface's addresses now. */
    public boolean isInNetwork(final IpAddress address) throws IOException {
        final NetworkInterface card = NetworkInterface.getByName(name);
        if (card == null) {
            return false;
        }
        for (final InterfaceAddress own : card.getInterfaceAddresses()) {
            final int length = own.getNetworkPrefixLength();
            if (length > 0 && new Cidr(IpAddress.of(own.getAddress()), length).contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Asks for the interface of that index.
     *
     * @throws LinuxException ENODEV when there is none
     */
    public static Link byIndex(final int index) throws LinuxException {
        try (Netlink netlink = new Netlink()) {
            return byIndex(netlink, index);
        }
    }

    static Link byIndex(final Netlink netlink, final int index) throws LinuxException {
        return one(netlink, request(index), "interface " + index);
    }

    /** Whether this very interface is there still, whatever its name is by now; one of which the kernel does not say is. */
    public boolean isThere() {
        return isFound(() -> byIndex(index));
    }

    /** The same, and under this name. */
    public boolean hasItsName() {
        return isFound(() -> byName(name));
    }

    private interface Search {
        Link find() throws LinuxException;
    }

    private boolean isFound(final Search search) {
        try {
            return search.find().index() == index;
        } catch (final LinuxException e) {
            // Of anything else, as EMFILE, nothing is known: whoever must know asks again.
            return !e.isNoDevice();
        }
    }

    private static NetlinkMessage request(final int index) {
        return new NetlinkMessage(RTM_GETLINK, 0).u32(0).u32(index).u32(0).u32(0);
    }

    private static Link one(final Netlink netlink, final NetlinkMessage request, final String what)
            throws LinuxException {
        final List<Link> found = new ArrayList<>(1);
        netlink.ask(request, what, (type, message, body, end) -> {
            if (type == RTM_NEWLINK) {
                found.add(parse(message, body, end));
            }
        });
        if (found.isEmpty()) {
            throw new LinuxException("netlink", Errno.ENODEV, what);
        }
        return found.get(0);
    }

    private static Link parse(final ByteBuffer message, final int body, final int end) {
        final int hardware = Short.toUnsignedInt(message.getShort(body + 2));
        final int flags = message.getInt(body + 8);
        final int from = body + IFINFOMSG_BYTES;
        final int name = NetlinkMessage.find(message, from, end, IFLA_IFNAME);
        final int mtu = NetlinkMessage.find(message, from, end, IFLA_MTU);
        final int address = NetlinkMessage.find(message, from, end, IFLA_ADDRESS);
        final int stats = NetlinkMessage.find(message, from, end, IFLA_STATS64);
        return new Link(
                name < 0 ? "" : text(NetlinkMessage.value(message, name)),
                message.getInt(body + 4),
                mtu < 0 ? 0 : message.getInt(mtu),
                address < 0 ? 0 : mac(NetlinkMessage.value(message, address)),
                (flags & IFF_LOOPBACK) != 0,
                (flags & IFF_UP) != 0,
                hardware == ARPHRD_ETHER || hardware == ARPHRD_LOOPBACK,
                stats < 0 ? 0 : message.getLong(stats + STATS64_TX_DROPPED));
    }

    private static String text(final byte[] cString) {
        return new String(cString, 0, Math.max(0, cString.length - 1), StandardCharsets.US_ASCII);
    }

    /** A link-layer address of 6 bytes as a number; 0 for any other length. */
    static long mac(final byte[] bytes) {
        if (bytes.length != 6) {
            return 0;
        }
        long mac = 0;
        for (final byte b : bytes) {
            mac = (mac << 8) | (b & 0xff);
        }
        return mac;
    }
}
