package io.tcpreplayj.linux;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * Kernel sockets at addresses that are this host's own by a route, and are assigned to no interface. IPv4 asks for no more than
 * the route; IPv6 lets a socket have assigned addresses only, unless it is transparent (IPV6_TRANSPARENT, linux/in6.h; inet6_bind
 * of net/ipv6/af_inet6.c). That is about the binding alone: without the route no answer would come in.
 */
public final class TransparentSocket {
    static final int IPPROTO_IPV6 = 41;
    static final int IPV6_TRANSPARENT = 75;

    private TransparentSocket() {}

    /** Binds {@code channel}, as a transparent socket where it must be one and this thread may: with CAP_NET_RAW. */
    public static void bind(final SocketChannel channel, final InetSocketAddress local) throws IOException {
        if (local.getAddress() instanceof Inet6Address address && !address.isAnyLocalAddress()) {
            try {
                descriptor(channel).setOption(IPPROTO_IPV6, IPV6_TRANSPARENT, 1);
            } catch (final LinuxException | ReflectiveOperationException e) {
                // The binding says what is missing, unless net.ipv6.ip_nonlocal_bind lets it pass.
            }
        }
        channel.bind(local);
    }

    /** The JDK gives it away where it is opened for us: {@code Add-Opens} of our manifest. */
    static Descriptor descriptor(final SocketChannel channel) throws ReflectiveOperationException {
        final Method method = channel.getClass().getDeclaredMethod("getFDVal");
        if (!method.trySetAccessible()) {
            throw new IllegalAccessException("sun.nio.ch is closed");
        }
        return Descriptor.of((int) method.invoke(channel));
    }
}
