package io.tcpreplayj.replay.udp;

import io.tcpreplayj.packet.Endpoint;
import io.tcpreplayj.packet.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.jspecify.annotations.Nullable;

/** How a conversation's socket is set up. */
final class UdpSockets {
    private UdpSockets() {}

    /**
     * Connects it, so that what others send is not heard and ICMP errors are, and listens.
     *
     * @param index what its key has attached
     * @return where it is
     */
    static @Nullable Endpoint connect(
            final DatagramChannel channel, final Endpoint target, final Selector selector, final int index)
            throws IOException {
        channel.configureBlocking(false);
        channel.connect(new InetSocketAddress(target.address().toInetAddress(), target.port()));
        channel.register(selector, SelectionKey.OP_READ, index);
        return channel.getLocalAddress() instanceof InetSocketAddress address
                ? new Endpoint(IpAddress.of(address.getAddress()), address.getPort())
                : null;
    }
}
