package io.tcpreplayj.cli;

import io.tcpreplayj.packet.IpAddress;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.HashSet;
import java.util.Set;

/** The directed broadcast addresses of this host's networks: they look like any host's. */
final class Broadcasts {
    private Broadcasts() {}

    static Set<IpAddress> ofThisHost() throws SocketException {
        final Set<IpAddress> found = new HashSet<>();
        for (final NetworkInterface card : NetworkInterface.networkInterfaces().toList()) {
            for (final InterfaceAddress address : card.getInterfaceAddresses()) {
                final InetAddress broadcast = address.getBroadcast();
                // The kernel reports 0.0.0.0 where none is set, and an address's own for a network of one (/32).
                if (broadcast != null && !broadcast.isAnyLocalAddress() && !broadcast.equals(address.getAddress())) {
                    found.add(IpAddress.of(broadcast));
                }
            }
        }
        return found;
    }
}
