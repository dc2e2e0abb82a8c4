package io.tcpreplayj.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class TransparentSocketIT {
    @RegisterExtension
    private final OwnNamespace namespace = new OwnNamespace("transp");

    private static int transparent(final SocketChannel channel) throws Exception {
        final NativeMemory value = NativeMemory.allocate(4);
        TransparentSocket.descriptor(channel)
                .getOption(
                        TransparentSocket.IPPROTO_IPV6,
                        TransparentSocket.IPV6_TRANSPARENT,
                        value,
                        NativeMemory.allocate(4),
                        4);
        return value.buffer().getInt(0);
    }

    @Test
    void addressThatIsRoutedOnly_isBoundByATransparentSocket() throws Exception {
        namespace.netns().exec("ip", "link", "set", "lo", "up").orThrow();
        namespace
                .netns()
                .exec("ip", "route", "add", "local", "2001:db8:5::/64", "dev", "lo")
                .orThrow();
        final InetSocketAddress client = new InetSocketAddress("2001:db8:5::7", 0);
        try (SocketChannel usual = SocketChannel.open()) {
            assertThat(transparent(usual)).isZero();
            assertThatThrownBy(() -> usual.bind(client)).isInstanceOf(BindException.class);
        }
        try (SocketChannel channel = SocketChannel.open()) {
            TransparentSocket.bind(channel, client);
            assertThat(transparent(channel)).isEqualTo(1);
            assertThat(((InetSocketAddress) channel.getLocalAddress()).getAddress())
                    .isEqualTo(client.getAddress());
        }
    }

    /** Only that it may not be is for the binding to say. */
    @Test
    void socketThatCannotBeTransparent_isSaidToBeSo() throws Exception {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET)) {
            assertThatThrownBy(() -> TransparentSocket.bind(channel, new InetSocketAddress("2001:db8:5::7", 0)))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("setsockopt: ENOPROTOOPT");
        }
    }

    @Test
    void usualAddresses_areBoundByUsualSockets() throws Exception {
        for (final String address : new String[] {"127.0.0.1", "::"}) {
            namespace.netns().exec("ip", "link", "set", "lo", "up").orThrow();
            try (SocketChannel channel = SocketChannel.open()) {
                TransparentSocket.bind(channel, new InetSocketAddress(address, 0));
                assertThat(transparent(channel)).as(address).isZero();
            }
        }
    }
}
