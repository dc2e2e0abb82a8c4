package io.tcpreplayj.cli;

import io.tcpreplayj.packet.IpAddress;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/** The directed broadcast addresses of this host's networks: they look like any host's. */
final class Broadcasts {
    /** RFC 3021: a /31 has two hosts and no broadcast address, a /32 only itself. */
    private static final int LONGEST_WITH_BROADCAST = 30;

    private Broadcasts() {}

    static Set<IpAddress> ofThisHost() throws SocketException {
        final Set<IpAddress> found = new HashSet<>();
        for (final NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
            for (final InterfaceAddress address : card.getInterfaceAddresses()) {
                add(found, address);
            }
        }
        return found;
    }

    private static void add(final Set<IpAddress> found, final InterfaceAddress address) {
        final InetAddress own = address.getAddress();
        final int prefix = address.getNetworkPrefixLength();
        if (!(own instanceof Inet4Address) || prefix > LONGEST_WITH_BROADCAST) {
            return;
        }
        // "ip address add" without "brd +" sets none on the interface; the kernel routes the all-ones address as a
        // broadcast all the same (fib_add_ifaddr in net/ipv4/fib_frontend.c).
        final int allOnes = ByteBuffer.wrap(own.getAddress()).getInt() | -1 >>> prefix;
        found.add(IpAddress.v4(allOnes));
        final InetAddress broadcast = address.getBroadcast();
        if (broadcast != null && !broadcast.isAnyLocalAddress()) {
            found.add(IpAddress.of(broadcast));
        }
    }
}
